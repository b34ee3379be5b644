#include "importers/shortbread_rules.hpp"

#include "geo/grid_shape.hpp"
#include "importers/osm_tag_index.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

namespace keyaki::importers {

namespace {

using enum ShortbreadLayer;

constexpr std::array<std::string_view, shortbread_layer_count> names{
    "ocean",
    "water_polygons",
    "land",
    "sites",
    "water_lines",
    "dam_lines",
    "dam_polygons",
    "pier_lines",
    "pier_polygons",
    "bridges",
    "buildings",
    "street_polygons",
    "streets",
    "aerialways",
    "ferries",
    "boundaries",
    "addresses",
    "pois",
    "public_transport",
    "water_lines_labels",
    "water_polygons_labels",
    "streets_polygons_labels",
    "street_labels",
    "street_labels_points",
    "place_labels",
    "boundary_labels",
};

/// What a row takes.
enum class Takes : std::uint8_t {
    line,     ///< ways, also closed ones unless area=yes → lines
    edge,     ///< ways that are no areas: closed ones only with area=no → lines
    area,     ///< closed ways unless area=no, multipolygons → polygons
    plaza,    ///< closed ways only with area=yes, multipolygons → polygons
    inside,   ///< as area → points inside
    in_plaza, ///< as plaza → points inside
    spot,     ///< nodes, and as inside → points
    node,     ///< nodes → points
};

/// What else has to hold.
enum class Only : std::uint8_t {
    always,
    named,          ///< any name
    named_or_ref,   ///< or a reference number
    river_water,    ///< water=river
    named_river,    ///< both
    capital,        ///< capital=yes, named
    state_capital,  ///< capital=4, named
    main_track,     ///< no service=*
    motor_vehicles, ///< not motor_vehicle=no
    country,        ///< admin_level=2, named
    state,          ///< admin_level=4, named
};

struct Row {
    ShortbreadLayer layer;
    Takes takes;
    std::string_view key;
    std::string_view values; ///< separated by spaces; "*" is every value but "no"
    std::uint8_t zoom_from;
    std::string_view kind = {}; ///< where it is not the value itself
    Only only = Only::always;
};

// The table. Within one layer the first row that fits decides.
constexpr Row rows[] = {
    {water_polygons, Takes::area, "natural", "glacier", 4},
    {water_polygons, Takes::area, "natural", "water", 4, "river", Only::river_water},
    {water_polygons, Takes::area, "natural", "water", 4},
    {water_polygons, Takes::area, "waterway", "riverbank", 4, "river"},
    {water_polygons, Takes::area, "landuse", "reservoir basin", 4},
    {water_polygons, Takes::area, "waterway", "dock canal", 10},

    {water_polygons_labels, Takes::inside, "natural", "glacier", 4, {}, Only::named},
    {water_polygons_labels, Takes::inside, "natural", "water", 4, "river", Only::named_river},
    {water_polygons_labels, Takes::inside, "natural", "water", 4, {}, Only::named},
    {water_polygons_labels, Takes::inside, "waterway", "riverbank", 4, "river", Only::named},
    {water_polygons_labels, Takes::inside, "landuse", "reservoir basin", 4, {}, Only::named},
    {water_polygons_labels, Takes::inside, "waterway", "dock canal", 10, {}, Only::named},

    {water_lines, Takes::line, "waterway", "canal river", 9},
    {water_lines, Takes::line, "waterway", "stream ditch", 14},
    {water_lines_labels, Takes::line, "waterway", "canal river", 12, {}, Only::named},
    {water_lines_labels, Takes::line, "waterway", "stream ditch", 14, {}, Only::named},

    {dam_lines, Takes::edge, "waterway", "dam", 12},
    {dam_polygons, Takes::area, "waterway", "dam", 12},
    {pier_lines, Takes::edge, "man_made", "pier breakwater groyne", 12},
    {pier_polygons, Takes::area, "man_made", "pier breakwater groyne", 12},

    {boundary_labels, Takes::inside, "boundary", "administrative", 2, "2", Only::country},
    {boundary_labels, Takes::inside, "boundary", "administrative", 3, "4", Only::state},

    {place_labels, Takes::node, "place", "city town village hamlet", 4, "capital", Only::capital},
    {place_labels, Takes::node, "place", "city town village hamlet", 4, "state_capital", Only::state_capital},
    {place_labels, Takes::node, "place", "city", 6, {}, Only::named},
    {place_labels, Takes::node, "place", "town", 7, {}, Only::named},
    {place_labels, Takes::node, "place", "village hamlet suburb quarter neighbourhood isolated_dwelling farm island locality", 10, {}, Only::named},

    {land, Takes::area, "landuse", "forest", 7},
    {land, Takes::area, "natural", "wood", 7, "forest"},
    {land, Takes::area, "natural", "sand beach", 10},
    {land, Takes::area, "landuse", "residential industrial commercial garages retail railway landfill brownfield greenfield farmyard farmland", 10},
    {land, Takes::area, "landuse",
     "grass meadow orchard vineyard allotments village_green recreation_ground greenhouse_horticulture plant_nursery quarry", 11},
    {land, Takes::area, "natural", "heath scrub grassland bare_rock scree shingle", 11},
    {land, Takes::area, "wetland", "swamp bog string_bog wet_meadow marsh", 11},
    {land, Takes::area, "leisure", "golf_course park garden playground miniature_golf", 11},
    {land, Takes::area, "landuse", "cemetery", 13},
    {land, Takes::area, "amenity", "grave_yard", 13},

    {sites, Takes::area, "military", "danger_area", 14},
    {sites, Takes::area, "leisure", "sports_centre", 14},
    {sites, Takes::area, "amenity", "university college school hospital prison parking bicycle_parking", 14},
    {sites, Takes::area, "landuse", "construction", 14},

    {buildings, Takes::area, "building", "*", 14},

    // The schema's text has the zooms of tracks with and without `service` the wrong way round; its own implementation draws main lines from 8.
    {streets, Takes::line, "highway", "motorway motorway_link", 5, "motorway"},
    {streets, Takes::line, "highway", "trunk trunk_link", 6, "trunk"},
    {streets, Takes::line, "highway", "primary primary_link", 8, "primary"},
    {streets, Takes::line, "highway", "secondary secondary_link", 9, "secondary"},
    {streets, Takes::line, "highway", "tertiary tertiary_link", 10, "tertiary"},
    {streets, Takes::line, "highway", "unclassified residential busway bus_guideway", 12},
    {streets, Takes::line, "highway", "living_street service pedestrian track footway steps path cycleway", 13},
    {streets, Takes::line, "railway", "rail narrow_gauge", 8, {}, Only::main_track},
    {streets, Takes::line, "railway", "rail narrow_gauge tram light_rail funicular subway monorail", 10},
    {streets, Takes::line, "aeroway", "runway", 11},
    {streets, Takes::line, "aeroway", "taxiway", 13},

    {street_labels, Takes::line, "highway", "motorway", 10, {}, Only::named_or_ref},
    {street_labels, Takes::line, "highway", "trunk primary", 12, {}, Only::named_or_ref},
    {street_labels, Takes::line, "highway", "motorway_link trunk_link primary_link secondary secondary_link tertiary", 13, {}, Only::named_or_ref},
    {street_labels,
     Takes::line,
     "highway",
     "tertiary_link unclassified residential living_street busway bus_guideway service pedestrian track footway steps path cycleway",
     14,
     {},
     Only::named_or_ref},
    {street_labels, Takes::line, "railway", "rail narrow_gauge tram light_rail funicular subway monorail", 10, {}, Only::named_or_ref},
    {street_labels, Takes::line, "aeroway", "runway", 11, {}, Only::named_or_ref},
    {street_labels, Takes::line, "aeroway", "taxiway", 13, {}, Only::named_or_ref},

    {street_polygons, Takes::area, "area:aeroway", "runway", 11},
    {street_polygons, Takes::area, "area:aeroway", "taxiway", 13},
    {street_polygons, Takes::plaza, "highway", "pedestrian service", 14},
    {streets_polygons_labels, Takes::inside, "area:aeroway", "runway taxiway", 14, {}, Only::named},
    {streets_polygons_labels, Takes::in_plaza, "highway", "pedestrian service", 14, {}, Only::named},

    {street_labels_points, Takes::node, "highway", "motorway_junction", 12, {}, Only::named_or_ref},
    {bridges, Takes::area, "man_made", "bridge", 12},
    {aerialways, Takes::line, "aerialway", "cable_car gondola goods chair_lift drag_lift t-bar j-bar platter rope_tow", 12},
    {ferries, Takes::line, "route", "ferry", 10, {}, Only::motor_vehicles},
    {ferries, Takes::line, "route", "ferry", 12},

    {public_transport, Takes::spot, "aeroway", "aerodrome", 11},
    {public_transport, Takes::spot, "amenity", "ferry_terminal", 12},
    {public_transport, Takes::spot, "railway", "station halt", 13},
    {public_transport, Takes::spot, "amenity", "bus_station", 13},
    {public_transport, Takes::spot, "aeroway", "helipad", 13},
    {public_transport, Takes::spot, "aerialway", "station", 13, "aerialway_station"},
    {public_transport, Takes::spot, "railway", "tram_stop", 14},
    {public_transport, Takes::spot, "highway", "bus_stop", 14},

    // The schema lists playground and dog_park under amenity; OpenStreetMap has them under leisure. Both are taken.
    {pois, Takes::spot, "amenity",
     "arts_centre atm bank bar bench bicycle_rental biergarten cafe car_rental car_sharing car_wash cinema clinic college community_centre "
     "courthouse "
     "dentist doctors dog_park drinking_water embassy fast_food fire_station food_court fountain grave_yard hospital hunting_stand library "
     "marketplace nightclub nursing_home pharmacy place_of_worship playground police post_box post_office prison pub public_building recycling "
     "restaurant school shelter telephone theatre toilets townhall university vending_machine veterinary waste_basket",
     14},
    {pois, Takes::spot, "emergency", "defibrillator fire_hydrant phone", 14},
    {pois, Takes::spot, "highway", "emergency_access_point", 14},
    {pois, Takes::spot, "historic", "archaeological_site battlefield castle fort memorial monument ruins wayside_cross wayside_shrine", 14},
    {pois, Takes::spot, "leisure", "dog_park golf_course ice_rink pitch playground sports_centre stadium swimming_pool water_park", 14},
    {pois, Takes::spot, "man_made", "lighthouse surveillance tower wastewater_plant water_well water_works watermill windmill", 14},
    {pois, Takes::spot, "office", "diplomatic", 14},
    {pois, Takes::spot, "shop",
     "alcohol bakery beauty beverages bicycle books butcher car chemist clothes computer convenience department_store doityourself dry_cleaning "
     "florist furniture garden_centre general gift greengrocer hairdresser hardware jewelry kiosk laundry mall mobile_phone newsagent optician "
     "outdoor shoes sports stationery supermarket toys travel_agency video",
     14},
    {pois, Takes::spot, "tourism",
     "alpine_hut artwork bed_and_breakfast camp_site caravan_site chalet guest_house hostel hotel information motel picnic_site theme_park viewpoint "
     "zoo",
     14},

    {addresses, Takes::spot, "addr:housenumber", "*", 14}, // unless it is in `pois`
    {addresses, Takes::spot, "addr:housename", "*", 14},
};

OsmTagIndex make_index() {
    OsmTagIndex index;
    for (std::uint16_t place = 0; place < static_cast<std::uint16_t>(std::size(rows)); ++place) {
        index.add(rows[place].key, rows[place].values, place);
    }
    return index;
}

bool is_area(OsmObject object, OsmAreaTag area) {
    return object == OsmObject::multipolygon || (object == OsmObject::closed_way && area != OsmAreaTag::no);
}

bool is_plaza(OsmObject object, OsmAreaTag area) {
    return object == OsmObject::multipolygon || (object == OsmObject::closed_way && area == OsmAreaTag::yes);
}

bool takes(Takes what, OsmObject object, OsmAreaTag area) {
    switch (what) {
    case Takes::line: return object == OsmObject::open_way || (object == OsmObject::closed_way && area != OsmAreaTag::yes);
    case Takes::edge: return object == OsmObject::open_way || (object == OsmObject::closed_way && area == OsmAreaTag::no);
    case Takes::area:
    case Takes::inside: return is_area(object, area);
    case Takes::plaza:
    case Takes::in_plaza: return is_plaza(object, area);
    case Takes::spot: return object == OsmObject::node || is_area(object, area);
    case Takes::node: return object == OsmObject::node;
    }
    return false;
}

OsmShape shape_of(Takes what) {
    switch (what) {
    case Takes::line:
    case Takes::edge: return OsmShape::line;
    case Takes::area:
    case Takes::plaza: return OsmShape::polygon;
    case Takes::inside:
    case Takes::in_plaza:
    case Takes::spot:
    case Takes::node: return OsmShape::point;
    }
    return OsmShape::point;
}

bool is_named(OsmTags tags) {
    constexpr std::array<std::string_view, 4> keys{"name", "name:ja", "name:en", "name:de"};
    return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return !find_tag(tags, key).empty(); });
}

