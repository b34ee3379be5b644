#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace keyaki::importers {

/// Says whether an id comes for the first time. While ids come in the order of osm_id_order it keeps one or two bytes for each; from the first
/// that does not, a set of all.
class OsmSeenIds {
  public:
    [[nodiscard]] bool first_time(std::int64_t id);
    [[nodiscard]] bool in_order() const noexcept { return m_in_order; }

  private:
    void append_distance(std::uint64_t distance);
    void make_set();

    std::vector<std::uint8_t> m_distances; ///< from one id's order to the next, as LEB128
    std::unordered_set<std::uint64_t> m_set;
    std::uint64_t m_last_order = 0;
    bool m_any = false;
    bool m_in_order = true;
};

} // namespace keyaki::importers
