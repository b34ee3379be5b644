#include "importers/feature_stream.hpp"

#include "geo/limits.hpp"
#include "importers/limits.hpp"
#include "importers/osm_rules.hpp"
#include "importers/stream_archive.hpp"
#include "importers/stream_records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::importers {

namespace {

enum class FrameKind : std::uint8_t {
    feature = 1,
    progress = 2,
    report = 3,
    error = 4,
    osm_feature = 5,
    osm_report = 6,
    lost_row = 7,
    bytes = 8,
    change_report = 9
};
constexpr std::size_t length_bytes = 4;

/// Writes the length once the payload is known.
template <typename Payload>
void frame(FrameKind kind, std::string &out, const Payload &payload) {
    const std::size_t start = out.size();
    out.append(length_bytes, '\0');
    out += static_cast<char>(kind);
    StreamWriter writer(out, kind == FrameKind::report || kind == FrameKind::osm_report || kind == FrameKind::error);
    payload(writer);
    const std::size_t length = out.size() - start - length_bytes;
    if (length > max_frame_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected features of at most {} bytes, found one of {}", max_frame_bytes, length));
    }
    for (std::size_t i = 0; i < length_bytes; ++i) {
        out[start + i] = static_cast<char>(static_cast<unsigned char>(length >> (8 * i) & 0xFFU));
    }
}

void write_geometry(StreamWriter &writer, const geo::Geometry &geometry) {
    writer.transfer(static_cast<std::uint8_t>(geometry.type));
    writer.transfer(static_cast<std::uint32_t>(geometry.positions.size()));
    for (const geo::LonLat position : geometry.positions) {
        writer.transfer(position.lon_deg);
        writer.transfer(position.lat_deg);
    }
    for (const auto *ends : {&geometry.part_ends, &geometry.polygon_ends}) {
        writer.transfer(static_cast<std::uint32_t>(ends->size()));
        for (const std::uint32_t end : *ends) {
            writer.transfer(end);
        }
    }
}

void write_value(StreamWriter &writer, const geo::Value &value) {
    writer.transfer(static_cast<std::uint8_t>(value.index()));
    std::visit(
        [&writer]<typename Alternative>(const Alternative &alternative) {
            if constexpr (!std::is_same_v<Alternative, std::monostate>) {
                writer.transfer(alternative);
            }
        },
        value);
}

void write_properties(StreamWriter &writer, const geo::Properties &properties) {
    writer.transfer(static_cast<std::uint32_t>(properties.size()));
    for (const auto &[name, value] : properties) {
        writer.transfer(name);
        write_value(writer, value);
    }
}

void write_feature(StreamWriter &writer, const geo::Feature &feature) {
    writer.transfer(feature.id);
    write_geometry(writer, feature.geometry);
    write_properties(writer, feature.properties);
}

std::vector<std::uint32_t> read_ends(StreamReader &reader, std::size_t least_step, std::size_t total) {
    std::vector<std::uint32_t> ends(reader.length(4));
    std::size_t previous = 0;
    for (std::uint32_t &end : ends) {
        reader.transfer(end);
        if (end < previous + least_step || end > total) {
            refuse_stream("parts of a geometry that overlap or lie outside of it");
        }
        previous = end;
    }
    if (!ends.empty() && previous != total) {
        refuse_stream("positions of a geometry that belong to no part");
    }
    return ends;
}

/// The invariants of geo/geometry.hpp.
void check_shape(const geo::Geometry &geometry) {
    const bool counts_fit = geometry.is_point()  ? geometry.part_ends.empty() && geometry.polygon_ends.empty()
                            : geometry.is_line() ? !geometry.part_ends.empty() && geometry.polygon_ends.empty()
                                                 : !geometry.part_ends.empty() && !geometry.polygon_ends.empty();
    const bool single_fits = (geometry.type != geo::GeometryType::point || geometry.positions.size() == 1) &&
                             (geometry.type != geo::GeometryType::line_string || geometry.part_count() == 1) &&
                             (geometry.type != geo::GeometryType::polygon || geometry.polygon_count() == 1);
    if (!counts_fit || !single_fits || geometry.positions.empty()) {
        refuse_stream("a geometry whose parts do not fit its type");
    }
    for (std::size_t part = 0; geometry.is_polygon() && part < geometry.part_count(); ++part) {
        if (geometry.part(part).front() != geometry.part(part).back()) {
            refuse_stream("a ring that is not closed");
        }
    }
}

geo::Geometry read_geometry(StreamReader &reader) {
    geo::Geometry geometry;
    std::uint8_t type = 0;
    reader.transfer(type);
    if (type > static_cast<std::uint8_t>(geo::GeometryType::multi_polygon)) {
        refuse_stream("a type of geometry that does not exist");
    }
    geometry.type = static_cast<geo::GeometryType>(type);
    geometry.positions.resize(reader.length(2 * sizeof(double)));
    for (geo::LonLat &position : geometry.positions) {
        reader.transfer(position.lon_deg);
        reader.transfer(position.lat_deg);
        if (!geo::is_on_earth(position)) {
            refuse_stream("a position that is not on Earth");
        }
    }
    geometry.part_ends = read_ends(reader, geometry.is_polygon() ? 4 : 2, geometry.positions.size());
    geometry.polygon_ends = read_ends(reader, 1, geometry.part_ends.size());
    check_shape(geometry);
    return geometry;
}

geo::Value read_value(StreamReader &reader) {
    std::uint8_t index = 0;
    reader.transfer(index);
    const auto read_as = [&reader]<typename Alternative>(Alternative value) {
        reader.transfer(value);
        return geo::Value(std::move(value));
    };
    switch (index) {
    case 0: return std::monostate();
    case 1: return read_as(false);
    case 2: return read_as(std::int64_t{0});
    case 3: return read_as(0.0);
    case 4: return read_as(std::string());
    default: refuse_stream("a type of value that does not exist");
    }
}

std::string read_id(StreamReader &reader) {
    std::string id;
    reader.transfer(id);
    if (id.size() > max_feature_id_bytes + 24) {
        refuse_stream("an id past its limit");
    }
    return id;
}

geo::Properties read_properties(StreamReader &reader) {
    geo::Properties properties;
    const std::size_t count = reader.length(1);
    if (count > geo::max_properties_per_feature) {
        refuse_stream("a number of properties past its limit");
    }
    for (std::size_t i = 0; i < count; ++i) {
        std::string name;
        reader.transfer(name);
        if (name.empty() || name.size() > geo::max_property_name_bytes || properties.find(name) != nullptr) {
            refuse_stream("a property without a name, or one twice");
        }
        properties.append(std::move(name), read_value(reader));
    }
    return properties;
}

geo::Feature read_feature(StreamReader &reader) {
    geo::Feature feature;
    feature.id = read_id(reader);
    feature.geometry = read_geometry(reader);
    feature.properties = read_properties(reader);
    return feature;
}

StreamItem read_item(FrameKind kind, StreamReader &reader) {
    switch (kind) {
    case FrameKind::feature: {
        StreamFeature item;
        item.feature = read_feature(reader);
        reader.transfer(item.row);
        return item;
    }
    case FrameKind::lost_row: {
        LostRow row;
        row.id = read_id(reader);
        row.properties = read_properties(reader);
        reader.transfer(row.row);
        return row;
    }
    case FrameKind::progress: {
        StreamProgress progress;
        reader.transfer(progress.done);
        reader.transfer(progress.total);
        reader.transfer(progress.unit);
        return progress;
    }
    case FrameKind::report: {
        ImportReport report;
        transfer_fields(reader, report);
        return report;
    }
    case FrameKind::osm_feature: {
        StreamOsmFeature item;
        reader.transfer(item.layer);
        if (item.layer >= osm_layer_count) {
            refuse_stream("a layer that does not exist");
        }
        item.feature = read_feature(reader);
        return item;
    }
    case FrameKind::osm_report: {
        OsmReport report;
        transfer_fields(reader, report);
        return report;
    }
    case FrameKind::bytes: {
        StreamBytes item;
        reader.transfer_bytes(item.bytes);
        return item;
    }
    case FrameKind::change_report: {
        OsmChangeReport report;
        transfer_fields(reader, report);
        return report;
    }
    case FrameKind::error: {
        std::uint8_t error_kind = 0;
        StreamError error;
        reader.transfer(error_kind);
        reader.transfer(error.sentence);
        if (error_kind > static_cast<std::uint8_t>(geo::ErrorKind::internal)) {
            refuse_stream("an error of a kind that does not exist");
        }
        error.kind = static_cast<geo::ErrorKind>(error_kind);
        return error;
    }
    }
    refuse_stream("a frame of a kind that does not exist");
}

} // namespace