bool holds(Only only, OsmTags tags) {
    switch (only) {
    case Only::always: return true;
    case Only::named: return is_named(tags);
    case Only::named_or_ref: return is_named(tags) || !find_tag(tags, "ref").empty();
    case Only::river_water: return find_tag(tags, "water") == "river";
    case Only::named_river: return find_tag(tags, "water") == "river" && is_named(tags);
    case Only::capital: return find_tag(tags, "capital") == "yes" && is_named(tags);
    case Only::state_capital: return find_tag(tags, "capital") == "4" && is_named(tags);
    case Only::main_track: return find_tag(tags, "service").empty();
    case Only::motor_vehicles: return find_tag(tags, "motor_vehicle") != "no";
    case Only::country: return find_tag(tags, "admin_level") == "2" && is_named(tags);
    case Only::state: return find_tag(tags, "admin_level") == "4" && is_named(tags);
    }
    return false;
}

/// The row that decides for each layer while tags are read, and the value that it matched.
struct Decided {
    static constexpr std::uint16_t nothing = 0xFFFF;
    std::array<std::uint16_t, shortbread_layer_count> row{};
    std::array<std::string_view, shortbread_layer_count> value;

    Decided() { row.fill(nothing); }

    void forget(ShortbreadLayer layer) { row[static_cast<std::size_t>(layer)] = nothing; }
    [[nodiscard]] bool has(ShortbreadLayer layer) const { return row[static_cast<std::size_t>(layer)] != nothing; }
};

