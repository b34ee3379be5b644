#pragma once

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
#include <unordered_set>

namespace keyaki::server {

/// Which features of its layer a rally takes as spots: all, or those that its filter selects, worked out once for each version of the rally and
/// revision of the layer. Any thread.
class SpotSets {
  public:
    explicit SpotSets(const Snapshots &snapshots) : m_snapshots(snapshots) {}

    /// The spot of that name, or nothing where the rally has none such.
    [[nodiscard]] std::optional<rally::Spot> find(const VersionedRally &rally, std::string_view spot);
    /// The path of a course; nothing where its line is not there.
    [[nodiscard]] std::optional<geo::Geometry> line(const rally::Course &course) const;

  private:
    using Ids = std::unordered_set<std::string>;
    struct Known {
        std::uint64_t version = 0;
        std::uint64_t revision = 0;
        std::shared_ptr<const Ids> ids;
    };
    [[nodiscard]] std::shared_ptr<const Ids> ids_of(const VersionedRally &rally, const tiles::LayerSnapshot &snapshot);

    const Snapshots &m_snapshots;
    std::mutex m_mutex;
    std::map<std::string, Known> m_known; ///< by rally; guarded by m_mutex
};

} // namespace keyaki::server
