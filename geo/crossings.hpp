#pragma once

#include "geo/geometry.hpp"

#include <cstddef>

namespace keyaki::geo {

/// Whether the edges of a geometry cross or touch each other, neighbours aside, at no more than `most` places. What repair() takes in time and memory
/// grows with these, as the square of the edges where somebody means it to. Gives up, and says no, after 50 million looks at pairs of edges (half a
/// second). Thread-safe.
[[nodiscard]] bool has_few_crossings(const Geometry &geometry, std::size_t most);

} // namespace keyaki::geo