void write_frame(const geo::Feature &feature, std::uint64_t row, std::string &out) {
    frame(FrameKind::feature, out, [&](StreamWriter &writer) {
        write_feature(writer, feature);
        writer.transfer(row);
    });
}

void write_frame(const LostRow &row, std::string &out) {
    frame(FrameKind::lost_row, out, [&](StreamWriter &writer) {
        writer.transfer(row.id);
        write_properties(writer, row.properties);
        writer.transfer(row.row);
    });
}

void write_osm_frame(std::uint8_t layer, const geo::Feature &feature, std::string &out) {
    frame(FrameKind::osm_feature, out, [&](StreamWriter &writer) {
        writer.transfer(layer);
        write_feature(writer, feature);
    });
}

void write_frame(const OsmReport &report, std::string &out) {
    frame(FrameKind::osm_report, out, [&](StreamWriter &writer) { transfer_fields(writer, report); });
}

void write_bytes_frame(std::string_view bytes, std::string &out) {
    frame(FrameKind::bytes, out, [&](StreamWriter &writer) { writer.transfer_bytes(bytes); });
}

void write_frame(const OsmChangeReport &report, std::string &out) {
    frame(FrameKind::change_report, out, [&](StreamWriter &writer) { transfer_fields(writer, report); });
}

