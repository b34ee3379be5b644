#include "importers/shortbread_attributes.hpp"

#include "importers/osm_tag_index.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace keyaki::importers {

namespace {

using enum ShortbreadLayer;

/// How a field comes from the tags.
enum class Reads : std::uint8_t {
    kind,          ///< the match's
    text,          ///< the tag's value; not there where the tag is not
    text_or_empty, ///< the tag's value, or the empty text
    no,            ///< always false
    one,           ///< always 1
    is_rail,       ///< railway=* and no highway
    is_link,       ///< highway=*_link
    is_tunnel,
    is_bridge,
    is_oneway,
    is_reverse,
    population, ///< or what is usual for the kind of place
    level,      ///< the match's kind as a number
    area_m2,
    area_ha,
    reference, ///< ref, ref_rows and ref_cols
    poi,       ///< the keys for which it is one
};

struct Field {
    std::string_view layers; ///< separated by spaces
    std::string_view name;
    Reads reads;
    std::string_view tag = {};  ///< where it is not the name
    std::uint8_t zoom_from = 0; ///< where it is not from the feature's first
};

constexpr std::string_view named_layers = "water_polygons_labels water_lines_labels boundary_labels place_labels street_labels "
                                          "streets_polygons_labels street_labels_points ferries public_transport pois";

constexpr Field fields[] = {
    {"water_polygons water_polygons_labels water_lines water_lines_labels dam_lines dam_polygons pier_lines pier_polygons place_labels land sites "
     "streets street_polygons street_labels streets_polygons_labels street_labels_points bridges aerialways ferries public_transport",
     "kind", Reads::kind},
    {named_layers, "name", Reads::text},
    {named_layers, "name_en", Reads::text, "name:en"},
    {named_layers, "name_de", Reads::text, "name:de"},
    {named_layers, "name_ja", Reads::text, "name:ja"},
    {"water_polygons water_polygons_labels", "way_area", Reads::area_m2},
    {"boundary_labels", "admin_level", Reads::level},
    {"boundary_labels", "way_area", Reads::area_ha},
    {"place_labels", "population", Reads::population},
    {"buildings", "dummy", Reads::one},
    {"water_lines water_lines_labels street_polygons street_labels", "tunnel", Reads::is_tunnel},
    {"water_lines water_lines_labels street_polygons", "bridge", Reads::is_bridge},
    {"streets", "link", Reads::is_link, {}, 11},
    {"streets", "rail", Reads::is_rail},
    {"street_polygons", "rail", Reads::no},
    {"streets", "tunnel", Reads::is_tunnel, {}, 11},
    {"streets", "bridge", Reads::is_bridge, {}, 11},
    {"streets", "oneway", Reads::is_oneway, {}, 14},
    {"streets", "oneway_reverse", Reads::is_reverse, {}, 14},
    {"streets", "tracktype", Reads::text, {}, 11},
    {"streets", "surface", Reads::text_or_empty, {}, 11},
    {"streets", "service", Reads::text, {}, 11},
    {"streets", "bicycle", Reads::text_or_empty, {}, 14},
    {"streets", "horse", Reads::text_or_empty, {}, 14},
    {"street_polygons", "surface", Reads::text_or_empty},
    {"street_polygons", "service", Reads::text_or_empty},
    {"street_labels", "ref", Reads::reference},
    {"street_labels_points", "ref", Reads::text},
    {"public_transport", "iata", Reads::text},
    {"pois", "amenity", Reads::poi},
    {"addresses pois", "housename", Reads::text, "addr:housename"},
    {"addresses pois", "housenumber", Reads::text, "addr:housenumber"},
};

constexpr std::array<std::string_view, 9> poi_keys{"amenity", "leisure", "tourism", "shop", "man_made", "historic", "emergency", "highway", "office"};

/// Fields of points of interest that only some have.
struct PoiField {
    std::string_view key;
    std::string_view values;
    std::string_view name; ///< also the tag's
    bool is_flag = false;  ///< else text
};

constexpr PoiField poi_fields[] = {
    {"amenity", "restaurant fast_food pub bar cafe", "cuisine"},
    {"leisure", "pitch sports_centre", "sport"},
    {"amenity", "vending_machine", "vending"},
    {"tourism", "information", "information"},
    {"man_made", "tower", "tower:type"},
    {"amenity", "place_of_worship", "religion"},
    {"amenity", "place_of_worship", "denomination"},
    {"amenity", "recycling", "recycling:glass_bottles", true},
    {"amenity", "recycling", "recycling:paper", true},
    {"amenity", "recycling", "recycling:clothes", true},
    {"amenity", "recycling", "recycling:scrap_metal", true},
    {"amenity", "bank", "atm", true},
};

bool is_one_of(std::string_view value, std::string_view words) {
    bool found = false;
    for_each_word(words, [&](std::string_view word) { found = found || word == value; });
    return found;
}

std::string_view first_value(std::string_view value) { return value.substr(0, value.find(';')); }

bool is_tunnel(OsmTags tags) { return is_one_of(find_tag(tags, "tunnel"), "yes building_passage") || find_tag(tags, "covered") == "yes"; }

bool is_bridge(OsmTags tags) {
    return is_one_of(find_tag(tags, "bridge"), "yes viaduct boardwalk cantilever covered low_water_crossing movable trestle");
}

bool is_rail(OsmTags tags) { return find_tag(tags, "highway").empty() && !find_tag(tags, "railway").empty(); }

bool is_oneway(OsmTags tags) { return !is_rail(tags) && is_one_of(find_tag(tags, "oneway"), "yes 1 true -1"); }

std::int64_t usual_population(std::string_view place) {
    constexpr std::pair<std::string_view, std::int64_t> usual[] = {{"city", 100'000}, {"town", 5'000},  {"village", 100},        {"hamlet", 50},
                                                                   {"suburb", 1'000}, {"quarter", 500}, {"neighbourhood", 100},  {"farm", 5},
                                                                   {"island", 0},     {"locality", 0},  {"isolated_dwelling", 5}};
    const auto *found = std::find_if(std::begin(usual), std::end(usual), [&](const auto &one) { return one.first == place; });
    return found == std::end(usual) ? 0 : found->second;
}

/// The population that the tag says, if it is a whole number, else the usual one.
std::int64_t population(OsmTags tags) {
    const std::string_view text = find_tag(tags, "population");
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool reads = !text.empty() && failure == std::errc() && end == text.data() + text.size() && number >= 0;
    return reads ? number : usual_population(first_value(find_tag(tags, "place")));
}

std::int32_t layer_above_ground(OsmTags tags) {
    const std::string_view text = find_tag(tags, "layer");
    int layer = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), layer); // what is no number is the ground
    return std::clamp(layer, -7, 7);
}

