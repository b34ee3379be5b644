#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// What RFC 7946 wants of `coordinates`, looked at while it is read: how deep positions are nested, and whether each is two or more numbers. One
/// thread.
class GeoJsonShape {
  public:
    void begin_array();
    void end_array();
    void number();
    /// Anything else than an array or a number: "text", "null" …
    void other(std::string_view what);

    /// Whether positions have more numbers than longitude, latitude and height, which RFC 7946 3.1.1 leaves without a meaning.
    [[nodiscard]] bool has_extra_numbers() const noexcept { return m_has_extra_numbers; }
    [[nodiscard]] std::size_t positions() const noexcept { return m_positions; }
    /// What is wrong in itself so far: "a position of one number". Nothing while all is well.
    [[nodiscard]] const std::string &fault() const noexcept { return m_fault; }
    struct Misfit {
        std::string expected;
        std::string found;
    };
    /// Why these are not the coordinates of that type of geometry (RFC 7946 3.1.2 to 3.1.7); nothing where they are, or are empty.
    [[nodiscard]] std::optional<Misfit> misfit(std::string_view geometry_type) const;

  private:
    struct Level {
        std::size_t numbers = 0;
        std::size_t arrays = 0;
    };
    void blame(std::string fault);

    std::vector<Level> m_levels;
    std::size_t m_depth_of_positions = 0; ///< 0: none yet
    std::size_t m_positions = 0;
    bool m_has_extra_numbers = false;
    std::string m_fault;
};

/// Arrays around the numbers of a position, "coordinates" itself included: 1 for Point, 4 for MultiPolygon; nothing for a name that is no geometry
/// with coordinates.
[[nodiscard]] std::optional<std::size_t> geojson_nesting(std::string_view geometry_type) noexcept;

} // namespace keyaki::importers