/// Metres of Web Mercator that a pixel of a tile of 256 pixels has at zoom 0.
constexpr double pixel_m = geo::grid_cell_m * (1U << 24U); // 2^32 cells make 2^8 pixels

/// The smallest zoom, not below `least`, at which `at_zoom_0` pixels of 256-pixel tiles, times two for each zoom, are `pixels` or more.
std::uint8_t zoom_of_pixels(double at_zoom_0, double pixels, int least) {
    int zoom = least;
    while (zoom <= shortbread_zoom_max && std::ldexp(at_zoom_0, zoom) < pixels) {
        ++zoom;
    }
    return static_cast<std::uint8_t>(zoom);
}

/// The schema's steps by area: 2,000,000 km², 700,000, 100,000.
int boundary_label_zoom(double area_m2, bool is_country) {
    constexpr double km2 = 1e6;
    if (is_country && area_m2 >= 2e6 * km2) {
        return 2;
    }
    return area_m2 >= 7e5 * km2 ? 3 : area_m2 >= 1e5 * km2 ? 4 : 5;
}

} // namespace

std::string_view shortbread_name(ShortbreadLayer layer) noexcept { return names[static_cast<std::size_t>(layer)]; }

ShortbreadMatches match_shortbread(OsmObject object, OsmTags tags) {
    static const OsmTagIndex index = make_index();
    std::optional<OsmAreaTag> area; // most objects have no tag that a row asks for
    Decided decided;
    index.visit(tags, [&](std::uint16_t place, std::string_view value) {
        area = area ? area : area_tag(tags);
        const Row &row = rows[place];
        const auto layer = static_cast<std::size_t>(row.layer);
        if (place < decided.row[layer] && takes(row.takes, object, *area) && holds(row.only, tags)) {
            decided.row[layer] = place;
            decided.value[layer] = value;
        }
    });
    ShortbreadMatches matches;
    if (!area) {
        return matches;
    }
    if (decided.has(pois)) {
        decided.forget(addresses);
    }
    for (std::size_t layer = 0; layer < shortbread_layer_count; ++layer) {
        if (const std::uint16_t place = decided.row[layer]; place != Decided::nothing) {
            const Row &row = rows[place];
            matches.add({row.layer, shape_of(row.takes), row.zoom_from, row.kind.empty() ? decided.value[layer] : row.kind});
        }
    }
    return matches;
}

