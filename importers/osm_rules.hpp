#pragma once

#include "geo/feature.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace keyaki::importers {

// Which objects of OpenStreetMap become features of which layer, and what they carry: two tables (osm_rules.cpp) and pure functions over them.
// Tags are explained at https://wiki.openstreetmap.org/wiki/Map_features. Thread-safe; nothing here knows a file or a library.

struct OsmTag {
    std::string_view key;
    std::string_view value;
};
using OsmTags = std::span<const OsmTag>;

/// What an object is before its tags are read. A closed way may be a line (a roundabout) or an area (a pond): the rules decide, after
/// https://wiki.openstreetmap.org/wiki/Area: `area=yes` makes it an area, `area=no` a line, else each row of the table says which it is for.
enum class OsmObject : std::uint8_t { node, open_way, closed_way, multipolygon };

/// What it becomes. A `point` of an area is a point on its surface.
enum class OsmShape : std::uint8_t { point, line, polygon };

/// A layer that the rules can fill. Ids are layer ids as data/ wants them.
struct OsmLayer {
    std::string_view id;
    std::string_view title_ja;
    std::string_view title_en;
    bool points;   ///< holds points
    bool lines;    ///< holds lines
    bool polygons; ///< holds polygons
    int zoom_min;  ///< below it a city's tiles need nothing of this layer
};
inline constexpr std::size_t osm_layer_count = 11;
[[nodiscard]] std::span<const OsmLayer, osm_layer_count> osm_layers() noexcept;

/// One layer that an object goes to. `kind` is a view into the tags.
struct OsmMatch {
    std::uint8_t layer = 0; ///< place in osm_layers()
    OsmShape shape = OsmShape::point;
    std::string_view group; ///< the coarse word of the table ("minor", "food"): the feature's property `class`
    std::string_view kind;  ///< OpenStreetMap's own value ("residential", "restaurant"), or the key where the value is only "yes"
};

/// At most one match per layer, in the order of osm_layers().
class OsmMatches {
  public:
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] const OsmMatch *begin() const noexcept { return m_matches.data(); }
    [[nodiscard]] const OsmMatch *end() const noexcept { return m_matches.data() + m_size; }
    [[nodiscard]] const OsmMatch &operator[](std::size_t index) const noexcept { return m_matches[index]; }
    void add(const OsmMatch &match) noexcept { m_matches[m_size++] = match; }

  private:
    std::array<OsmMatch, osm_layer_count> m_matches{};
    std::size_t m_size = 0;
};

/// The layers for an object with these tags. Where several rows of one layer fit, the first of the table counts.
[[nodiscard]] OsmMatches match_osm_rules(OsmObject object, OsmTags tags);

/// The feature's properties: `kind`, `class`, the names, and what the table lists for that layer; typed (numbers, booleans, lengths in metres).
/// A value that does not read as its type is left out. Text keeps the file's bytes: whoever reads from strangers looks at the encoding
/// (osm_values.hpp).
[[nodiscard]] geo::Properties osm_properties(const OsmMatch &match, OsmTags tags);

} // namespace keyaki::importers
