#pragma once

#include "server/flows/course_plan.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/snapshots.hpp"
#include "server/rally/decision.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace keyaki::server {

/// Which features of its layer a rally takes as spots: all, or those that its filter selects, worked out once for each version of the rally and
/// revision of the layer; and how its courses lie. Any thread.
class SpotSets {
  public:
    explicit SpotSets(const Snapshots &snapshots) : m_snapshots(snapshots) {}

    /// The spot of that name, or nullptr where the rally has none such. Its fence is made once for each version of the rally and revision of the
    /// layer: a park's takes GEOS to look at it.
    [[nodiscard]] std::shared_ptr<const rally::Spot> find(const VersionedRally &rally, std::string_view spot);
    /// The path of a course; nothing where its line is not there.
    [[nodiscard]] std::optional<geo::Geometry> line(const rally::Course &course) const;
    /// What stamps of a course are held against: never nullptr. Spots that are gone from the layer stand where their neighbours do. Worked out once
    /// for each version of the rally and revision of both layers: a long path is walked along for it.
    [[nodiscard]] std::shared_ptr<const CoursePlan> plan(const VersionedRally &rally, const rally::Course &course);

  private:
    struct PlanKey {
        std::uint64_t version = 0;
        std::uint64_t spots_revision = 0;
        std::uint64_t line_revision = 0;
        friend bool operator==(const PlanKey &, const PlanKey &) = default;
    };
    struct KnownPlan {
        PlanKey key;
        std::shared_ptr<const CoursePlan> plan;
    };
    [[nodiscard]] std::uint64_t revision_of(std::string_view layer) const;
    [[nodiscard]] CoursePlan make_plan(const VersionedRally &rally, const rally::Course &course);

    using Ids = std::unordered_set<std::string>;
    struct Known {
        std::uint64_t version = 0;
        std::uint64_t revision = 0;
        std::shared_ptr<const Ids> ids;
    };
    [[nodiscard]] std::shared_ptr<const Ids> ids_of(const VersionedRally &rally, const tiles::LayerSnapshot &snapshot);

    struct KnownSpots {
        std::uint64_t version = 0;
        std::uint64_t revision = 0;
        std::unordered_map<std::string, std::shared_ptr<const rally::Spot>> spots; ///< by id; only such as there are
    };
    [[nodiscard]] std::shared_ptr<const rally::Spot> known_spot(const VersionedRally &rally, std::uint64_t revision, const std::string &id);
    void keep_spot(const VersionedRally &rally, const std::string &id, std::shared_ptr<const rally::Spot> spot);

    const Snapshots &m_snapshots;
    std::mutex m_mutex;
    std::map<std::string, Known> m_known;                             ///< by rally; guarded by m_mutex
    std::map<std::string, KnownSpots> m_spots;                        ///< by rally; guarded by m_mutex
    std::map<std::pair<std::string, std::string>, KnownPlan> m_plans; ///< by rally and course; guarded by m_mutex
};

} // namespace keyaki::server