std::uint8_t shortbread_zoom(const ShortbreadMatch &match, const ShortbreadSize &size) {
    constexpr double least_line_pixels = 0.25;
    // A label wants some room: 8 pixels square, half of what its smallest letters need.
    constexpr double least_label_pixels = 64;
    switch (match.layer) {
    case water_lines:
    case water_lines_labels:
        return match.zoom_from == shortbread_zoom_max ? match.zoom_from : zoom_of_pixels(size.length_m / pixel_m, least_line_pixels, match.zoom_from);
    case water_polygons_labels: {
        const double side = std::sqrt(size.area_m2) / pixel_m;
        return std::min(zoom_of_pixels(side, std::sqrt(least_label_pixels), match.zoom_from), shortbread_zoom_max);
    }
    case boundary_labels: return static_cast<std::uint8_t>(boundary_label_zoom(size.area_m2, match.kind == "2"));
    default: return match.zoom_from;
    }
}

std::uint8_t shortbread_zoom_min(ShortbreadLayer layer) noexcept {
    if (layer == ocean || layer == boundaries) { // of no row, and there at every zoom
        return 0;
    }
    std::uint8_t zoom = shortbread_zoom_max;
    for (const Row &row : rows) {
        zoom = row.layer == layer ? std::min(zoom, row.zoom_from) : zoom;
    }
    return zoom;
}

bool is_shortbread_poi(std::string_view key, std::string_view value) {
    const std::array<OsmTag, 1> tag{{{key, value}}};
    const ShortbreadMatches matches = match_shortbread(OsmObject::node, tag);
    return std::any_of(matches.begin(), matches.end(), [](const ShortbreadMatch &match) { return match.layer == pois; });
}

} // namespace keyaki::importers
