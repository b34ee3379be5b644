#include "importers/geojson_surveyor.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::importers {

namespace {

constexpr std::string_view feature_collection = "FeatureCollection";
constexpr std::string_view geometry_collection = "GeometryCollection";

bool is_geometry_type(std::string_view type) { return type == geometry_collection || geojson_nesting(type).has_value(); }

} // namespace

GeoJsonSurveyor::Role GeoJsonSurveyor::role_of_member(Role object, std::string_view key) {
    const bool is_root = object == Role::root;
    const bool is_feature = is_root || object == Role::feature;
    const bool is_geometry = is_root || object == Role::geometry;
    if (!is_feature && !is_geometry) {
        return Role::foreign;
    }
    return key == "type"                         ? Role::type
           : key == "bbox"                       ? Role::bounding_box
           : is_feature && key == "geometry"     ? Role::geometry
           : is_feature && key == "properties"   ? Role::properties
           : is_feature && key == "id"           ? Role::identifier
           : is_root && key == "features"        ? Role::feature_list
           : is_geometry && key == "coordinates" ? Role::coordinates
           : is_geometry && key == "geometries"  ? Role::geometry_list
                                                 : Role::foreign;
}

void GeoJsonSurveyor::refuse(const std::string &expected, const std::string &found) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected {} in {}, found {} at {}", expected, m_shown, found, place()));
}

void GeoJsonSurveyor::blame(const std::string &expected, const std::string &found) {
    if (!m_in_row) {
        refuse(expected, found);
    }
    if (survey.problems.size() >= max_keys) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected at most {} faulty features in {}, found more", max_keys, m_shown));
    }
    survey.problems.try_emplace(survey.rows, fmt::format("expected {}, found {} at {}", expected, found, place()));
}

/// The role of the value that begins here. \param what for the sentence where it cannot be there at all
GeoJsonSurveyor::Role GeoJsonSurveyor::next_role(std::string_view what) {
    if (m_nodes.empty()) {
        if (what != "an object") {
            refuse("a GeoJSON object (a FeatureCollection, Feature or geometry)", std::string(what));
        }
        survey.rows += m_is_sequence ? 1U : 0U;
        m_in_row = m_is_sequence;
        if (m_is_sequence) {
            m_plain.begin_feature();
        }
        return Role::root;
    }
    const Node &parent = m_nodes.back();
    if (!parent.is_array) {
        return parent.member_role;
    }
    switch (parent.role) {
    case Role::feature_list:
        if (what != "an object") {
            refuse(fmt::format("a Feature as member {} of \"features\"", survey.rows + 1), std::string(what));
        }
        ++survey.rows;
        m_in_row = true;
        m_plain.begin_feature();
        return Role::feature;
    case Role::geometry_list: return Role::geometry;
    case Role::coordinates: return Role::coordinates;
    case Role::bounding_box: return Role::bounding_box;
    default: return Role::foreign;
    }
}

/// Whether the value is of the kind that its role wants.
void GeoJsonSurveyor::check_kind(Role role, std::string_view what) {
    const bool is_member = !m_nodes.empty() && !m_nodes.back().is_array;
    if (role == Role::type && what != "text") {
        refuse("text as \"type\"", std::string(what));
    } else if (role == Role::feature_list && what != "an array") {
        refuse("an array as \"features\"", std::string(what));
    } else if (role == Role::geometry && what != "an object" && !(is_member && what == "null")) {
        blame("a geometry", std::string(what));
    } else if (role == Role::geometry_list && what != "an array") {
        blame("an array as \"geometries\"", std::string(what));
    } else if (role == Role::coordinates && is_member && what != "an array") {
        blame("an array as \"coordinates\"", std::string(what));
    } else if (role == Role::coordinates && what != "an array" && what != "a number") {
        m_shape.other(what);
    } else if (role == Role::properties && what != "an object" && what != "null") {
        blame("an object or null as \"properties\"", std::string(what));
    } else if (role == Role::identifier && what != "text" && what != "a number" && what != "null") {
        blame("text or a number as \"id\"", std::string(what));
    } else if (role == Role::bounding_box && survey.bbox_problem.empty() && what != (is_member ? "an array" : "a number")) {
        survey.bbox_problem = fmt::format("a \"bbox\" is no array of numbers at {}; it was passed over", place());
    }
}

