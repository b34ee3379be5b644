#include "importers/feature_stream.hpp"

#include "geo/limits.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <concepts>
#include <set>

namespace keyaki::importers {

namespace {

enum class FrameKind : std::uint8_t { feature = 1, progress = 2, report = 3, error = 4 };
constexpr std::size_t length_bytes = 4;

[[noreturn]] void refuse(std::string_view what) {
    throw geo::Error(geo::ErrorKind::corrupt, fmt::format("expected a well-formed answer from the process that read the file, found {}", what));
}

class Writer {
  public:
    explicit Writer(std::string &out) : m_out(out) {}

    template <std::integral Number>
    void transfer(Number value) {
        auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(Number); ++i) {
            m_out += static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
            bits >>= 8U;
        }
    }
    void transfer(double value) { transfer(std::bit_cast<std::uint64_t>(value)); }
    void transfer(const std::string &text) {
        transfer(static_cast<std::uint32_t>(text.size()));
        m_out += text;
    }
    template <typename Item>
    void transfer(const std::vector<Item> &items) {
        transfer(static_cast<std::uint32_t>(items.size()));
        for (const Item &item : items) {
            transfer_fields(*this, item);
        }
    }
    template <typename Key, typename Item>
    void transfer(const std::map<Key, Item> &items) {
        transfer(static_cast<std::uint32_t>(items.size()));
        for (const auto &[key, item] : items) {
            transfer(key);
            transfer(item);
        }
    }

  private:
    std::string &m_out;
};

class Reader {
  public:
    explicit Reader(std::string_view bytes) : m_bytes(bytes) {}

    template <std::integral Number>
    void transfer(Number &value) {
        const std::string_view taken = take(sizeof(Number));
        std::uint64_t bits = 0;
        for (std::size_t i = sizeof(Number); i-- > 0;) {
            bits = bits << 8U | static_cast<unsigned char>(taken[i]);
        }
        if constexpr (std::is_same_v<Number, bool>) {
            value = bits != 0;
        } else {
            value = static_cast<Number>(bits);
        }
    }
    void transfer(double &value) {
        std::uint64_t bits = 0;
        transfer(bits);
        value = std::bit_cast<double>(bits);
    }
    void transfer(std::string &text) {
        text = take(length(1));
        if (!is_utf8(text)) {
            refuse("text that is not UTF-8");
        }
    }
    template <typename Item>
    void transfer(std::vector<Item> &items) {
        items.resize(length(1));
        for (Item &item : items) {
            transfer_fields(*this, item);
        }
    }
    template <typename Key, typename Item>
    void transfer(std::map<Key, Item> &items) {
        for (std::size_t count = length(1); count > 0; --count) {
            Key key;
            transfer(key);
            transfer(items[key]);
        }
    }
    /// A count of things of at least `unit_bytes` each: never more than the bytes that are left, so that nothing is allocated on a promise.
    std::size_t length(std::size_t unit_bytes) {
        std::uint32_t count = 0;
        transfer(count);
        if (count > m_bytes.size() / unit_bytes) {
            refuse("a length beyond the end of its frame");
        }
        return count;
    }
    [[nodiscard]] bool at_end() const { return m_bytes.empty(); }

  private:
    std::string_view take(std::size_t count) {
        if (count > m_bytes.size()) {
            refuse("a frame that ends too early");
        }
        const std::string_view taken = m_bytes.substr(0, count);
        m_bytes.remove_prefix(count);
        return taken;
    }
    static bool is_utf8(std::string_view text) {
        if (std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<signed char>(letter) >= 0; })) {
            return true;
        }
        EncodingDetector detector;
        detector.add(text);
        detector.add("."); // a character cut by the end is then invalid too
        return !detector.first_not_utf8();
    }

    std::string_view m_bytes;
};

// One description for both directions: what is written is what is read.
template <typename Archive, typename Row>
requires std::same_as<std::remove_const_t<Row>, Refusal>
void transfer_fields(Archive &archive, Row &row) {
    archive.transfer(row.row);
    archive.transfer(row.column);
    archive.transfer(row.value);
    archive.transfer(row.reason);
}
template <typename Archive, typename Column>
requires std::same_as<std::remove_const_t<Column>, ColumnFound>
void transfer_fields(Archive &archive, Column &column) {
    archive.transfer(column.name);
    archive.transfer(column.role);
    archive.transfer(column.type);
    archive.transfer(column.how);
}
template <typename Archive, typename Text>
requires std::same_as<std::remove_const_t<Text>, std::string>
void transfer_fields(Archive &archive, Text &text) { archive.transfer(text); }

template <typename Archive, typename Report>
requires std::same_as<std::remove_const_t<Report>, ImportReport>
void transfer_fields(Archive &archive, Report &report) {
    archive.transfer(report.driver);
    archive.transfer(report.layer_in_file);
    archive.transfer(report.encoding.name);
    archive.transfer(report.encoding.evidence);
    archive.transfer(report.encoding.sample);
    archive.transfer(report.crs.code);
    archive.transfer(report.crs.name);
    archive.transfer(report.crs.evidence);
    archive.transfer(report.crs.accuracy_m);
    archive.transfer(report.crs.approximate_datum);
    archive.transfer(report.crs.assumed);
    archive.transfer(report.columns);
    archive.transfer(report.rows_read);
    archive.transfer(report.accepted);
    archive.transfer(report.features);
    archive.transfer(report.refused);
    archive.transfer(report.empty_rows_skipped);
    archive.transfer(report.repaired);
    archive.transfer(report.refusals);
    archive.transfer(report.warnings);
    archive.transfer(report.suspects);
}

