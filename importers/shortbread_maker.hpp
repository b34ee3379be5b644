#pragma once

#include "geo/grid_shape.hpp"
#include "importers/osm_areas.hpp"
#include "importers/osm_boundaries.hpp"
#include "importers/shortbread_attributes.hpp"
#include "importers/shortbread_rules.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace osmium {
class TagList;
}

namespace keyaki::importers {

/// A feature of the base map as it is handed over; everything holds during the call only.
struct ShortbreadFeature {
    ShortbreadLayer layer = ShortbreadLayer::ocean;
    std::uint8_t zoom_from = 0;
    std::uint8_t direction_from = shortbread_zoom_max + 1; ///< from this zoom on a line may not be turned
    ShortbreadRank rank;
    std::uint64_t id = 0; ///< of the object, unique in its layer
    std::span<const ShortbreadAttribute> attributes;
    const geo::GridShape *shape = nullptr;
};

/// Takes the features of the base map, from several threads at once.
class ShortbreadSink {
  public:
    virtual ~ShortbreadSink() = default;
    /// Before the first feature whose vertices have numbers: they are below `count`.
    virtual void number_vertices(std::uint32_t count) = 0;
    /// \param thread 0 to ShortbreadOptions::threads, that included; calls with the same one do not overlap. What it throws ends the reading.
    virtual void take(const ShortbreadFeature &feature, unsigned thread) = 0;
};

enum class OsmType : std::uint8_t { node, way, relation };

/// Makes features of objects whose tags and places are known: the rules, sizes and label points. Keeps its memory. One thread.
class ShortbreadMaker {
  public:
    ShortbreadMaker(ShortbreadSink &sink, unsigned thread) : m_sink(sink), m_thread(thread) {}

    /// Reads the tags of the next object, those that are not UTF-8 with U+FFFD where they break. They hold as long as the list.
    void read_tags(const osmium::TagList &tags);
    /// The same for tags that somebody has kept.
    void use_tags(OsmTags tags);
    [[nodiscard]] OsmTags tags() const noexcept { return m_tags; }
    [[nodiscard]] ShortbreadMatches match(OsmObject object) const { return match_shortbread(object, m_tags); }

    void make_point(const ShortbreadMatches &matches, std::int64_t node, geo::LonLat position);
    /// The lines among the matches; the shape is that of begin_lines() to end_line().
    void make_lines(const ShortbreadMatches &matches, std::int64_t way);
    /// The areas and their labels among the matches.
    void make_areas(const ShortbreadMatches &matches, OsmType type, std::int64_t id, const OsmRings &rings);
    void make_boundary(std::int64_t way, OsmBoundaries::Boundary boundary);
    void make_ocean(const geo::GridShape &ocean, std::uint64_t id);

    /// The lines that the next make_… draws; built with add_vertex and end_line. Of positions that repeat the one before, one stays.
    void begin_lines() { m_shape.clear(geo::GeometryType::line_string); }
    void add_vertex(std::int32_t lon_e7, std::int32_t lat_e7, std::uint32_t number);
    void end_line();
    [[nodiscard]] bool has_line() const noexcept { return m_shape.path_count() > 0; }
    [[nodiscard]] const geo::GridShape &shape() const noexcept { return m_shape; }

    [[nodiscard]] const std::array<std::uint64_t, shortbread_layer_count> &made() const noexcept { return m_made; }
    [[nodiscard]] std::uint64_t repaired_texts() const noexcept { return m_repaired_texts; }

  private:
    void clear_tags();
    void add_tag(std::string_view key, std::string_view value);
    void give(const ShortbreadMatch &match, OsmType type, std::int64_t id, const geo::GridShape &shape);
    void give(const ShortbreadFeature &feature);
    void set_point(geo::GridPoint point);

    ShortbreadSink &m_sink;
    unsigned m_thread;
    std::vector<OsmTag> m_tags;
    std::deque<std::string> m_repaired; ///< texts of m_tags that were not UTF-8
    ShortbreadAttributes m_attributes;
    ShortbreadSize m_size;                                    ///< of the object at hand
    geo::GridShape m_shape;                                   ///< its lines or polygons
    std::uint32_t m_last_number = geo::GridVertex::no_number; ///< of the node that came last to a line
    geo::GridShape m_point{geo::GeometryType::point, {}, {}, {}};
    std::array<std::uint64_t, shortbread_layer_count> m_made{};
    std::uint64_t m_repaired_texts = 0;
};

} // namespace keyaki::importers
