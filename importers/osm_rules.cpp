#include "importers/osm_rules.hpp"

#include "importers/osm_tag_index.hpp"
#include "importers/osm_values.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace keyaki::importers {

namespace {

enum LayerPlace : std::uint8_t {
    roads,
    paths,
    buildings,
    water,
    land_use,
    parks,
    railways,
    stations,
    places,
    points_of_interest,
    boundaries,
};

constexpr std::array<OsmLayer, osm_layer_count> layers{{
    {"roads", "道路", "Roads", false, true, false, 8},
    {"paths", "歩道・小道", "Paths", false, true, false, 12},
    {"buildings", "建物", "Buildings", false, false, true, 13},
    {"water", "水域", "Water", false, true, true, 8},
    {"land_use", "土地利用", "Land use", false, false, true, 10},
    {"parks", "公園・緑地", "Parks", false, false, true, 10},
    {"railways", "鉄道", "Railways", false, true, false, 8},
    {"stations", "駅・停留所", "Stations and stops", true, false, false, 10},
    {"places", "地名", "Places", true, false, false, 6},
    {"points_of_interest", "施設・店舗", "Points of interest", true, false, false, 12},
    {"boundaries", "行政界", "Boundaries", false, false, true, 6},
}};

/// What a row takes.
enum class Takes : std::uint8_t {
    line,  ///< ways, also closed ones unless area=yes → lines
    area,  ///< closed ways unless area=no, multipolygons → polygons
    plaza, ///< closed ways only with area=yes, multipolygons → polygons
    spot,  ///< nodes, closed ways unless area=no, multipolygons → points
    node,  ///< nodes → points
};

struct Row {
    LayerPlace layer;
    Takes takes;
    std::string_view key;
    std::string_view values; ///< separated by spaces; "*" is every value but "no"
    std::string_view group;
};

// The table. Within one layer the first row that fits decides.
constexpr Row rows[] = {
    {roads, Takes::line, "highway", "motorway motorway_link", "motorway"},
    {roads, Takes::line, "highway", "trunk trunk_link", "trunk"},
    {roads, Takes::line, "highway", "primary primary_link", "primary"},
    {roads, Takes::line, "highway", "secondary secondary_link", "secondary"},
    {roads, Takes::line, "highway", "tertiary tertiary_link", "tertiary"},
    {roads, Takes::line, "highway", "unclassified residential living_street road busway", "minor"},
    {roads, Takes::line, "highway", "service", "service"},
    {roads, Takes::line, "highway", "track", "track"},

    {paths, Takes::line, "highway", "pedestrian", "pedestrian"},
    {paths, Takes::line, "highway", "footway corridor", "footway"},
    {paths, Takes::line, "highway", "steps", "steps"},
    {paths, Takes::line, "highway", "cycleway", "cycleway"},
    {paths, Takes::line, "highway", "path bridleway", "path"},

    {buildings, Takes::area, "building",
     "house detached residential apartments semidetached_house terrace bungalow dormitory cabin hut static_caravan houseboat", "residential"},
    {buildings, Takes::area, "building", "retail commercial office supermarket kiosk hotel", "commercial"},
    {buildings, Takes::area, "building", "industrial warehouse factory manufacture hangar service transformer_tower", "industrial"},
    {buildings, Takes::area, "building",
     "school kindergarten university college hospital public civic government train_station transportation fire_station museum sports_hall stadium",
     "public"},
    {buildings, Takes::area, "building", "church chapel cathedral temple shrine mosque synagogue religious monastery", "religious"},
    {buildings, Takes::area, "building", "farm farm_auxiliary barn stable cowshed sty silo greenhouse", "farm"},
    {buildings, Takes::area, "building", "garage garages carport parking shed roof", "outbuilding"},
    {buildings, Takes::area, "building", "*", "other"},

    {water, Takes::area, "natural", "water", "water"},
    {water, Takes::area, "waterway", "riverbank dock", "river"},
    {water, Takes::area, "landuse", "reservoir basin", "reservoir"},
    {water, Takes::area, "leisure", "swimming_pool", "pool"},
    {water, Takes::area, "amenity", "fountain", "fountain"},
    {water, Takes::line, "waterway", "river", "river"},
    {water, Takes::line, "waterway", "canal", "canal"},
    {water, Takes::line, "waterway", "stream tidal_channel", "stream"},
    {water, Takes::line, "waterway", "ditch drain", "ditch"},
    {water, Takes::line, "natural", "coastline", "coastline"},

    {land_use, Takes::area, "landuse", "residential", "residential"},
    {land_use, Takes::area, "landuse", "commercial retail", "commercial"},
    {land_use, Takes::area, "landuse", "industrial port quarry landfill depot", "industrial"},
    {land_use, Takes::area, "landuse", "farmland farmyard orchard vineyard greenhouse_horticulture plant_nursery aquaculture", "farmland"},
    {land_use, Takes::area, "landuse", "allotments", "allotments"},
    {land_use, Takes::area, "landuse", "forest", "wood"},
    {land_use, Takes::area, "natural", "wood", "wood"},
    {land_use, Takes::area, "landuse", "grass meadow flowerbed greenfield", "grass"},
    {land_use, Takes::area, "natural", "grassland heath scrub fell tundra shrubbery", "grass"},
    {land_use, Takes::area, "natural", "wetland mud", "wetland"},
    {land_use, Takes::area, "natural", "beach sand shingle bare_rock scree", "bare"},
    {land_use, Takes::area, "natural", "glacier", "ice"},
    {land_use, Takes::area, "landuse", "cemetery", "cemetery"},
    {land_use, Takes::area, "amenity", "grave_yard", "cemetery"},
    {land_use, Takes::area, "landuse", "railway", "railway"},
    {land_use, Takes::area, "landuse", "construction brownfield", "construction"},
    {land_use, Takes::area, "landuse", "military", "military"},
    {land_use, Takes::area, "landuse", "religious", "religious"},
    {land_use, Takes::area, "landuse", "education", "education"},
    {land_use, Takes::area, "amenity", "school kindergarten college university", "education"},
    {land_use, Takes::area, "amenity", "hospital clinic", "health"},
    {land_use, Takes::area, "amenity", "parking bicycle_parking", "parking"},
    {land_use, Takes::area, "leisure", "pitch track sports_centre stadium golf_course", "sport"},
    {land_use, Takes::area, "aeroway", "aerodrome apron heliport", "airport"},
    {land_use, Takes::plaza, "highway", "pedestrian footway path living_street service", "plaza"},
    {land_use, Takes::area, "place", "square", "plaza"},

    {parks, Takes::area, "leisure", "park", "park"},
    {parks, Takes::area, "leisure", "garden common dog_park", "garden"},
    {parks, Takes::area, "landuse", "village_green recreation_ground", "park"},
    {parks, Takes::area, "leisure", "nature_reserve", "protected"},
    {parks, Takes::area, "boundary", "national_park protected_area", "protected"},

    {railways, Takes::line, "railway", "rail", "rail"},
    {railways, Takes::line, "railway", "narrow_gauge preserved funicular miniature", "small"},
    {railways, Takes::line, "railway", "subway", "subway"},
    {railways, Takes::line, "railway", "light_rail tram monorail", "tram"},
    {railways, Takes::line, "aerialway", "cable_car gondola mixed_lift chair_lift", "aerialway"},

    {stations, Takes::spot, "railway", "station halt", "rail"},
    {stations, Takes::spot, "railway", "tram_stop", "tram"},
    {stations, Takes::node, "railway", "subway_entrance train_station_entrance", "entrance"},
    {stations, Takes::spot, "amenity", "bus_station", "bus"},
    {stations, Takes::spot, "highway", "bus_stop", "bus"},
    {stations, Takes::spot, "amenity", "ferry_terminal", "ferry"},
    {stations, Takes::spot, "aeroway", "aerodrome", "air"},
    {stations, Takes::spot, "aerialway", "station", "aerialway"},
    {stations, Takes::spot, "public_transport", "station", "other"},

    {places, Takes::node, "place", "city town village hamlet isolated_dwelling farm", "settlement"},
    {places, Takes::node, "place", "borough suburb quarter neighbourhood city_block", "district"},
    {places, Takes::node, "place", "country state province region county municipality district", "region"},
    {places, Takes::node, "place", "island islet archipelago locality", "other"},

    {points_of_interest, Takes::spot, "emergency",
     "assembly_point defibrillator ambulance_station emergency_ward_entrance disaster_help_point fire_extinguisher phone siren water_tank",
     "emergency"},
    {points_of_interest, Takes::spot, "amenity", "police fire_station", "emergency"},
    {points_of_interest, Takes::spot, "amenity", "hospital clinic doctors dentist pharmacy veterinary nursing_home", "health"},
    {points_of_interest, Takes::spot, "amenity",
     "school kindergarten college university childcare library music_school language_school driving_school prep_school research_institute",
     "education"},
    {points_of_interest, Takes::spot, "amenity",
     "townhall community_centre courthouse post_office post_box public_bath public_building social_facility social_centre embassy crematorium",
     "public"},
    {points_of_interest, Takes::spot, "amenity", "place_of_worship monastery", "religion"},
    {points_of_interest, Takes::spot, "amenity", "restaurant cafe fast_food food_court ice_cream bar pub biergarten", "food"},
    {points_of_interest, Takes::spot, "amenity", "bank atm bureau_de_change", "money"},
    {points_of_interest, Takes::spot, "amenity", "theatre cinema arts_centre nightclub studio events_venue conference_centre", "culture"},
    {points_of_interest, Takes::spot, "amenity",
     "parking bicycle_parking motorcycle_parking bicycle_rental car_rental car_sharing fuel charging_station taxi", "transport"},
    {points_of_interest, Takes::spot, "amenity", "marketplace", "shop"},
    {points_of_interest, Takes::spot, "amenity",
     "toilets drinking_water bench shelter bbq recycling vending_machine telephone clock public_bookcase shower fountain", "amenity"},
    {points_of_interest, Takes::spot, "shop", "vacant disused", ""}, // an empty shop is no shop
    {points_of_interest, Takes::spot, "shop", "*", "shop"},
    {points_of_interest, Takes::spot, "tourism", "hotel hostel guest_house motel apartment chalet camp_site caravan_site alpine_hut wilderness_hut",
     "lodging"},
    {points_of_interest, Takes::spot, "tourism", "museum gallery artwork", "culture"},
    {points_of_interest, Takes::spot, "tourism", "attraction viewpoint theme_park zoo aquarium picnic_site information", "sight"},
    {points_of_interest, Takes::spot, "historic",
     "monument memorial castle ruins archaeological_site wayside_shrine wayside_cross tomb fort city_gate manor milestone", "sight"},
    {points_of_interest, Takes::spot, "leisure", "playground", "playground"},
    {points_of_interest, Takes::spot, "leisure",
     "sports_centre stadium fitness_centre fitness_station sports_hall water_park swimming_area miniature_golf golf_course ice_rink bowling_alley "
     "dance marina sauna",
     "sport"},
    {points_of_interest, Takes::spot, "healthcare", "*", "health"},
    {points_of_interest, Takes::spot, "man_made", "lighthouse tower water_tower windmill observatory", "sight"},
    {points_of_interest, Takes::node, "natural", "peak volcano saddle spring hot_spring cave_entrance", "nature"},
    {points_of_interest, Takes::spot, "office", "government", "public"},
    {points_of_interest, Takes::spot, "office", "*", "office"},
    {points_of_interest, Takes::spot, "craft", "*", "craft"},

    {boundaries, Takes::area, "boundary", "administrative", "administrative"},
};

struct Property {
    std::string_view tag;
    std::string_view name;
    OsmValueType type;
    std::string_view layers; ///< separated by spaces; "*" is every layer
};

// What features carry, in this order. Where two rows make the same property, the first tag that is there counts.
constexpr Property properties[] = {
    {"name", "name", OsmValueType::text, "*"},
    {"name:ja", "name_ja", OsmValueType::text, "*"},
    {"name:en", "name_en", OsmValueType::text, "*"},
    {"name:ja-Hira", "name_kana", OsmValueType::text, "*"},
    {"name:ja_kana", "name_kana", OsmValueType::text, "*"},
    {"ref", "ref", OsmValueType::text, "roads paths railways stations points_of_interest"},
    {"layer", "layer", OsmValueType::integer, "roads paths railways water buildings"},
    {"bridge", "bridge", OsmValueType::flag, "roads paths railways water"},
    {"tunnel", "tunnel", OsmValueType::flag, "roads paths railways water"},
    {"oneway", "oneway", OsmValueType::direction, "roads paths"},
    {"junction", "junction", OsmValueType::text, "roads"},
    {"surface", "surface", OsmValueType::text, "roads paths"},
    {"lanes", "lanes", OsmValueType::integer, "roads"},
    {"maxspeed", "maxspeed", OsmValueType::text, "roads"},
    {"width", "width_m", OsmValueType::length_m, "roads paths water"},
    {"service", "service", OsmValueType::text, "roads railways"},
    {"access", "access", OsmValueType::text, "roads paths parks points_of_interest"},
    {"foot", "foot", OsmValueType::text, "roads paths"},
    {"bicycle", "bicycle", OsmValueType::text, "roads paths"},
    {"sidewalk", "sidewalk", OsmValueType::text, "roads"},
    {"lit", "lit", OsmValueType::flag, "roads paths"},
    {"incline", "incline", OsmValueType::text, "paths"},
    {"step_count", "step_count", OsmValueType::integer, "paths"},
    {"handrail", "handrail", OsmValueType::flag, "paths"},
    {"tactile_paving", "tactile_paving", OsmValueType::flag, "paths stations"},
    {"wheelchair", "wheelchair", OsmValueType::text, "paths stations points_of_interest parks buildings"},
    {"height", "height_m", OsmValueType::length_m, "buildings"},
    {"min_height", "min_height_m", OsmValueType::length_m, "buildings"},
    {"building:levels", "levels", OsmValueType::number, "buildings"},
    {"building:min_level", "min_level", OsmValueType::number, "buildings"},
    {"addr:housenumber", "house_number", OsmValueType::text, "buildings points_of_interest"},
    {"addr:street", "street", OsmValueType::text, "buildings points_of_interest"},
    {"water", "water", OsmValueType::text, "water"},
    {"intermittent", "intermittent", OsmValueType::flag, "water"},
    {"sport", "sport", OsmValueType::text, "land_use points_of_interest"},
    {"leaf_type", "leaf_type", OsmValueType::text, "land_use"},
    {"crop", "crop", OsmValueType::text, "land_use"},
    {"usage", "usage", OsmValueType::text, "railways"},
    {"gauge", "gauge", OsmValueType::text, "railways"},
    {"operator", "operator", OsmValueType::text, "railways stations points_of_interest parks"},
    {"network", "network", OsmValueType::text, "stations"},
    {"population", "population", OsmValueType::integer, "places boundaries"},
    {"admin_level", "admin_level", OsmValueType::integer, "boundaries"},
    {"capital", "capital", OsmValueType::text, "places"},
    {"ele", "elevation_m", OsmValueType::length_m, "points_of_interest"},
    {"opening_hours", "opening_hours", OsmValueType::text, "points_of_interest parks stations"},
    {"phone", "phone", OsmValueType::text, "points_of_interest"},
    {"contact:phone", "phone", OsmValueType::text, "points_of_interest"},
    {"website", "website", OsmValueType::text, "points_of_interest parks"},
    {"contact:website", "website", OsmValueType::text, "points_of_interest parks"},
    {"brand", "brand", OsmValueType::text, "points_of_interest"},
    {"cuisine", "cuisine", OsmValueType::text, "points_of_interest"},
    {"religion", "religion", OsmValueType::text, "points_of_interest"},
    {"capacity", "capacity", OsmValueType::integer, "points_of_interest"},
    {"fee", "fee", OsmValueType::text, "points_of_interest"},
    {"level", "level", OsmValueType::text, "points_of_interest"},
    {"indoor", "indoor", OsmValueType::flag, "points_of_interest"},
    {"toilets:wheelchair", "toilets_wheelchair", OsmValueType::flag, "points_of_interest"},
    {"changing_table", "changing_table", OsmValueType::flag, "points_of_interest"},
};

/// The rows of the table by key and value.
OsmTagIndex make_row_index() {
    OsmTagIndex index;
    for (std::uint16_t place = 0; place < static_cast<std::uint16_t>(std::size(rows)); ++place) {
        index.add(rows[place].key, rows[place].values, place);
    }
    return index;
}

/// The rows of `properties` by layer.
class PropertyIndex {
  public:
    PropertyIndex() {
        for (const Property &property : properties) {
            for (std::size_t layer = 0; layer < layers.size(); ++layer) {
                bool wanted = property.layers == "*";
                for_each_word(property.layers, [&](std::string_view id) { wanted = wanted || id == layers[layer].id; });
                if (wanted) {
                    m_rows[layer].push_back(&property);
                }
            }
        }
    }