void GeoJsonSurveyor::begin(Role role, bool is_array) {
    if (m_nodes.size() >= max_json_depth) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected objects and arrays at most {} deep in {}, found them deeper at {}", max_json_depth, m_shown, place()));
    }
    m_nodes.push_back({role, is_array, Role::foreign, 0, {}, {}});
}

void GeoJsonSurveyor::scalar(std::string_view what, PlainKind kind) {
    if (is_property()) {
        m_plain.value(kind);
    }
    const Role role = next_role(what);
    check_kind(role, what);
    if (role == Role::geometry || role == Role::properties) { // null
        m_plain.doubt();
    }
}

void GeoJsonSurveyor::number() {
    const Role role = next_role("a number");
    check_kind(role, "a number");
    if (role == Role::coordinates && m_nodes.back().is_array) {
        m_shape.number();
    } else if (role == Role::bounding_box) {
        ++m_nodes.back().members;
    }
}

void GeoJsonSurveyor::string(const std::string &value) {
    if (is_property()) {
        m_plain.text(value);
    }
    const Role role = next_role("text");
    check_kind(role, "text");
    if (role == Role::type) {
        m_nodes.back().type = value;
    }
}

void GeoJsonSurveyor::start_object(std::size_t) {
    if (is_property()) {
        m_plain.doubt();
    }
    const Role role = next_role("an object");
    check_kind(role, "an object");
    // What stands where it must not is passed over as a whole.
    const bool known = role == Role::root || role == Role::feature || role == Role::geometry || role == Role::properties;
    begin(known ? role : Role::foreign, false);
}

void GeoJsonSurveyor::key(const std::string &name) {
    Node &node = m_nodes.back();
    if (!node.keys.insert(name).second) {
        blame("each member of an object once", fmt::format("\"{}\" twice", quoted_value(name)));
    }
    node.member_role = role_of_member(node.role, name);
    if (node.member_role == Role::coordinates) {
        m_shape = {};
    }
    survey.has_identifiers = survey.has_identifiers || node.member_role == Role::identifier;
    look_if_plain(node, name);
}

/// Whether GDAL may make something of a member that has been named: foreign ones it may take for properties or, however they are spelled, for members
/// that it knows, and "crs" for what it was before RFC 7946.
bool GeoJsonSurveyor::may_mean_more(const Node &object, std::string_view name) const {
    const Role member = object.member_role;
    if (object.role == Role::geometry) {
        return member == Role::foreign || member == Role::geometry_list;
    }
    if (object.role == Role::root && !m_is_sequence) { // a collection, or no plain file
        const bool is_its_own = member == Role::foreign || member == Role::feature_list || member == Role::type || member == Role::bounding_box;
        return !is_its_own || are_alike(name, "crs");
    }
    return (object.role == Role::root || object.role == Role::feature) && (member == Role::foreign || member == Role::identifier);
}

void GeoJsonSurveyor::look_if_plain(const Node &object, std::string_view name) {
    if (object.role == Role::properties) {
        m_plain.name(name);
    } else if (may_mean_more(object, name)) {
        m_plain.doubt();
    }
}

void GeoJsonSurveyor::start_array(std::size_t) {
    if (is_property()) {
        m_plain.doubt();
    }
    const Role role = next_role("an array");
    check_kind(role, "an array");
    const bool known = role == Role::feature_list || role == Role::geometry_list || role == Role::coordinates || role == Role::bounding_box;
    if (role == Role::coordinates) {
        m_shape.begin_array();
    }
    begin(known ? role : Role::foreign, true);
}