/// Steps in which roads lie above one another: a bridge, a tunnel or a `layer` more is worth all classes.
std::int32_t street_level(OsmTags tags) { return layer_above_ground(tags) + (is_bridge(tags) ? 1 : is_tunnel(tags) ? -1 : 0); }

/// Of streets and tracks, by how much they matter; those that matter most are drawn last, above the others.
std::int32_t street_class(std::string_view kind, OsmTags tags) {
    constexpr std::string_view classes[] = {
        "steps",
        "footway cycleway path track",
        "service",
        "living_street pedestrian taxiway",
        "unclassified residential busway bus_guideway runway",
        "tertiary",
        "secondary",
        "primary",
        "trunk",
        "motorway",
        "tram light_rail funicular subway monorail narrow_gauge",
        "rail",
    };
    const auto *found = std::find_if(std::begin(classes), std::end(classes), [&](std::string_view kinds) { return is_one_of(kind, kinds); });
    const auto place = static_cast<std::int32_t>(found - std::begin(classes));
    const bool is_siding = kind == "rail" && !find_tag(tags, "service").empty();
    return is_siding ? place - 1 : place;
}

std::int32_t downwards(double value) {
    return -static_cast<std::int32_t>(std::min(value, static_cast<double>(std::numeric_limits<std::int32_t>::max())));
}

/// The rows of `fields` by layer.
class FieldIndex {
  public:
    FieldIndex() {
        for (const Field &field : fields) {
            for (std::size_t layer = 0; layer < shortbread_layer_count; ++layer) {
                if (is_one_of(shortbread_name(static_cast<ShortbreadLayer>(layer)), field.layers)) {
                    m_rows[layer].push_back(&field);
                }
            }
        }
    }
    [[nodiscard]] const std::vector<const Field *> &of(ShortbreadLayer layer) const { return m_rows[static_cast<std::size_t>(layer)]; }

  private:
    std::array<std::vector<const Field *>, shortbread_layer_count> m_rows;
};

const std::vector<const Field *> &fields_of(ShortbreadLayer layer) {
    static const FieldIndex index;
    return index.of(layer);
}

/// Nothing where the feature does not have the field. \pre of one value
std::optional<ShortbreadValue> value_of(const Field &field, const ShortbreadMatch &match, OsmTags tags, const ShortbreadSize &size) {
    const std::string_view text = find_tag(tags, field.tag.empty() ? field.name : field.tag);
    switch (field.reads) {
    case Reads::kind: return match.kind;
    case Reads::text: return text.empty() ? std::nullopt : std::optional<ShortbreadValue>(text);
    case Reads::text_or_empty: return text.empty() ? std::string_view("") : text;
    case Reads::no: return false;
    case Reads::one: return std::int64_t{1};
    case Reads::is_rail: return is_rail(tags);
    case Reads::is_link: return first_value(find_tag(tags, "highway")).ends_with("_link");
    case Reads::is_tunnel: return is_tunnel(tags);
    case Reads::is_bridge: return is_bridge(tags);
    case Reads::is_oneway: return is_oneway(tags);
    case Reads::is_reverse: return is_oneway(tags) && find_tag(tags, "oneway") == "-1";
    case Reads::population: return population(tags);
    case Reads::level: return static_cast<std::int64_t>(match.kind.front() - '0');
    case Reads::area_m2: return static_cast<float>(size.area_m2);
    case Reads::area_ha: return static_cast<float>(size.area_m2 / 1e4);
    case Reads::reference:
    case Reads::poi: break; // several fields: ShortbreadAttributes reads them
    }
    return std::nullopt;
}

