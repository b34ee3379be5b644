#pragma once

#include "data/store.hpp"
#include "geo/geometry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::imports {

/// Where a layer's features are to be expected: inside the polygons of the city's layer "boundary" where there is one, else in and around the box of
/// what the layer has published.
class Surroundings {
  public:
    /// Reads the boundary from the store.
    Surroundings(data::Store &store, std::string_view layer);
    explicit Surroundings(std::vector<geo::Geometry> boundary) : m_boundary(std::move(boundary)) { settle_boundary(); }

    /// False: nothing is known, and everything is inside.
    [[nodiscard]] bool are_known() const noexcept { return !m_box.empty(); }
    [[nodiscard]] bool contain(geo::LonLat place) const noexcept;
    /// "the city's boundary (layer boundary)" or "the box of what is published".
    [[nodiscard]] std::string_view name() const noexcept { return m_name; }

  private:
    void settle_boundary();

    std::vector<geo::Geometry> m_boundary;
    geo::LonLatBox m_box;
    std::string_view m_name;
};

} // namespace keyaki::server::imports
