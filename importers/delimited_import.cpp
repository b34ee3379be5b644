#include "importers/delimited_import.hpp"

#include "geo/error.hpp"
#include "importers/crs_decision.hpp"
#include "importers/delimited_text.hpp"
#include "importers/feature_gate.hpp"
#include "importers/gdal_geometry.hpp"
#include "importers/limits.hpp"
#include "importers/table_shape.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::importers {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::size_t sample_rows = 3;

/// Walks over the whole file in one encoding, chunk by chunk.
class TextWalk {
  public:
    TextWalk(ByteSource &source, const std::string &encoding) : m_source(source), m_decoder(encoding) { m_source.rewind(); }

    /// Nothing at the end.
    bool next(std::string &text) {
        text.clear();
        const std::size_t got = m_at_end ? 0 : m_source.read(m_bytes);
        m_done_bytes += got;
        if (got == 0) {
            if (std::exchange(m_at_end, true)) {
                return false;
            }
            m_decoder.decode({}, text, true);
            return true;
        }
        m_decoder.decode(std::string_view(m_bytes.data(), got), text, false);
        return true;
    }
    [[nodiscard]] std::uint64_t done_bytes() const { return m_done_bytes; }
    [[nodiscard]] std::uint64_t invalid() const { return m_decoder.invalid(); }

  private:
    ByteSource &m_source;
    TextDecoder m_decoder;
    std::array<char, read_chunk_bytes> m_bytes{};
    std::uint64_t m_done_bytes = 0;
    bool m_at_end = false;
};

class DelimitedImport {
  public:
    DelimitedImport(ByteSource &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress)
        : m_source(source), m_options(options), m_progress(progress), m_shape(options), m_gate(m_report, sink) {}

    ImportReport run() {
        m_report.driver = "delimited text";
        find_encoding();
        find_shape();
        m_crs.emplace(find_crs());
        note_crs(*m_crs, m_report);
        read_features();
        conclude();
        return std::move(m_report);
    }

  private:
    void find_encoding();
    void look_at_start();
    void find_shape();
    [[nodiscard]] CrsDecision find_crs() const;
    void read_features();
    void read_row(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] bool has_right_width(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] std::vector<geo::Geometry> read_position(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] std::vector<geo::Geometry> read_wkt(std::uint64_t row, const std::string &text);
    [[nodiscard]] geo::Properties read_properties(const std::vector<std::string> &cells) const;
    void refuse_cell(std::uint64_t row, std::size_t column, std::string_view value, std::string reason);
    void conclude();
    /// Half of the way is the search for types, the other half the features.
    void tell_progress(std::uint64_t done_bytes) const {
        if (m_progress) {
            m_progress(done_bytes, m_source.size_bytes(), "bytes");
        }
    }

    [[nodiscard]] static const std::string &cell_or_empty(const std::vector<std::string> &cells, std::size_t column) {
        static const std::string empty;
        return column < cells.size() ? cells[column] : empty;
    }

    ByteSource &m_source;
    const ImportOptions &m_options;
    const Progress &m_progress;
    ImportReport m_report;
    TableShape m_shape;
    FeatureGate m_gate;
    std::optional<CrsDecision> m_crs;
    char m_separator = ',';
    std::uint64_t m_swapped = 0;
    bool m_undecodable = false;
};

void DelimitedImport::find_encoding() {
    EncodingDetector detector;
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    m_source.rewind();
    for (std::uint64_t looked_at = 0; looked_at < encoding_evidence_bytes;) {
        const std::size_t got = m_source.read(bytes);
        if (got == 0) {
            break;
        }
        detector.add(std::string_view(bytes.data(), got));
        looked_at += got;
    }
    const EncodingGuess guess = detector.guess();
    if (!m_options.encoding) {
        m_report.encoding = {guess.name, guess.evidence, {}};
    } else {
        const std::string given = canonical_encoding(*m_options.encoding);
        m_report.encoding = {given, "given by --encoding", {}};
        if (guess.certain && !detector.ascii_only() && guess.name != given && given != damaged_cp932) {
            m_report.warn(fmt::format("the text was read as {} as given, but looks like {} ({})", given, guess.name, guess.evidence));
        }
    }
    look_at_start();
}

