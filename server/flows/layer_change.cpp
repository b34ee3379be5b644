#include "server/flows/layer_change.hpp"

#include "geo/geodesic.hpp"
#include "server/geojson.hpp"

#include <fmt/format.h>

namespace keyaki::server {

namespace {

bool is_moved(const data::Change &change) { return change.before && change.after && change.before->geometry != change.after->geometry; }

geo::LonLat middle(const geo::Geometry &geometry) {
    if (geometry.type == geo::GeometryType::point) {
        return geometry.positions.front();
    }
    const geo::LonLatBox box = geometry.bounds();
    return {(box.west_deg + box.east_deg) / 2, (box.south_deg + box.north_deg) / 2};
}

void append_properties(std::string &out, const geo::Properties &properties) {
    out += '{';
    bool is_first = true;
    for (const auto &[name, value] : properties) {
        out += is_first ? "" : ",";
        append_json_string(out, name);
        out += ':';
        append_json_value(out, value);
        is_first = false;
    }
    out += '}';
}

void append_side(std::string &out, const std::optional<geo::Feature> &side) {
    if (!side) {
        out += "null";
        return;
    }
    out += R"({"geometry":)";
    append_geometry(out, side->geometry);
    out += R"(,"properties":)";
    append_properties(out, side->properties);
    out += '}';
}

void append_fields(std::string &out, const data::Change &change) {
    out += R"(,"fields":[)";
    bool is_first = true;
    for (const std::string &name : changed_properties(change)) {
        out += is_first ? "" : ",";
        append_json_string(out, name);
        is_first = false;
    }
    out += ']';
}

} // namespace

std::string_view change_name(const data::Change &change) {
    switch (change.kind) {
    case data::ChangeKind::added: return "added";
    case data::ChangeKind::removed: return "removed";
    case data::ChangeKind::changed: return is_moved(change) ? "moved" : "changed";
    }
    return "";
}

std::optional<double> moved_m(const data::Change &change) {
    return is_moved(change) ? std::optional(geo::distance_m(middle(change.before->geometry), middle(change.after->geometry))) : std::nullopt;
}

std::vector<std::string> changed_properties(const data::Change &change) {
    std::vector<std::string> names;
    if (!change.before || !change.after) {
        return names;
    }
    for (const auto &[name, value] : change.after->properties) {
        const geo::Value *before = change.before->properties.find(name);
        if (before == nullptr || *before != value) {
            names.push_back(name);
        }
    }
    for (const auto &[name, value] : change.before->properties) {
        if (change.after->properties.find(name) == nullptr) {
            names.push_back(name);
        }
    }
    return names;
}

void append_change(std::string &out, const data::Change &change) {
    const geo::Feature &shown = change.after ? *change.after : *change.before;
    out += R"({"type":"Feature","id":)";
    append_json_string(out, shown.id);
    out += R"(,"geometry":)";
    append_geometry(out, shown.geometry);
    out += fmt::format(R"(,"properties":{{"change":"{}")", change_name(change));
    if (const auto distance = moved_m(change)) {
        out += fmt::format(R"(,"distance_m":{:.1f})", *distance);
    }
    if (change.before && change.after) {
        append_fields(out, change);
    }
    out += R"(,"before":)";
    append_side(out, change.before);
    out += R"(,"after":)";
    append_side(out, change.after);
    out += "}}";
}

} // namespace keyaki::server