    [[nodiscard]] const std::vector<const Property *> &of(std::uint8_t layer) const { return m_rows[layer]; }

  private:
    std::array<std::vector<const Property *>, osm_layer_count> m_rows;
};

bool takes(Takes what, OsmObject object, OsmAreaTag area) {
    switch (what) {
    case Takes::node: return object == OsmObject::node;
    case Takes::line: return object == OsmObject::open_way || (object == OsmObject::closed_way && area != OsmAreaTag::yes);
    case Takes::area: return object == OsmObject::multipolygon || (object == OsmObject::closed_way && area != OsmAreaTag::no);
    case Takes::plaza: return object == OsmObject::multipolygon || (object == OsmObject::closed_way && area == OsmAreaTag::yes);
    case Takes::spot:
        return object == OsmObject::node || object == OsmObject::multipolygon || (object == OsmObject::closed_way && area != OsmAreaTag::no);
    }
    return false;
}

OsmShape shape_of(Takes what) {
    switch (what) {
    case Takes::line: return OsmShape::line;
    case Takes::area:
    case Takes::plaza: return OsmShape::polygon;
    case Takes::spot:
    case Takes::node: return OsmShape::point;
    }
    return OsmShape::point;
}

/// The row that decides for each layer while tags are read, and the value that it matched.
struct Decided {
    static constexpr std::uint16_t nothing = 0xFFFF;
    std::array<std::uint16_t, osm_layer_count> row{};
    std::array<std::string_view, osm_layer_count> value;

