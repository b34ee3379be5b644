#pragma once

#include "geo/geometry.hpp"

#include <cstdint>
#include <memory>

namespace keyaki::geo {

/// How one geometry stands to another: the eight named relations of Simple Features (06-103r4, 6.1.15), each decided by GEOS.
enum class Relation : std::uint8_t { intersects, equals, disjoint, touches, within, overlaps, crosses, contains };

/// The relation with both sides exchanged: a within b is b contains a; the others are the same either way.
[[nodiscard]] constexpr Relation mirrored(Relation relation) noexcept {
    return relation == Relation::within ? Relation::contains : (relation == Relation::contains ? Relation::within : relation);
}

/// A geometry that many others are held against: GEOS indexes its edges once. Lives, is asked and dies in the thread that made it.
class PreparedGeometry {
  public:
    /// \pre the geometry is valid. \throws Error(invalid_input) where GEOS refuses it.
    explicit PreparedGeometry(const Geometry &geometry);
    ~PreparedGeometry();
    PreparedGeometry(PreparedGeometry &&) noexcept;
    PreparedGeometry &operator=(PreparedGeometry &&) noexcept;

    /// "`other` relation this". \throws Error(invalid_input) where GEOS cannot tell (an invalid geometry).
    [[nodiscard]] bool holds(Relation relation, const Geometry &other) const;

    /// No position of the box lies outside or on the boundary.
    [[nodiscard]] bool holds_properly(const LonLatBox &box) const;
    [[nodiscard]] bool is_disjoint(const LonLatBox &box) const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace keyaki::geo
