#pragma once

#include "geo/feature.hpp"
#include "geo/geodesic.hpp"
#include "geo/geometry.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace keyaki::geo {

enum class FenceShape { circle, polygon, corridor };

/// The zone of a spot: a circle, a polygon (with holes, or several), or a corridor along a line. A value; read from any number of threads.
/// Distances and probabilities are worked out in the LocalPlane around the middle of its bounds.
class Fence {
  public:
    /// \throws Error(invalid_input) where the centre is not on Earth or beyond 85° of latitude, or the radius outside of limits.hpp.
    [[nodiscard]] static Fence circle(LonLat centre, double radius_m);
    /// \throws Error(invalid_input) with the reason and position where the polygon is not valid or too wide, (too_large) where it has too many
    /// positions.
    [[nodiscard]] static Fence polygon(Geometry area);
    /// All within width_m / 2 of the line, ends rounded. \throws as above.
    [[nodiscard]] static Fence corridor(const Geometry &line, double width_m);
    /// The fence of a spot's feature: a point needs radius_m, a line width_m, a polygon neither; what the shape has no use for is refused too.
    [[nodiscard]] static Fence of_feature(const Geometry &geometry, std::optional<double> radius_m, std::optional<double> width_m);

    /// The fence that a feature describes by itself: a point with a number `radius_m`, a line with a number `width_m`, a polygon; nothing for others.
    /// \throws as above where what it describes cannot be a fence.
    [[nodiscard]] static std::optional<Fence> of_feature(const Feature &feature);

    [[nodiscard]] FenceShape shape() const noexcept { return m_shape; }
    /// Centre of a circle; of others the middle of their bounds (which may lie outside of them).
    [[nodiscard]] LonLat centre() const noexcept { return m_plane.origin(); }
    /// Of a circle; half the width of a corridor; 0 of a polygon.
    [[nodiscard]] double radius_m() const noexcept { return m_radius_m; }
    /// Half the largest extent: no point of the fence is further from centre().
    [[nodiscard]] double outer_radius_m() const noexcept { return m_outer_radius_m; }
    [[nodiscard]] double area_m2() const noexcept { return m_area_m2; }
    /// Box around everything within `margin_m` of the fence, ending at ±180°.
    [[nodiscard]] LonLatBox bounds(double margin_m = 0) const noexcept;

    /// Metres to the fence's edge: positive inside, negative outside. Further than 50 km outside it is the distance to the circle of
    /// outer_radius_m() around centre(), which is never more than the distance to the fence.
    [[nodiscard]] double signed_distance_m(LonLat position) const noexcept;
    /// Inside or on the edge.
    [[nodiscard]] bool contains(LonLat position) const noexcept;

    [[nodiscard]] const LocalPlane &plane() const noexcept { return m_plane; }
    /// Rings of the area in plane(), each closed: of a polygon its own, of a corridor its outline (ends by 16 steps per quarter turn); empty for a
    /// circle. Exteriors run counter-clockwise, holes clockwise; a position is inside where an odd number of rings encloses it.
    [[nodiscard]] std::size_t ring_count() const noexcept { return m_ring_ends.size(); }
    [[nodiscard]] std::span<const PlanePoint> ring(std::size_t ring) const noexcept;

  private:
    Fence(FenceShape shape, LonLat centre) noexcept : m_shape(shape), m_plane(centre) {}
    [[nodiscard]] bool inside_rings(PlanePoint point) const noexcept;

    FenceShape m_shape;
    LocalPlane m_plane;
    double m_radius_m = 0;
    double m_outer_radius_m = 0;
    double m_area_m2 = 0;
    std::vector<PlanePoint> m_ring_positions;
    std::vector<std::size_t> m_ring_ends;
    std::vector<PlanePoint> m_line_positions; ///< of a corridor: its line, from which distances are exact
    std::vector<std::size_t> m_line_ends;
};

} // namespace keyaki::geo