    Decided() { row.fill(nothing); }

    void consider(std::uint16_t place, std::string_view with, OsmObject object, OsmAreaTag area) {
        const LayerPlace layer = rows[place].layer;
        if (place < row[layer] && takes(rows[place].takes, object, area)) {
            row[layer] = place;
            value[layer] = with;
        }
    }
};

} // namespace

std::span<const OsmLayer, osm_layer_count> osm_layers() noexcept { return layers; }

OsmMatches match_osm_rules(OsmObject object, OsmTags tags) {
    static const OsmTagIndex index = make_row_index();
    const OsmAreaTag area = area_tag(tags);
    Decided decided;
    bool any = false;
    index.visit(tags, [&](std::uint16_t place, std::string_view value) {
        any = true;
        decided.consider(place, value, object, area);
    });
    OsmMatches matches;
    for (std::uint8_t layer = 0; any && layer < osm_layer_count; ++layer) {
        if (const std::uint16_t place = decided.row[layer]; place != Decided::nothing && !rows[place].group.empty()) {
            const std::string_view kind = decided.value[layer] == "yes" ? rows[place].key : decided.value[layer];
            matches.add({layer, shape_of(rows[place].takes), rows[place].group, kind});
        }
    }
    return matches;
}

geo::Properties osm_properties(const OsmMatch &match, OsmTags tags) {
    static const PropertyIndex index;
    geo::Properties result;
    result.append("kind", std::string(match.kind));
    result.append("class", std::string(match.group));
    const Property *previous = nullptr; // the last row that gave a property: rows of one property stand together
    for (const Property *row : index.of(match.layer)) {
        if (previous != nullptr && previous->name == row->name) {
            continue;
        }
        const auto tag = std::find_if(tags.begin(), tags.end(), [&](const OsmTag &candidate) { return candidate.key == row->tag; });
        if (tag == tags.end()) {
            continue;
        }
        if (geo::Value value = osm_value(row->type, tag->value); !std::holds_alternative<std::monostate>(value)) {
            result.append(std::string(row->name), std::move(value));
            previous = row;
        }
    }
    return result;
}

} // namespace keyaki::importers