void write_frame(const StreamProgress &progress, std::string &out) {
    frame(FrameKind::progress, out, [&](StreamWriter &writer) {
        writer.transfer(progress.done);
        writer.transfer(progress.total);
        writer.transfer(progress.unit);
    });
}

void write_frame(const ImportReport &report, std::string &out) {
    frame(FrameKind::report, out, [&](StreamWriter &writer) { transfer_fields(writer, report); });
}

/// A sentence stays on one line, whatever the names in it hold.
void write_frame(const StreamError &error, std::string &out) {
    std::string sentence = error.sentence;
    std::replace_if(
        sentence.begin(), sentence.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
    frame(FrameKind::error, out, [&](StreamWriter &writer) {
        writer.transfer(static_cast<std::uint8_t>(error.kind));
        writer.transfer(sentence);
    });
}

void FrameReader::feed(std::string_view bytes) {
    m_bytes.erase(0, std::exchange(m_place, 0));
    m_bytes.append(bytes);
}

std::optional<StreamItem> FrameReader::next() {
    const std::string_view rest = std::string_view(m_bytes).substr(m_place);
    if (rest.size() < length_bytes) {
        return std::nullopt;
    }
    std::uint32_t length = 0;
    StreamReader(rest.substr(0, length_bytes)).transfer(length);
    if (length == 0 || length > max_frame_bytes) {
        refuse_stream("a frame longer than allowed or empty");
    }
    if (rest.size() - length_bytes < length) {
        return std::nullopt;
    }
    StreamReader reader(rest.substr(length_bytes + 1, length - 1));
    StreamItem item = read_item(static_cast<FrameKind>(rest[length_bytes]), reader);
    if (!reader.at_end()) {
        refuse_stream("bytes after the end of an item");
    }
    m_place += length_bytes + length;
    return item;
}

} // namespace keyaki::importers