/// Separator, sample and signs of damage, from the first rows as they read.
void DelimitedImport::look_at_start() {
    TextWalk walk(m_source, m_report.encoding.name);
    std::string start;
    std::string text;
    while (start.size() < encoding_sample_bytes && walk.next(text)) {
        start += text;
    }
    if (const std::size_t zero = start.find('\0'); zero != std::string::npos) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a table of text, found a zero byte in line {} when read as {}",
                                     std::count(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(zero), '\n') + 1, m_report.encoding.name));
    }
    m_separator = find_separator(start);
    DelimitedTextParser parser(m_separator, [&](std::uint64_t, std::vector<std::string> &cells) {
        if (!is_empty_row(cells)) {
            m_report.encoding.sample.push_back(quoted_value(fmt::format("{}", fmt::join(cells, ","))));
        }
        return m_report.encoding.sample.size() < sample_rows;
    });
    parser.feed(start);
    if (const auto mojibake = find_mojibake(start)) {
        m_report.suspect({0, "", mojibake->shown, fmt::format("looks like {}; it would then read \"{}\"", mojibake->what, mojibake->meant)});
        const std::string remedy = mojibake->option.empty() ? "" : fmt::format(": --encoding {} reads it so", mojibake->option);
        m_report.warn(
            fmt::format("the text looks like {} (\"{}\" would then be \"{}\"){}", mojibake->what, mojibake->shown, mojibake->meant, remedy));
    }
}

void DelimitedImport::find_shape() {
    TextWalk walk(m_source, m_report.encoding.name);
    DelimitedTextParser parser(m_separator, [this](std::uint64_t row, std::vector<std::string> &cells) {
        m_shape.see_row(row, cells);
        return true;
    });
    std::string text;
    while (walk.next(text)) {
        parser.feed(text);
        tell_progress(walk.done_bytes() / 2);
    }
    parser.finish();
    if (walk.invalid() > 0) {
        m_undecodable = true;
        m_report.warn(
            fmt::format("{} bytes are not {}; they were replaced by U+FFFD in the rows listed as doubtful", walk.invalid(), m_report.encoding.name));
    }
    m_shape.finish(m_report);
}

CrsDecision DelimitedImport::find_crs() const {
    if (m_options.crs) {
        CrsDecision decision = decide_crs(*m_options.crs, "given by --crs");
        if (m_shape.coordinates() && m_shape.coordinates()->names_axes_only && !decision.to_storage.crs().is_geographic) {
            throw geo::Error(
                geo::ErrorKind::invalid_input,
                fmt::format("expected to know which column is east, found x and y, which Japanese planes count the other way round than most "
                            "software ({}): give the eastings with --lon-column and the northings with --lat-column",
                            decision.found.name));
        }
        return decision;
    }
    if (m_shape.coordinates() && m_shape.coordinates()->names_old_datum) {
        return decide_crs("EPSG:4301", "the column's name says the old Tokyo datum");
    }
    CrsDecision decision =
        decide_crs("EPSG:6668", m_shape.wkt() ? "assumed: WKT without a stated CRS" : "assumed: columns of longitude and latitude, no datum stated");
    decision.found.assumed = true;
    return decision;
}

void DelimitedImport::read_features() {
    TextWalk walk(m_source, m_report.encoding.name);
    DelimitedTextParser parser(m_separator, [this](std::uint64_t row, std::vector<std::string> &cells) {
        if (row > m_shape.header_row()) {
            read_row(row, cells);
        }
        return true;
    });
    std::string text;
    while (walk.next(text)) {
        parser.feed(text);
        tell_progress((m_source.size_bytes() + walk.done_bytes()) / 2);
    }
    parser.finish();
}

void DelimitedImport::refuse_cell(std::uint64_t row, std::size_t column, std::string_view value, std::string reason) {
    m_report.refuse({row, m_shape.columns()[column].name, quoted_value(value), std::move(reason)});
}

bool DelimitedImport::has_right_width(std::uint64_t row, const std::vector<std::string> &cells) {
    for (std::size_t i = m_shape.columns().size(); i < cells.size(); ++i) {
        if (!cells[i].empty()) {
            m_report.refuse({row, "", quoted_value(cells[i]),
                             fmt::format("expected {} cells as in the header, found {}", m_shape.columns().size(), cells.size())});
            return false;
        }
    }
    return true;
}

