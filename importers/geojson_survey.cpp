#include "importers/geojson_survey.hpp"

#include "geo/error.hpp"
#include "importers/geojson_surveyor.hpp"
#include "importers/json_scan.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <istream>
#include <utility>

namespace keyaki::importers {

namespace {

constexpr std::string_view json_space = " \t\r\n";
constexpr std::string_view between_records = " \t\r\n\x1E";

/// nlohmann's reading, told on. The surveyor throws where it will have no more.
class CarefulReading final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit CarefulReading(GeoJsonSurveyor &surveyor) : m_surveyor(surveyor) {}

    bool null() override { return m_surveyor.null(), true; }
    bool boolean(bool value) override { return m_surveyor.boolean(value), true; }
    bool number_integer(number_integer_t) override { return m_surveyor.number(), true; }
    bool number_unsigned(number_unsigned_t) override { return m_surveyor.number(), true; }
    bool number_float(number_float_t, const string_t &) override { return m_surveyor.number(), true; }
    bool string(string_t &value) override { return m_surveyor.string(value), true; }
    bool binary(binary_t &) override { return true; }
    bool start_object(std::size_t size) override { return m_surveyor.start_object(size), true; }
    bool key(string_t &name) override { return m_surveyor.key(name), true; }
    bool end_object() override { return m_surveyor.end_object(), true; }
    bool start_array(std::size_t size) override { return m_surveyor.start_array(size), true; }
    bool end_array() override { return m_surveyor.end_array(), true; }
    bool parse_error(std::size_t, const std::string &last_token, const nlohmann::detail::exception &problem) override;

  private:
    GeoJsonSurveyor &m_surveyor;
};

bool CarefulReading::parse_error(std::size_t, const std::string &last_token, const nlohmann::detail::exception &problem) {
    const std::string_view text = problem.what();
    const std::size_t dash = text.find(" - ");
    const std::size_t end = text.find("; ", dash);
    const std::string_view reason = dash == std::string_view::npos ? "" : text.substr(dash + 3, end == std::string_view::npos ? end : end - dash - 3);
    const std::string token = last_token.size() > 40 ? last_token.substr(last_token.size() - 40) : last_token;
    m_surveyor.refuse("JSON (RFC 8259)", fmt::format("{} after \"{}\"", reason.empty() ? "a number out of range" : reason, quoted_value(token)));
}

/// GeoJSON is UTF-8 (RFC 7946, RFC 8259 8.1); GDAL would pass other bytes through as they are.
void check_utf8(ByteSource &source, std::string_view shown) {
    EncodingDetector detector;
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    for (std::uint64_t looked_at = 0;;) {
        const std::size_t got = source.read(bytes);
        if (got == 0 && !detector.first_not_utf8()) {
            return;
        }
        if (got == 0) {
            break;
        }
        detector.add(std::string_view(bytes.data(), got));
        looked_at += got;
        if (detector.first_not_utf8() && looked_at >= encoding_sample_bytes) {
            break;
        }
    }
    const EncodingGuess guess = detector.guess();
    throw geo::Error(geo::ErrorKind::invalid_input,
                     fmt::format("expected UTF-8 in {}, as RFC 7946 wants of GeoJSON, found at byte {} text that looks like {}: convert it first",
                                 shown, *detector.first_not_utf8() + 1, guess.name));
}

} // namespace

GeoJsonSurvey survey_geojson(ByteSource &source, bool is_sequence, std::string_view shown) {
    if (auto survey = survey_quickly(source, is_sequence, shown)) {
        return *std::move(survey);
    }
    source.rewind();
    check_utf8(source, shown); // the quick reading takes nothing else
    source.rewind();
    return survey_carefully(source, is_sequence, shown);
}

std::optional<GeoJsonSurvey> survey_quickly(ByteSource &source, bool is_sequence, std::string_view shown) {
    JsonScan scan(source);
    GeoJsonSurveyor surveyor(nullptr, is_sequence, shown);
    try {
        if (!is_sequence) {
            scan.read_value(surveyor);
            return scan.skip(json_space) ? std::nullopt : std::optional(surveyor.finish());
        }
        while (scan.skip(between_records)) {
            scan.read_value(surveyor);
        }
        return surveyor.finish();
    } catch (const DoubtfulJson &) {
        return std::nullopt;
    }
}

GeoJsonSurvey survey_carefully(ByteSource &source, bool is_sequence, std::string_view shown) {
    CountedText text(source);
    GeoJsonSurveyor surveyor(&text, is_sequence, shown);
    CarefulReading reading(surveyor);
    std::istream stream(&text);
    if (!is_sequence) {
        nlohmann::json::sax_parse(stream, &reading);
        return std::move(surveyor.survey);
    }
    while (text.skip(between_records) != CountedText::traits_type::eof()) {
        stream.clear();
        nlohmann::json::sax_parse(stream, &reading, nlohmann::json::input_format_t::json, false);
    }
    return std::move(surveyor.survey);
}

} // namespace keyaki::importers
