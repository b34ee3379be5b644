#pragma once

#include "geo/geometry.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::geo {

/// Why a geometry is not valid (OGC Simple Features, and the invariants of Geometry), with the position: "Self-intersection at 139.5213 35.7841".
/// Nothing where it is valid. Winding is not asked (see normalise_rings). Thread-safe.
[[nodiscard]] std::optional<std::string> invalidity(const Geometry &geometry);

/// What repair() found and mended.
enum class RepairKind {
    bad_position,     ///< not finite or not on Earth; dropped
    duplicate_points, ///< the same position twice in a row
    ring_not_closed,
    too_few_points, ///< a line of one position, a ring without area: dropped
    self_intersection,
    misplaced_ring, ///< a hole outside of its exterior, polygons of one geometry within each other, the same ring twice
    wrong_winding,
};
/// "self_intersection" and so on: the word used in import reports.
[[nodiscard]] std::string_view repair_kind_name(RepairKind kind) noexcept;

struct RepairResult {
    /// Valid, of the dimension that came in, rings wound as RFC 7946; nothing where nothing of that dimension was left: the feature is refused.
    std::optional<Geometry> geometry;
    std::vector<RepairKind> found; ///< each kind once, in the order of the enum; empty: it was right as it came
    std::string reason;            ///< the first thing wrong, with its position; empty where `found` is empty
};

/// Mends a geometry as far as that is possible without guessing (GEOS MakeValid, method "structure": keeps what rings enclose). Accepts
/// geometries that break the invariants of positions (open rings, lone points, doubled points), not those of the offsets. Thread-safe.
[[nodiscard]] RepairResult repair(const Geometry &geometry);

/// Winds rings as RFC 7946 3.1.6 wants: exteriors counter-clockwise, holes clockwise. True where a ring was turned. \pre geometry.is_polygon()
bool normalise_rings(Geometry &geometry) noexcept;

} // namespace keyaki::geo
