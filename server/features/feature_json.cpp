#include "server/features/feature_json.hpp"

#include "geo/mercator.hpp"
#include "server/geojson.hpp"
#include "tiles/feature_texts.hpp"
#include "tiles/snapshot_part.hpp"

#include <cstdint>
#include <span>

namespace keyaki::server {

namespace {

using tiles::PartGeometry;

/// Writes geometries in degrees straight from the cells that a snapshot keeps: through a geo::Geometry takes three times as long.
class CellsWriter {
  public:
    CellsWriter(JsonWriter &out, bool is_north_first) : m_out(out), m_is_north_first(is_north_first) {}

    void write_coordinates(const PartGeometry &geometry) {
        switch (geometry.type) {
        case geo::GeometryType::point: write_position(geometry.points.front()); return;
        case geo::GeometryType::multi_point:
        case geo::GeometryType::line_string: write_positions(geometry.points, false); return;
        default: write_parts(geometry); return;
        }
    }

  private:
    void write_position(geo::GridPoint point) {
        const geo::LonLatE7 position = geo::to_lon_lat_e7(point);
        m_out.need(2 * JsonWriter::e7_bytes + 4);
        m_out.put('[');
        m_out.put_e7(m_is_north_first ? position.lat : position.lon);
        m_out.put(',');
        m_out.put_e7(m_is_north_first ? position.lon : position.lat);
        m_out.put(']');
    }

    /// A ring's first position stands at its end once more, where a snapshot does not keep it.
    void write_positions(std::span<const geo::GridPoint> points, bool is_ring) {
        m_out.write("[");
        for (const geo::GridPoint &point : points) {
            m_out.write(&point == points.data() ? "" : ",");
            write_position(point);
        }
        if (is_ring && !points.empty()) {
            m_out.write(",");
            write_position(points.front());
        }
        m_out.write("]");
    }

    /// Lines or rings; those of several polygons in one more list for each polygon.
    void write_parts(const PartGeometry &geometry) {
        const bool is_ring = geometry.type != geo::GeometryType::multi_line_string;
        const bool is_multi_polygon = geometry.type == geo::GeometryType::multi_polygon;
        const std::uint32_t whole = static_cast<std::uint32_t>(geometry.points.size()) | PartGeometry::last_of_polygon;
        const std::span<const std::uint32_t> parts = geometry.parts.empty() ? std::span(&whole, 1) : geometry.parts;
        m_out.write("[");
        bool begins_polygon = true;
        std::size_t begin = 0;
        for (const std::uint32_t &part : parts) {
            const std::size_t end = part & PartGeometry::end_mask;
            m_out.write(&part == parts.data() ? "" : ",");
            m_out.write(is_multi_polygon && begins_polygon ? "[" : "");
            write_positions(geometry.points.subspan(begin, end - begin), is_ring);
            begins_polygon = (part & PartGeometry::last_of_polygon) != 0;
            m_out.write(is_multi_polygon && begins_polygon ? "]" : "");
            begin = end;
        }
        m_out.write("]");
    }

    JsonWriter &m_out;
    const bool m_is_north_first;
};

void write_geometry_of(JsonWriter &out, const tiles::FeatureRef &feature, const Crs &crs) {
    if (crs.way != Crs::Way::degrees) {
        geo::Geometry geometry = feature.geometry();
        to_crs_in_place(crs, geometry);
        write_geometry(out, geometry, decimals_of(crs));
        return;
    }
    out.write(R"({"type":")");
    out.write(geo::geometry_type_name(feature.geometry_type()));
    out.write(R"(","coordinates":)");
    CellsWriter(out, crs.is_north_first).write_coordinates(feature.part().geometry(feature.index()));
    out.write("}");
}

void write_properties(JsonWriter &out, const tiles::SnapshotPart &part, std::uint32_t index) {
    const auto keys = part.keys_of(index);
    const auto values = part.values_of(index);
    for (std::size_t property = 0; property < keys.size(); ++property) {
        out.write(property == 0 ? "" : ",");
        out.write_string(part.keys()[keys[property]]);
        out.write(":");
        write_json_value(out, part.values().value(values[property]));
    }
}

void write_whole(JsonWriter &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members) {
    out.write(R"({"type":"Feature","id":)");
    out.write_string(feature.id());
    out.write(R"(,"geometry":)");
    write_geometry_of(out, feature, crs);
    out.write(R"(,"properties":{)");
    write_properties(out, feature.part(), feature.index());
    out.write("}");
    out.write(extra_members);
    out.write("}");
}

/// In the form of which texts are kept: longitude first, in degrees, without more members.
void append_usual(std::string &out, const tiles::SnapshotPart &part, std::uint32_t index) {
    JsonWriter writer(out, 512);
    write_whole(writer, {part, index}, crs84(), {});
}

} // namespace

void append_json_value(std::string &out, const tiles::ValueView &value) {
    JsonWriter writer(out);
    write_json_value(writer, value);
}

void write_feature(JsonWriter &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members) {
    const bool is_usual = crs.way == Crs::Way::degrees && !crs.is_north_first && extra_members.empty();
    if (const auto text = is_usual ? feature.part().texts().find_or_make(feature.index(), append_usual) : std::nullopt) {
        return out.write(*text);
    }
    write_whole(out, feature, crs, extra_members);
}

void append_feature(std::string &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members) {
    constexpr std::size_t step_bytes = 512; // most features take no more
    JsonWriter writer(out, step_bytes);
    write_feature(writer, feature, crs, extra_members);
}

} // namespace keyaki::server
