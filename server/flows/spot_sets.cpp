#include "server/flows/spot_sets.hpp"

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

std::optional<rally::Spot> SpotSets::find(const VersionedRally &rally, std::string_view spot) {
    const std::string prefix = rally.rally.spots.layer + "/";
    if (!spot.starts_with(prefix)) {
        return std::nullopt;
    }
    const auto snapshot = m_snapshots.published(rally.rally.spots.layer);
    const std::string id(spot.substr(prefix.size()));
    const auto feature = snapshot ? snapshot->find(id) : std::nullopt;
    if (!feature || (!rally.rally.spots.filter.empty() && !ids_of(rally, *snapshot)->contains(id))) {
        return std::nullopt;
    }
    return rally::make_spot(rally.rally, *feature, snapshot->description().revision);
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

} // namespace keyaki::server