/// Writes the length once the payload is known.
template <typename Payload>
void frame(FrameKind kind, std::string &out, const Payload &payload) {
    const std::size_t start = out.size();
    out.append(length_bytes, '\0');
    out += static_cast<char>(kind);
    Writer writer(out);
    payload(writer);
    const std::size_t length = out.size() - start - length_bytes;
    if (length > max_frame_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected features of at most {} bytes, found one of {}", max_frame_bytes, length));
    }
    for (std::size_t i = 0; i < length_bytes; ++i) {
        out[start + i] = static_cast<char>(static_cast<unsigned char>(length >> (8 * i) & 0xFFU));
    }
}

void write_geometry(Writer &writer, const geo::Geometry &geometry) {
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

void write_value(Writer &writer, const geo::Value &value) {
    writer.transfer(static_cast<std::uint8_t>(value.index()));
    std::visit(
        [&writer]<typename Alternative>(const Alternative &alternative) {
            if constexpr (!std::is_same_v<Alternative, std::monostate>) {
                writer.transfer(alternative);
            }
        },
        value);
}

std::vector<std::uint32_t> read_ends(Reader &reader, std::size_t least_step, std::size_t total) {
    std::vector<std::uint32_t> ends(reader.length(4));
    std::size_t previous = 0;
    for (std::uint32_t &end : ends) {
        reader.transfer(end);
        if (end < previous + least_step || end > total) {
            refuse("parts of a geometry that overlap or lie outside of it");
        }
        previous = end;
    }
    if (!ends.empty() && previous != total) {
        refuse("positions of a geometry that belong to no part");
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
        refuse("a geometry whose parts do not fit its type");
    }
    for (std::size_t part = 0; geometry.is_polygon() && part < geometry.part_count(); ++part) {
        if (geometry.part(part).front() != geometry.part(part).back()) {
            refuse("a ring that is not closed");
        }
    }
}

geo::Geometry read_geometry(Reader &reader) {
    geo::Geometry geometry;
    std::uint8_t type = 0;
    reader.transfer(type);
    if (type > static_cast<std::uint8_t>(geo::GeometryType::multi_polygon)) {
        refuse("a type of geometry that does not exist");
    }
    geometry.type = static_cast<geo::GeometryType>(type);
    geometry.positions.resize(reader.length(2 * sizeof(double)));
    for (geo::LonLat &position : geometry.positions) {
        reader.transfer(position.lon_deg);
        reader.transfer(position.lat_deg);
        if (!geo::is_on_earth(position)) {
            refuse("a position that is not on Earth");
        }
    }
    geometry.part_ends = read_ends(reader, geometry.is_polygon() ? 4 : 2, geometry.positions.size());
    geometry.polygon_ends = read_ends(reader, 1, geometry.part_ends.size());
    check_shape(geometry);
    return geometry;
}

geo::Value read_value(Reader &reader) {
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
    default: refuse("a type of value that does not exist");
    }
}

geo::Feature read_feature(Reader &reader) {
    geo::Feature feature;
    reader.transfer(feature.id);
    feature.geometry = read_geometry(reader);
    const std::size_t count = reader.length(1);
    if (feature.id.size() > max_feature_id_bytes + 24 || count > geo::max_properties_per_feature) {
        refuse("an id or a number of properties past its limit");
    }
    for (std::size_t i = 0; i < count; ++i) {
        std::string name;
        reader.transfer(name);
        if (name.empty() || name.size() > geo::max_property_name_bytes || feature.properties.find(name) != nullptr) {
            refuse("a property without a name, or one twice");
        }
        feature.properties.append(std::move(name), read_value(reader));
    }
    return feature;
}

StreamItem read_item(FrameKind kind, Reader &reader) {
    switch (kind) {
    case FrameKind::feature: return read_feature(reader);
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
    case FrameKind::error: {
        std::uint8_t error_kind = 0;
        StreamError error;
        reader.transfer(error_kind);
        reader.transfer(error.sentence);
        if (error_kind > static_cast<std::uint8_t>(geo::ErrorKind::internal)) {
            refuse("an error of a kind that does not exist");
        }
        error.kind = static_cast<geo::ErrorKind>(error_kind);
        return error;
    }
    }
    refuse("a frame of a kind that does not exist");
}

} // namespace

void write_frame(const geo::Feature &feature, std::string &out) {
    frame(FrameKind::feature, out, [&](Writer &writer) {
        writer.transfer(feature.id);
        write_geometry(writer, feature.geometry);
        writer.transfer(static_cast<std::uint32_t>(feature.properties.size()));
        for (const auto &[name, value] : feature.properties) {
            writer.transfer(name);
            write_value(writer, value);
        }
    });
}

void write_frame(const StreamProgress &progress, std::string &out) {
    frame(FrameKind::progress, out, [&](Writer &writer) {
        writer.transfer(progress.done);
        writer.transfer(progress.total);
        writer.transfer(progress.unit);
    });
}

void write_frame(const ImportReport &report, std::string &out) {
    frame(FrameKind::report, out, [&](Writer &writer) { transfer_fields(writer, report); });
}

void write_frame(const StreamError &error, std::string &out) {
    frame(FrameKind::error, out, [&](Writer &writer) {
        writer.transfer(static_cast<std::uint8_t>(error.kind));
        writer.transfer(error.sentence);
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
    Reader(rest.substr(0, length_bytes)).transfer(length);
    if (length == 0 || length > max_frame_bytes) {
        refuse("a frame longer than allowed or empty");
    }
    if (rest.size() - length_bytes < length) {
        return std::nullopt;
    }
    Reader reader(rest.substr(length_bytes + 1, length - 1));
    StreamItem item = read_item(static_cast<FrameKind>(rest[length_bytes]), reader);
    if (!reader.at_end()) {
        refuse("bytes after the end of an item");
    }
    m_place += length_bytes + length;
    return item;
}

} // namespace keyaki::importers