std::string_view type_of(Reads reads) {
    switch (reads) {
    case Reads::no:
    case Reads::is_rail:
    case Reads::is_link:
    case Reads::is_tunnel:
    case Reads::is_bridge:
    case Reads::is_oneway:
    case Reads::is_reverse: return "Boolean";
    case Reads::one:
    case Reads::population:
    case Reads::level:
    case Reads::area_m2:
    case Reads::area_ha: return "Number";
    default: return "String";
    }
}

} // namespace

void ShortbreadAttributes::read(const ShortbreadMatch &match, OsmTags tags, const ShortbreadSize &size) {
    m_attributes.clear();
    for (const Field *field : fields_of(match.layer)) {
        if (field->reads == Reads::reference) {
            read_reference(tags);
        } else if (field->reads == Reads::poi) {
            read_poi(tags);
        } else if (std::optional<ShortbreadValue> value = value_of(*field, match, tags, size)) {
            m_attributes.push_back({field->name, *value, field->zoom_from});
        }
    }
}

void ShortbreadAttributes::read_reference(OsmTags tags) {
    m_reference = find_tag(tags, "ref");
    if (m_reference.empty()) {
        return;
    }
    std::replace(m_reference.begin(), m_reference.end(), ';', '\n');
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    for (std::size_t begin = 0; begin <= m_reference.size(); ++rows) {
        const std::size_t end = std::min(m_reference.find('\n', begin), m_reference.size());
        // Letters, not bytes: of UTF-8 those that do not go on with a letter.
        const auto letters =
            std::count_if(m_reference.begin() + static_cast<std::ptrdiff_t>(begin), m_reference.begin() + static_cast<std::ptrdiff_t>(end),
                          [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
        columns = std::max<std::int64_t>(columns, letters);
        begin = end + 1;
    }
    m_attributes.push_back({"ref", std::string_view(m_reference)});
    m_attributes.push_back({"ref_rows", rows});
    m_attributes.push_back({"ref_cols", columns});
}

void ShortbreadAttributes::read_poi(OsmTags tags) {
    for (const std::string_view key : poi_keys) {
        const std::string_view value = first_value(find_tag(tags, key));
        if (value.empty() || !is_shortbread_poi(key, value)) {
            continue;
        }
        m_attributes.push_back({key, value});
        for (const PoiField &field : poi_fields) {
            if (field.key != key || !is_one_of(value, field.values)) {
                continue;
            }
            const std::string_view said = find_tag(tags, field.name);
            if (field.is_flag) {
                m_attributes.push_back({field.name, said == "yes"});
            } else if (!said.empty()) {
                m_attributes.push_back({field.name, said});
            }
        }
    }
}

ShortbreadRank shortbread_rank(const ShortbreadMatch &match, OsmTags tags, const ShortbreadSize &size) {
    constexpr std::int32_t class_count = 16;
    switch (match.layer) {
    case streets:
    case street_polygons: {
        const std::int32_t by_class = street_class(match.kind, tags);
        return {street_level(tags) * class_count + by_class, by_class};
    }
    case water_lines: {
        const std::int32_t level = layer_above_ground(tags);
        return {level, level};
    }
    case water_polygons_labels:
    case boundary_labels: {
        const std::int32_t place = downwards(size.area_m2 / 1e4);
        return {place, place};
    }
    case place_labels: {
        const std::int32_t place = downwards(static_cast<double>(population(tags)));
        return {place, place};
    }
    default: return {};
    }
}

std::uint8_t shortbread_direction_from(const ShortbreadMatch &match, OsmTags tags) {
    constexpr std::uint8_t never = shortbread_zoom_max + 1;
    if (match.layer == water_lines) {
        return 0;
    }
    return match.layer == streets && is_oneway(tags) ? shortbread_zoom_max : never;
}

std::vector<ShortbreadField> shortbread_fields(ShortbreadLayer layer) {
    if (layer == boundaries) { // made of relations' ways, not of tags
        return {{"admin_level", "Number"}, {"maritime", "Boolean"}, {"disputed", "Boolean"}};
    }
    std::vector<ShortbreadField> found;
    for (const Field *field : fields_of(layer)) {
        if (field->reads == Reads::poi) {
            for (const std::string_view key : poi_keys) {
                found.push_back({key, "String"});
            }
            for (const PoiField &poi_field : poi_fields) {
                found.push_back({poi_field.name, poi_field.is_flag ? "Boolean" : "String"});
            }
        } else {
            found.push_back({field->name, type_of(field->reads)});
        }
        if (field->reads == Reads::reference) {
            found.push_back({"ref_rows", "Number"});
            found.push_back({"ref_cols", "Number"});
        }
    }
    return found;
}

} // namespace keyaki::importers
