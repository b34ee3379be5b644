#include "server/filter/json_place.hpp"

#include "server/filter/token_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace keyaki::server::filter {

using nlohmann::json;

namespace {

double read_number(const json &value, const JsonPlace &place) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        refuse_json(place, "a number", value);
    }
    return value.get<double>();
}

const json &require_list(const json &value, std::string_view what, const JsonPlace &place) {
    if (!value.is_array() || value.empty()) {
        refuse_json(place, fmt::format("an array of {}", what), value);
    }
    return value;
}

/// Two numbers, or more, of which the third is a height.
geo::LonLat read_position(const json &value, const JsonPlace &place) {
    if (!value.is_array() || value.size() < 2) {
        refuse_json(place, "a position of two or three numbers", value);
    }
    for (std::size_t index = 0; index < value.size(); ++index) {
        (void)read_number(value[index], JsonPlace(place, index));
    }
    return {value[0].get<double>(), value[1].get<double>()};
}

std::vector<geo::LonLat> read_positions(const json &value, const JsonPlace &place) {
    std::vector<geo::LonLat> positions;
    for (std::size_t index = 0; index < require_list(value, "positions", place).size(); ++index) {
        positions.push_back(read_position(value[index], JsonPlace(place, index)));
    }
    return positions;
}

void read_line(const json &value, const JsonPlace &place, geo::Geometry &into) {
    into.add_part(read_positions(value, place));
    require_line(into, into.part_count() - 1, place.pointer());
}

void read_polygon(const json &value, const JsonPlace &place, geo::Geometry &into) {
    for (std::size_t index = 0; index < require_list(value, "rings", place).size(); ++index) {
        const JsonPlace ring(place, index);
        into.add_part(read_positions(value[index], ring));
        require_ring(into, into.part_count() - 1, ring.pointer());
    }
    into.end_polygon();
}

template <typename Read>
void read_members(const json &value, std::string_view what, const JsonPlace &place, geo::Geometry &into, Read &&read) {
    for (std::size_t index = 0; index < require_list(value, what, place).size(); ++index) {
        read(value[index], JsonPlace(place, index), into);
    }
}

geo::Geometry read_geometry(const json &value, const JsonPlace &place) {
    constexpr geo::GeometryType types[] = {geo::GeometryType::point,       geo::GeometryType::line_string,       geo::GeometryType::polygon,
                                           geo::GeometryType::multi_point, geo::GeometryType::multi_line_string, geo::GeometryType::multi_polygon};
    const auto name = value.find("type");
    const auto *type = std::find_if(std::begin(types), std::end(types), [&](geo::GeometryType one) {
        return name != value.end() && name->is_string() && *name == geo::geometry_type_name(one);
    });
    if (type == std::end(types)) {
        refuse_json(JsonPlace(place, "type"), "a type of GeoJSON's geometries", name == value.end() ? json() : *name);
    }
    const JsonPlace there(place, "coordinates");
    const auto coordinates = value.find("coordinates");
    if (coordinates == value.end()) {
        refuse_json(there, "coordinates", json());
    }
    geo::Geometry geometry;
    geometry.type = *type;
    switch (*type) {
    case geo::GeometryType::point: geometry.positions = {read_position(*coordinates, there)}; break;
    case geo::GeometryType::multi_point: geometry.positions = read_positions(*coordinates, there); break;
    case geo::GeometryType::line_string: read_line(*coordinates, there, geometry); break;
    case geo::GeometryType::polygon: read_polygon(*coordinates, there, geometry); break;
    case geo::GeometryType::multi_line_string: read_members(*coordinates, "lines", there, geometry, read_line); break;
    case geo::GeometryType::multi_polygon: read_members(*coordinates, "polygons", there, geometry, read_polygon); break;
    }
    return geometry;
}

SpatialLiteral read_box(const json &value, const JsonPlace &place) {
    if (!value.is_array() || (value.size() != 4 && value.size() != 6)) {
        refuse_json(place, "a bbox of 4 or 6 numbers", value);
    }
    for (std::size_t index = 0; index < value.size(); ++index) {
        (void)read_number(value[index], JsonPlace(place, index));
    }
    const std::size_t east = value.size() / 2;
    SpatialLiteral box;
    box.box = std::array{value[0].get<double>(), value[1].get<double>(), value[east].get<double>(), value[east + 1].get<double>()};
    return box;
}

} // namespace

std::string JsonPlace::pointer() const {
    std::string pointer;
    append(pointer);
    return pointer.empty() ? "/" : pointer;
}

void JsonPlace::append(std::string &pointer) const {
    if (m_parent == nullptr) {
        return;
    }
    m_parent->append(pointer);
    pointer += '/';
    if (m_member.empty()) {
        pointer += std::to_string(m_index);
        return;
    }
    for (const char c : m_member) { // RFC 6901, section 3
        pointer += c == '~' ? std::string("~0") : (c == '/' ? std::string("~1") : std::string(1, c));
    }
}

void refuse_json(const JsonPlace &place, std::string_view expected, const json &found) {
    std::string shown = "nothing";
    if (found.is_array()) {
        shown = fmt::format("an array of {}", found.size());
    } else if (found.is_object()) {
        shown = found.empty() ? "an empty object" : fmt::format("an object with {}", in_quotes(found.begin().key()));
    } else if (!found.is_null()) {
        shown = found.is_string() ? in_quotes(found.get<std::string>()) : found.dump();
    }
    refuse_at(place.pointer(), fmt::format("expected {}, found {}", expected, shown));
}

SpatialLiteral read_spatial_literal(const json &value, const JsonPlace &place) {
    if (!value.contains("type")) {
        return read_box(value.at("bbox"), JsonPlace(place, "bbox"));
    }
    SpatialLiteral literal;
    if (value.at("type") != "GeometryCollection") {
        literal.members.push_back(read_geometry(value, place));
        return literal;
    }
    literal.is_collection = true;
    const JsonPlace there(place, "geometries");
    const auto members = value.find("geometries");
    if (members == value.end() || !members->is_array() || members->empty()) {
        refuse_json(there, "an array of geometries", members == value.end() ? json() : *members);
    }
    for (std::size_t index = 0; index < members->size(); ++index) {
        const JsonPlace member(there, index);
        if (!(*members)[index].is_object()) {
            refuse_json(member, "a geometry", (*members)[index]);
        }
        literal.members.push_back(read_geometry((*members)[index], member));
    }
    return literal;
}

} // namespace keyaki::server::filter
