#include "server/geojson.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace keyaki::server {

namespace {

/// Room that is made at a time for a geometry or a feature: some 15 positions.
constexpr std::size_t step_bytes = 512;

/// Through an integer: several times faster than formatting a double, and never 139.49999999999997. Room: decimal_bytes.
void put_decimal(JsonWriter &out, double number, int decimals) {
    constexpr std::array<double, 10> units{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const std::int64_t steps = std::llround(number * units.at(static_cast<std::size_t>(decimals)));
    if (decimals == 7 && steps >= std::numeric_limits<std::int32_t>::min() && steps <= std::numeric_limits<std::int32_t>::max()) {
        out.put_e7(static_cast<std::int32_t>(steps));
    } else {
        out.put_decimal(steps, decimals);
    }
}

void write_position(JsonWriter &out, geo::LonLat position, int decimals) {
    out.need(2 * JsonWriter::decimal_bytes + 3);
    out.put('[');
    put_decimal(out, position.lon_deg, decimals);
    out.put(',');
    put_decimal(out, position.lat_deg, decimals);
    out.put(']');
}

/// "[", `count` of what write(number) writes, with commas between, "]".
template <typename Write>
void write_list(JsonWriter &out, std::size_t count, const Write &write) {
    out.write("[");
    for (std::size_t number = 0; number < count; ++number) {
        out.write(number == 0 ? "" : ",");
        write(number);
    }
    out.write("]");
}

void write_positions(JsonWriter &out, std::span<const geo::LonLat> positions, int decimals) {
    write_list(out, positions.size(), [&](std::size_t number) { write_position(out, positions[number], decimals); });
}

/// Parts from `first` up to `end`, each as a list of positions.
void write_parts(JsonWriter &out, const geo::Geometry &geometry, std::size_t first, std::size_t end, int decimals) {
    write_list(out, end - first, [&](std::size_t number) { write_positions(out, geometry.part(first + number), decimals); });
}

void write_coordinates(JsonWriter &out, const geo::Geometry &geometry, int decimals) {
    switch (geometry.type) {
    case geo::GeometryType::point: write_position(out, geometry.positions.front(), decimals); return;
    case geo::GeometryType::multi_point: write_positions(out, geometry.positions, decimals); return;
    case geo::GeometryType::line_string: write_positions(out, geometry.part(0), decimals); return;
    case geo::GeometryType::multi_line_string:
    case geo::GeometryType::polygon: write_parts(out, geometry, 0, geometry.part_count(), decimals); return;
    case geo::GeometryType::multi_polygon:
        write_list(out, geometry.polygon_count(),
                   [&](std::size_t polygon) { write_parts(out, geometry, geometry.first_ring(polygon), geometry.polygon_ends[polygon], decimals); });
        return;
    }
}

} // namespace

void append_json_string(std::string &out, std::string_view text) { JsonWriter(out).write_string(text); }

void append_json_value(std::string &out, const geo::Value &value) {
    JsonWriter writer(out);
    write_json_value(writer, value);
}

void append_decimal(std::string &out, double number, int decimals) {
    JsonWriter writer(out);
    writer.need(JsonWriter::decimal_bytes);
    put_decimal(writer, number, decimals);
}

void write_geometry(JsonWriter &out, const geo::Geometry &geometry, int decimals) {
    out.write(R"({"type":")");
    out.write(geo::geometry_type_name(geometry.type));
    out.write(R"(","coordinates":)");
    write_coordinates(out, geometry, decimals);
    out.write("}");
}

void append_geometry(std::string &out, const geo::Geometry &geometry, int decimals) {
    JsonWriter writer(out, step_bytes);
    write_geometry(writer, geometry, decimals);
}

void append_feature(std::string &out, const geo::Feature &feature, std::string_view extra_members) {
    JsonWriter writer(out, step_bytes);
    writer.write(R"({"type":"Feature","id":)");
    writer.write_string(feature.id);
    writer.write(R"(,"geometry":)");
    write_geometry(writer, feature.geometry, 7);
    writer.write(R"(,"properties":{)");
    bool is_first = true;
    for (const auto &[name, value] : feature.properties) {
        writer.write(is_first ? "" : ",");
        is_first = false;
        writer.write_string(name);
        writer.write(":");
        write_json_value(writer, value);
    }
    writer.write("}");
    writer.write(extra_members);
    writer.write("}");
}

void append_box(std::string &out, const geo::LonLatBox &box) {
    out += '[';
    for (const double edge : {box.west_deg, box.south_deg, box.east_deg, box.north_deg}) {
        out += out.back() == '[' ? "" : ",";
        append_decimal(out, edge, 7);
    }
    out += ']';
}

} // namespace keyaki::server
