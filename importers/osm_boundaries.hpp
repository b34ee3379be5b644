#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace osmium {
class Relation;
}

namespace keyaki::importers {

/// Which ways are boundaries of countries and states, by the relations that they belong to, as Shortbread's layer `boundaries` wants it: lines and
/// not areas, each way once with the highest boundary that it is. One thread fills it; then any may ask.
class OsmBoundaries {
  public:
    struct Boundary {
        std::uint8_t level = 0; ///< the lowest admin_level of the way's relations, 2 or 4
        bool disputed = false;  ///< also in a relation with boundary=disputed
    };

    void relation(const osmium::Relation &relation);
    [[nodiscard]] std::optional<Boundary> find(std::int64_t way) const;
    [[nodiscard]] bool empty() const noexcept { return m_ways.empty(); }

  private:
    std::unordered_map<std::int64_t, Boundary> m_ways;
};

} // namespace keyaki::importers
