#pragma once

#include "geo/geometry.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

// Mapbox Vector Tile 2.1 (mapbox/vector-tile-spec, 2.1/README.md and vector_tile.proto); clause numbers in this room are of that text.

/// vector_tile.proto, enum GeomType.
enum class MvtGeometryType : std::uint8_t { unknown = 0, point = 1, line_string = 2, polygon = 3 };
[[nodiscard]] MvtGeometryType mvt_type(geo::GeometryType type) noexcept;

/// A feature's geometry as MVT's commands (4.3), written as they come. Whoever calls keeps the rules about the shapes themselves (no doubled
/// points, winding, validity); this keeps the rules of the encoding.
class MvtGeometryWriter {
  public:
    void clear() noexcept;
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    [[nodiscard]] std::string_view bytes() const noexcept { return {m_bytes.data(), m_size}; }

    /// \pre points is not empty; call once a feature
    void points(std::span<const TilePoint> points);
    /// \pre two points or more
    void line(std::span<const TilePoint> line);
    /// \pre three points or more, the closing one left out
    void ring(std::span<const TilePoint> ring);

  private:
    void reserve(std::size_t points);
    void command(std::uint32_t id, std::size_t count);
    void move(TilePoint to);

    std::vector<char> m_bytes;
    std::size_t m_size = 0;
    TilePoint m_cursor;
};

/// A layer of a tile while it is built.
class MvtLayerWriter {
  public:
    void clear() noexcept;
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }

    /// Adds to the layer's keys and gives its index. \pre not there yet (4.1: keys are distinct)
    std::uint32_t add_key(std::string_view key);
    /// Adds to the layer's values, given as an encoded Value. \pre not there yet; both the bytes and the key live until append_to()
    std::uint32_t add_value(std::string_view encoded);
    /// `tags` are pairs of indices of add_key and add_value, a key at most once.
    void add_feature(std::optional<std::uint64_t> id, std::span<const std::uint32_t> tags, MvtGeometryType type, std::string_view geometry);

    /// Appends the layer to a tile. \pre not empty() (4.1: a layer SHOULD have a feature)
    void append_to(std::string &tile, std::string_view name, std::uint32_t extent) const;

  private:
    void put(std::uint64_t value) noexcept;
    void put(std::string_view bytes) noexcept;

    std::vector<char> m_features; ///< framed, one after another
    std::size_t m_size = 0;
    std::vector<char> m_tags; ///< of the feature that is added
    std::vector<std::string_view> m_keys;
    std::vector<std::string_view> m_values;
};

} // namespace keyaki::tiles
