#include "server/features/feature_json.hpp"

#include "server/geojson.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <variant>

namespace keyaki::server {

namespace {

struct Append {
    std::string &out;
    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool value) const { out += value ? "true" : "false"; }
    void operator()(std::int64_t value) const { append_number(value); }
    void operator()(std::string_view value) const { append_json_string(out, value); }
    void operator()(double value) const {
        if (std::isfinite(value)) {
            append_number(value);
        } else {
            out += "null"; // JSON has no such number
        }
    }
    template <typename Number>
    void append_number(Number value) const {
        char digits[32];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
};

} // namespace

void append_json_value(std::string &out, const tiles::ValueView &value) { std::visit(Append{out}, value); }

void append_feature(std::string &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members) {
    out += R"({"type":"Feature","id":)";
    append_json_string(out, feature.id());
    out += R"(,"geometry":)";
    geo::Geometry geometry = feature.geometry();
    to_crs_in_place(crs, geometry);
    append_geometry(out, geometry, decimals_of(crs));
    out += R"(,"properties":{)";
    bool is_first = true;
    feature.visit_properties([&](std::string_view name, const tiles::ValueView &value) {
        out += is_first ? "" : ",";
        is_first = false;
        append_json_string(out, name);
        out += ':';
        append_json_value(out, value);
    });
    out += '}';
    out += extra_members;
    out += '}';
}

} // namespace keyaki::server
