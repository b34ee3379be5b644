#include "server/flows/spot_sets.hpp"

#include "geo/course.hpp"
#include "server/filter/selected_ids.hpp"
#include "tiles/layer_snapshot.hpp"

namespace keyaki::server {

std::shared_ptr<const SpotSets::Ids> SpotSets::ids_of(const VersionedRally &rally, const tiles::LayerSnapshot &snapshot) {
    const std::uint64_t revision = snapshot.description().revision;
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_known.find(rally.rally.id);
        if (known != m_known.end() && known->second.version == rally.version && known->second.revision == revision) {
            return known->second.ids;
        }
    }
    auto ids = std::make_shared<const Ids>(filter::selected_ids(snapshot, rally.rally.spots.filter));
    const std::lock_guard lock(m_mutex);
    m_known[rally.rally.id] = {rally.version, revision, ids};
    return ids;
}

std::shared_ptr<const rally::Spot> SpotSets::known_spot(const VersionedRally &rally, std::uint64_t revision, const std::string &id) {
    const std::lock_guard lock(m_mutex);
    const auto known = m_spots.find(rally.rally.id);
    if (known == m_spots.end() || known->second.version != rally.version || known->second.revision != revision) {
        return nullptr;
    }
    const auto spot = known->second.spots.find(id);
    return spot == known->second.spots.end() ? nullptr : spot->second;
}

void SpotSets::keep_spot(const VersionedRally &rally, const std::string &id, std::shared_ptr<const rally::Spot> spot) {
    const std::lock_guard lock(m_mutex);
    KnownSpots &known = m_spots[rally.rally.id];
    if (known.version != rally.version || known.revision != spot->layer_revision) {
        known = {rally.version, spot->layer_revision, {}};
    }
    known.spots.insert_or_assign(id, std::move(spot));
}

std::shared_ptr<const rally::Spot> SpotSets::find(const VersionedRally &rally, std::string_view spot) {
    const std::string prefix = rally.rally.spots.layer + "/";
    if (!spot.starts_with(prefix)) {
        return nullptr;
    }
    const auto snapshot = m_snapshots.published(rally.rally.spots.layer);
    const std::string id(spot.substr(prefix.size()));
    if (!snapshot) {
        return nullptr;
    }
    if (auto known = known_spot(rally, snapshot->description().revision, id)) {
        return known;
    }
    const auto feature = snapshot->find(id);
    if (!feature || (!rally.rally.spots.filter.empty() && !ids_of(rally, *snapshot)->contains(id))) {
        return nullptr;
    }
    auto made = std::make_shared<const rally::Spot>(rally::make_spot(rally.rally, *feature, snapshot->description().revision));
    keep_spot(rally, id, made);
    return made;
}

std::optional<geo::Geometry> SpotSets::line(const rally::Course &course) const {
    const std::size_t slash = course.line.find('/');
    if (slash == std::string::npos) {
        return std::nullopt;
    }
    const auto snapshot = m_snapshots.published(course.line.substr(0, slash));
    auto feature = snapshot ? snapshot->find(course.line.substr(slash + 1)) : std::nullopt;
    return feature ? std::optional(std::move(feature->geometry)) : std::nullopt;
}

std::uint64_t SpotSets::revision_of(std::string_view layer) const {
    const auto snapshot = m_snapshots.published(layer);
    return snapshot ? snapshot->description().revision : 0;
}

std::shared_ptr<const CoursePlan> SpotSets::plan(const VersionedRally &rally, const rally::Course &course) {
    // Asked before the work: what is published meanwhile makes another key, and another plan.
    const PlanKey key{rally.version, revision_of(rally.rally.spots.layer), revision_of(course.line.substr(0, course.line.find('/')))};
    const std::pair<std::string, std::string> name(rally.rally.id, course.id);
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_plans.find(name);
        if (known != m_plans.end() && known->second.key == key) {
            return known->second.plan;
        }
    }
    auto plan = std::make_shared<const CoursePlan>(make_plan(rally, course));
    const std::lock_guard lock(m_mutex);
    m_plans[name] = {key, plan};
    return plan;
}

CoursePlan SpotSets::make_plan(const VersionedRally &rally, const rally::Course &course) {
    CoursePlan plan;
    plan.pace = course.pace;
    for (const std::string &name : course.spots) {
        const auto spot = find(rally, name);
        plan.places.push_back(spot ? spot->fence.centre() : plan.places.empty() ? geo::LonLat{} : plan.places.back());
        plan.radii_m.push_back(spot ? reach_m(spot->fence) : rally::max_radius_m);
    }
    // In free order nobody has to follow the path, and a short cut between two spots is no cheating.
    if (course.order == rally::CourseOrder::ordered) {
        if (const auto path = line(course)) {
            plan.along_m = geo::along_path_m(geo::path_of(*path), plan.places).value_or(std::vector<double>());
        }
    }
    return plan;
}

} // namespace keyaki::server
