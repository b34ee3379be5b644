#pragma once

#include "importers/byte_source.hpp"
#include "importers/plain_geojson.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// What a strict reading of a GeoJSON file found, before a lenient library makes features of it.
struct GeoJsonSurvey {
    std::uint64_t rows = 0;                        ///< features, or records of a sequence
    std::map<std::uint64_t, std::string> problems; ///< by row, from 1: why it cannot be taken, with line and column
    std::uint64_t extra_numbers = 0;               ///< rows whose positions have more than three numbers
    std::string bbox_problem;                      ///< of the first bounding box that is none; nothing reads them
    bool has_identifiers = false;                  ///< some feature has an "id" beside its properties
    std::optional<std::vector<PlainField>> plain;  ///< the fields of a file that PlainGeoJson can read; only the quick reading looks for it

    friend bool operator==(const GeoJsonSurvey &, const GeoJsonSurvey &) = default;
};

/// Reads all of it as RFC 8259 and RFC 7946 want it: no comments, no trailing commas, no member twice. Memory does not grow with the file but for
/// problems.
/// \param is_sequence one record after another (RFC 8142, or one a line) instead of a single one
/// \param shown the file's name for sentences
/// \throws geo::Error invalid_input with line and column for what is no JSON or no GeoJSON at all; too_large for nesting past
/// max_json_depth or problems past max_keys
[[nodiscard]] GeoJsonSurvey survey_geojson(ByteSource &source, bool is_sequence, std::string_view shown);

// The two readings that it consists of. The quick one (json_scan.hpp) finds nothing where there is a problem or anything doubtful; then the careful
// one says what and where. Where both find something, it is the same.
[[nodiscard]] std::optional<GeoJsonSurvey> survey_quickly(ByteSource &source, bool is_sequence, std::string_view shown);
[[nodiscard]] GeoJsonSurvey survey_carefully(ByteSource &source, bool is_sequence, std::string_view shown);

} // namespace keyaki::importers
