#pragma once

#include "tiles/line_joiner.hpp"
#include "tiles/map_schema.hpp"
#include "tiles/mvt.hpp"
#include "tiles/polygon_repair.hpp"
#include "tiles/tile_records.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::tiles {

// What a map's tile does with the pieces of features that fall into it:
//
// 1. Lines of equal fields and rank become one feature, and those that meet end to end one line, where the layer joins lines.
// 2. Above the deepest zoom polygons of equal fields and rank become one feature, and those that touch one polygon, where the layer joins polygons.
// 3. Above the deepest zoom polygons and holes smaller than least_polygon_units, and lines smaller than least_line_units, are left out.
// 4. A tile of more bytes than its budget is thinned: layers give way in the order of their `gives_way`, the highest first and those with 0 never; of
//    a layer the smallest polygons and the shortest lines go first, and points from the last in rank. As much goes as has to, and no more: the tile
//    is written until it fits, and with one part more it would not.

/// Builds tiles from their records; keeps its memory from tile to tile. One thread.
class MapTileBuilder {
  public:
    /// The schema outlives it.
    explicit MapTileBuilder(const MapSchema &schema, std::size_t budget_bytes);

    /// The tile as uncompressed MVT 2.1; empty where nothing is left. Of no more bytes than the budget, unless those of layers that never give way
    /// are more. \pre the records are of one tile of that zoom, in order
    [[nodiscard]] std::string build(std::uint8_t zoom, std::span<const TileRecord> records);
    /// Tiles of which something was left out so far, because they were past the budget.
    [[nodiscard]] std::uint64_t thinned_tiles() const noexcept { return m_thinned_tiles; }

  private:
    static constexpr std::uint32_t never = UINT32_MAX;
    /// One line, polygon or feature that can be left out by itself.
    struct Part {
        std::string_view raw;    ///< commands of a feature that was left as it came; else paths:
        std::uint32_t first = 0; ///< in m_paths
        std::uint32_t end = 0;
        std::uint32_t turn = never; ///< how many parts go before it where the tile is thinned; known then
    };
    struct Feature {
        std::uint8_t layer = 0;
        MvtGeometryType type = MvtGeometryType::unknown;
        std::string_view fields;
        std::size_t first_part = 0;
        std::size_t end_part = 0;
    };

    void take_layer(std::span<const TileRecord> records);
    void take_alone(const TileRecord &record);
    void take_group(std::span<const TileRecord *const> group);
    void join_lines(std::span<const TileRecord *const> group);
    void join_polygons(std::span<const TileRecord *const> group);
    void add_polygons(const TilePolygons &polygons);
    void add_path_part(std::uint32_t first, std::uint32_t end);
    void end_feature(const TileRecord &like, std::size_t first_part);
    [[nodiscard]] std::uint32_t set_turns();
    [[nodiscard]] std::string thinned();
    [[nodiscard]] std::int64_t measure_of(const Feature &feature, const Part &part);
    [[nodiscard]] bool is_kept(const Part &part) const noexcept { return part.turn >= m_gone; }
    [[nodiscard]] std::string write(std::uint32_t gone);
    void write_layer(std::size_t first_feature, std::size_t end_feature, std::string &tile);
    void write_feature(const Feature &feature);
    std::span<const std::uint32_t> tags_of(std::string_view fields);

    const MapSchema &m_schema;
    std::size_t m_budget_bytes;
    std::uint64_t m_thinned_tiles = 0;
    bool m_is_deepest = false;
    std::uint32_t m_gone = 0; ///< parts of an earlier turn are left out of what is written

    std::vector<Feature> m_features;
    std::vector<Part> m_parts;
    TilePaths m_paths; ///< of joined parts
    std::vector<const TileRecord *> m_group;
    TilePaths m_lines;
    TilePolygons m_polygons;
    TilePolygons m_united;
    LineJoiner m_joiner;
    MvtGeometryWriter m_geometry;
    MvtLayerWriter m_layer;
    std::vector<std::uint32_t> m_key_places;                            ///< index in the tile's layer by key
    std::unordered_map<std::string_view, std::uint32_t> m_value_places; ///< by encoded value
    std::vector<std::uint32_t> m_tags;
};

} // namespace keyaki::tiles