void GeoJsonSurveyor::end_array() {
    const Role role = m_nodes.back().role;
    const std::size_t members = m_nodes.back().members;
    m_nodes.pop_back();
    if (role == Role::bounding_box && members != 4 && members != 6 && survey.bbox_problem.empty()) {
        survey.bbox_problem = fmt::format("a \"bbox\" has {} numbers instead of four or six at {}; it was passed over", members, place());
    } else if (role == Role::coordinates) {
        m_shape.end_array();
        if (!m_shape.fault().empty() && !m_nodes.back().is_array) {
            blame("positions of two or three numbers", m_shape.fault());
        }
    } else if (role == Role::feature_list) {
        m_in_row = false;
    }
}

void GeoJsonSurveyor::end_object() {
    const Node node = std::move(m_nodes.back());
    m_nodes.pop_back();
    switch (node.role) {
    case Role::root: end_root(node); break;
    case Role::feature: end_feature(node); break;
    case Role::geometry: end_geometry(node); break;
    default: break;
    }
}

/// RFC 7946 7.1: members that belong to another type would change what the object means.
void GeoJsonSurveyor::forbid(const Node &node, std::initializer_list<std::string_view> members) {
    for (const std::string_view member : members) {
        if (node.keys.contains(std::string(member))) {
            blame(fmt::format("no member \"{}\" in a {}", member, node.type), "one");
        }
    }
}

void GeoJsonSurveyor::end_root(const Node &node) {
    if (!node.keys.contains("type")) {
        refuse("a GeoJSON object (a FeatureCollection, Feature or geometry)", "an object without \"type\"");
    }
    if (node.type == feature_collection && !m_is_sequence) {
        forbid(node, {"coordinates", "geometries", "geometry"}); // "properties" some programs write, and nothing reads
        if (!node.keys.contains("features")) {
            refuse("\"features\" in a FeatureCollection", "none");
        }
        return;
    }
    survey.rows += m_is_sequence ? 0U : 1U;
    if (node.type != "Feature") {
        m_plain.doubt();
    }
    if (node.type == "Feature") {
        end_feature(node);
    } else if (is_geometry_type(node.type)) {
        end_geometry(node);
    } else {
        refuse("a GeoJSON object (a FeatureCollection, Feature or geometry)", fmt::format("an object of type \"{}\"", quoted_value(node.type)));
    }
}

void GeoJsonSurveyor::end_feature(const Node &node) {
    if (node.type != "Feature") {
        refuse("objects of type \"Feature\" in \"features\"",
               node.keys.contains("type") ? fmt::format("one of type \"{}\"", quoted_value(node.type)) : "one without \"type\"");
    }
    forbid(node, {"coordinates", "geometries", "features"});
    for (const char *member : {"geometry", "properties"}) {
        if (!node.keys.contains(member)) {
            blame(fmt::format("\"{}\" in a Feature, at least null", member), "none");
        }
    }
    survey.extra_numbers += std::exchange(m_has_extra_numbers, false) ? 1U : 0U;
    if (node.role == Role::feature) {
        m_in_row = true; // until the list ends: a comma or a bracket follows
    }
}

void GeoJsonSurveyor::end_geometry(const Node &node) {
    const bool is_collection = node.type == geometry_collection;
    if (!is_geometry_type(node.type)) {
        blame("a geometry of a type that RFC 7946 knows",
              node.keys.contains("type") ? fmt::format("\"{}\"", quoted_value(node.type)) : "one without \"type\"");
        return;
    }
    forbid(node, {"geometry", "properties", "features", is_collection ? "coordinates" : "geometries"});
    if (const char *member = is_collection ? "geometries" : "coordinates"; !node.keys.contains(member)) {
        blame(fmt::format("\"{}\" in a {}", member, node.type), "none");
    } else if (const auto misfit = m_shape.misfit(node.type); misfit && !is_collection) {
        blame(misfit->expected, misfit->found);
    }
    m_has_extra_numbers = m_has_extra_numbers || m_shape.has_extra_numbers();
    if (is_collection || m_shape.positions() == 0 || m_shape.has_extra_numbers()) {
        m_plain.doubt();
    }
    if (node.role == Role::root) {
        survey.extra_numbers += std::exchange(m_has_extra_numbers, false) ? 1U : 0U;
    }
}

} // namespace keyaki::importers