void DelimitedImport::read_row(std::uint64_t row, const std::vector<std::string> &cells) {
    if (is_empty_row(cells)) {
        ++m_report.empty_rows_skipped;
        return;
    }
    ++m_report.rows_read;
    if (!has_right_width(row, cells)) {
        return;
    }
    std::string id;
    if (m_shape.key()) {
        id = cell_or_empty(cells, *m_shape.key());
        if (id.empty()) {
            return refuse_cell(row, *m_shape.key(), id, "the key is empty");
        }
    }
    std::vector<geo::Geometry> geometries = m_shape.wkt() ? read_wkt(row, cell_or_empty(cells, *m_shape.wkt())) : read_position(row, cells);
    if (geometries.empty()) {
        return; // refused
    }
    std::vector<geo::Feature> features;
    for (geo::Geometry &geometry : geometries) {
        features.push_back({id, std::move(geometry), read_properties(cells)});
    }
    m_gate.pass(row, std::move(features));
    if (m_undecodable) {
        const auto broken = std::find_if(cells.begin(), cells.end(), [](const auto &cell) { return cell.find(replacement) != std::string::npos; });
        if (broken != cells.end()) {
            m_report.suspect({row, m_shape.columns()[static_cast<std::size_t>(broken - cells.begin())].name, quoted_value(*broken),
                              fmt::format("bytes that are not {}", m_report.encoding.name)});
        }
    }
}

std::vector<geo::Geometry> DelimitedImport::read_position(std::uint64_t row, const std::vector<std::string> &cells) {
    const CoordinateColumns &columns = *m_shape.coordinates();
    const std::string &lon_text = cell_or_empty(cells, columns.lon);
    const std::string &lat_text = cell_or_empty(cells, columns.lat);
    const auto lon = parse_number(lon_text);
    const auto lat = parse_number(lat_text);
    if (!lon || !lat) {
        const std::size_t column = lat ? columns.lon : columns.lat;
        const std::string &text = lat ? lon_text : lat_text;
        refuse_cell(row, column, text, why_not_a_coordinate(lat ? "longitude" : "latitude", text));
        return {};
    }
    if (m_crs->to_storage.crs().is_geographic) {
        if (const auto fault = find_coordinate_fault(*lon, *lat)) {
            m_swapped += fault->reason.ends_with("swapped") ? 1U : 0U;
            refuse_cell(row, fault->about_lat ? columns.lat : columns.lon, fault->about_lat ? lat_text : lon_text, fault->reason);
            return {};
        }
    }
    try {
        return {geo::Geometry::point(m_crs->to_storage(*lon, *lat))};
    } catch (const geo::Error &error) {
        refuse_cell(row, columns.lon, lon_text, error.what());
        return {};
    }
}

std::vector<geo::Geometry> DelimitedImport::read_wkt(std::uint64_t row, const std::string &text) {
    if (text.empty()) {
        refuse_cell(row, *m_shape.wkt(), text, "no coordinates: the geometry is empty");
        return {};
    }
    ConvertedGeometry converted = parse_wkt(text);
    try {
        for (geo::Geometry &part : converted.parts) {
            m_crs->to_storage.to_storage_in_place(part);
        }
    } catch (const geo::Error &error) {
        converted.problem = error.what();
    }
    if (!converted.problem.empty()) {
        refuse_cell(row, *m_shape.wkt(), text, std::move(converted.problem));
        return {};
    }
    if (converted.heights_dropped) {
        ++m_report.repaired["heights dropped"];
    }
    return std::move(converted.parts);
}

geo::Properties DelimitedImport::read_properties(const std::vector<std::string> &cells) const {
    geo::Properties properties;
    for (std::size_t i = 0; i < m_shape.columns().size(); ++i) {
        if (m_shape.is_property(i)) {
            properties.append(m_shape.columns()[i].name, typed_value(cell_or_empty(cells, i), m_shape.columns()[i].inference.type()));
        }
    }
    return properties;
}

void DelimitedImport::conclude() {
    if (m_report.rows_read == 0) {
        m_report.warn("the table has a header and no rows");
    }
    if (m_swapped > 0 && m_swapped * 2 > m_report.rows_read) {
        m_report.warn(fmt::format("longitude and latitude look swapped in {} of {} rows: exchange --lon-column and --lat-column", m_swapped,
                                  m_report.rows_read));
    }
}

} // namespace

ImportReport read_delimited_text(ByteSource &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    return DelimitedImport(source, options, sink, progress).run();
}

} // namespace keyaki::importers
