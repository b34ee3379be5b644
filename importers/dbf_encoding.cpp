#include "importers/dbf_encoding.hpp"

#include "geo/error.hpp"
#include "importers/byte_source.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace keyaki::importers {

namespace {

constexpr std::size_t fixed_header_bytes = 32; // dBASE III: the fixed part, then 32 bytes a field
constexpr std::size_t language_driver_place = 29;
constexpr std::size_t sample_records = 3;

/// The file beside the .shp; shapefiles come from Windows, so the extension may be in capitals.
std::unique_ptr<ByteSource> open_beside(const std::string &shp_path, std::string_view extension) {
    const std::string stem = shp_path.substr(0, shp_path.size() - 4);
    std::string capitals(extension);
    std::transform(capitals.begin(), capitals.end(), capitals.begin(), [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    for (const std::string &candidate : {std::string(extension), capitals}) {
        try {
            return open_bytes(stem + candidate);
        } catch (const geo::Error &) { // not there: the next spelling
            continue;
        }
    }
    return nullptr;
}

std::string read_whole(ByteSource &source, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::size_t filled = 0;
    while (filled < bytes) {
        const std::size_t got = source.read(std::span(text).subspan(filled));
        if (got == 0) {
            break;
        }
        filled += got;
    }
    text.resize(filled);
    return text;
}

/// A .cpg holds one encoding name, sometimes with a line end and a byte order mark.
std::optional<std::string> read_cpg(const std::string &shp_path) {
    const auto source = open_beside(shp_path, ".cpg");
    if (!source) {
        return std::nullopt;
    }
    std::string text = read_whole(*source, 64);
    text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char letter) { return letter <= ' ' || letter >= 0x7F; }), text.end());
    return text.empty() ? std::nullopt : std::optional(text);
}

/// Language driver ids that say something. 0x57 ("ANSI") and 0x03 are what software writes that never asked itself.
std::optional<std::string> encoding_of_language_driver(unsigned char id) {
    switch (id) {
    case 0x13: // Japanese Shift-JIS (DOS)
    case 0x7B: // Japanese Windows
        return "CP932";
    default: return std::nullopt;
    }
}

struct Evidence {
    EncodingDetector detector;
    unsigned char language_driver = 0;
    std::vector<std::string> sample; ///< raw records
};

Evidence look_at(ByteSource &table) {
    Evidence evidence;
    std::string bytes = read_whole(table, encoding_evidence_bytes);
    if (bytes.size() < fixed_header_bytes) {
        return evidence;
    }
    const auto byte = [&](std::size_t place) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[place])); };
    evidence.language_driver = static_cast<unsigned char>(bytes[language_driver_place]);
    const std::size_t header_bytes = std::min(byte(8) | byte(9) << 8U, bytes.size());
    const std::size_t record_bytes = byte(10) | byte(11) << 8U;
    std::replace(bytes.begin() + static_cast<std::ptrdiff_t>(fixed_header_bytes), bytes.end(), '\0', ' '); // padding, which is no UTF-16
    for (std::size_t field = fixed_header_bytes; field + 32 <= header_bytes; field += 32) {
        evidence.detector.add(std::string_view(bytes).substr(field, 10)); // field names may be Japanese too
    }
    // Cells end in blanks, so a character cut by the cell's width would swallow none of the next cell's: add a blank between cells.
    for (std::size_t record = header_bytes; record_bytes > 0 && record + record_bytes <= bytes.size(); record += record_bytes) {
        const std::string_view text = std::string_view(bytes).substr(record, record_bytes);
        evidence.detector.add(text);
        evidence.detector.add(" ");
        if (evidence.sample.size() < sample_records) {
            evidence.sample.emplace_back(text);
        }
    }
    return evidence;
}

std::string squeezed(const std::string &text) {
    std::string out;
    for (const char letter : text) {
        if (letter != ' ' || (!out.empty() && out.back() != ' ')) {
            out += letter;
        }
    }
    return quoted_value(out);
}

EncodingFound weigh(const std::optional<std::string> &cpg, const Evidence &evidence, ImportReport &report) {
    const EncodingGuess guess = evidence.detector.guess();
    std::string stated;
    std::string why;
    if (cpg) {
        try {
            stated = canonical_encoding(*cpg);
            why = fmt::format("the .cpg says {}", *cpg);
        } catch (const geo::Error &) {
            report.warn(fmt::format("the .cpg names an encoding that nobody knows, \"{}\"; the bytes were asked instead", *cpg));
        }
    }
    if (stated.empty()) {
        if (const auto of_driver = encoding_of_language_driver(evidence.language_driver)) {
            stated = *of_driver;
            why = fmt::format("the DBF's language driver id is 0x{:02x}", evidence.language_driver);
        }
    }
    if (stated.empty()) {
        return {guess.name, fmt::format("no .cpg, language driver id 0x{:02x} says nothing; {}", evidence.language_driver, guess.evidence), {}};
    }
    if (evidence.detector.ascii_only() || stated == guess.name || !guess.certain) {
        return {stated, why, {}};
    }
    report.warn(fmt::format("{}, but the records are {} ({}): read as that; --encoding decides otherwise", why, guess.name, guess.evidence));
    return {guess.name, fmt::format("{}, which the bytes contradict: {}", why, guess.evidence), {}};
}

} // namespace

void decide_dbf_encoding(const std::string &shp_path, const ImportOptions &options, ImportReport &report) {
    Evidence evidence;
    if (const auto table = open_beside(shp_path, ".dbf")) {
        evidence = look_at(*table);
    } else {
        report.warn("the shapefile has no .dbf beside it: its features have no properties");
    }
    if (options.encoding) {
        report.encoding = {canonical_encoding(*options.encoding), "given by --encoding", {}};
    } else {
        report.encoding = weigh(read_cpg(shp_path), evidence, report);
    }
    TextDecoder decoder(report.encoding.name);
    for (const std::string &record : evidence.sample) {
        report.encoding.sample.push_back(squeezed(decoder.decode_cell(record)));
    }
}

} // namespace keyaki::importers
