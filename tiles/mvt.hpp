#pragma once

#include "geo/geometry.hpp"
#include "tiles/mvt_bytes.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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
    [[nodiscard]] bool empty() const noexcept { return m_bytes.view().empty(); }
    [[nodiscard]] std::string_view bytes() const noexcept { return m_bytes.view(); }

    /// \pre points is not empty; call once a feature
    void points(std::span<const TilePoint> points);
    /// \pre two points or more
    void line(std::span<const TilePoint> line);
    /// \pre three points or more, the closing one left out
    void ring(std::span<const TilePoint> ring);
    /// The same from its last point to its first.
    void ring_backwards(std::span<const TilePoint> ring);

  private:
    [[nodiscard]] char *reserve(std::size_t points);
    template <typename Points>
    [[nodiscard]] char *put_line(char *end, TilePoint first, const Points &others);

    MvtBytes m_bytes;
    TilePoint m_cursor;
};

/// A layer of a tile while it is built.
class MvtLayerWriter {
  public:
    void clear() noexcept;
    [[nodiscard]] bool empty() const noexcept { return m_features.view().empty(); }

    /// Adds to the layer's keys and gives its index. \pre not there yet (4.1: keys are distinct)
    std::uint32_t add_key(std::string_view key);
    /// Adds to the layer's values, given as an encoded Value, and gives its index. \pre not there yet
    std::uint32_t add_value(std::string_view encoded);
    /// Adds several that lie framed one after another, as ValueDictionary keeps them. \pre none is there yet
    void add_framed_values(std::string_view framed, std::uint32_t count);
    /// The index that the next value gets.
    [[nodiscard]] std::uint32_t value_count() const noexcept { return m_value_count; }
    /// A property of the feature that is added next: indices of add_key and add_value, a key at most once.
    void add_tag(std::uint32_t key, std::uint32_t value) {
        // 4.4: pairs of a key's and a value's index.
        m_tags.end_at(put_varint(put_varint(m_tags.room_for(2 * longest_varint), key), value));
    }
    void add_feature(std::optional<std::uint64_t> id, MvtGeometryType type, std::string_view geometry);
    /// The same with its properties as pairs of indices.
    void add_feature(std::optional<std::uint64_t> id, std::span<const std::uint32_t> tags, MvtGeometryType type, std::string_view geometry);

    /// Appends the layer to a tile. \pre not empty() (4.1: a layer SHOULD have a feature)
    void append_to(std::string &tile, std::string_view name, std::uint32_t extent) const;

  private:
    MvtBytes m_features; ///< framed, one after another, as are keys and values
    MvtBytes m_tags;     ///< of the feature that is added next
    MvtBytes m_keys;
    MvtBytes m_values;
    std::uint32_t m_key_count = 0;
    std::uint32_t m_value_count = 0;
};

} // namespace keyaki::tiles
