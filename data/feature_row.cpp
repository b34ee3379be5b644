#include "data/feature_row.hpp"

#include "data/limits.hpp"
#include "data/property_json.hpp"
#include "data/sha256.hpp"
#include "data/spatialite_blob.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::data {

namespace {

void require_well_formed(const geo::Feature &feature) {
    if (feature.id.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected a feature with an id, found one with an empty id");
    }
    if (feature.id.size() > feature_id_bytes_max) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected an id of at most {} bytes, found one of {} bytes that begins with {}",
                                                                feature_id_bytes_max, feature.id.size(), feature.id.substr(0, 40)));
    }
    const auto &positions = feature.geometry.positions;
    if (positions.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a geometry with positions, found none in feature {}", feature.id));
    }
    const auto off = std::find_if_not(positions.begin(), positions.end(), geo::is_on_earth);
    if (off != positions.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected longitude in -180..180 and latitude in -90..90, found {}, {} in feature {}", off->lon_deg,
                                     off->lat_deg, feature.id));
    }
}

template <typename Number>
void append_bytes(std::string &out, Number number) {
    out.append(reinterpret_cast<const char *>(&number), sizeof number);
}

/// Names and values in the order of the names, each with its length: the order of columns in a file is not part of a feature's content, so the same
/// table written by another program is no change.
std::string canonical_properties(const geo::Properties &properties) {
    std::vector<const geo::Properties::Entry *> entries;
    entries.reserve(properties.size());
    for (const auto &entry : properties) {
        entries.push_back(&entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto *a, const auto *b) { return a->first < b->first; });
    std::string out;
    for (const auto *entry : entries) {
        append_bytes(out, entry->first.size());
        out += entry->first;
        out += static_cast<char>('0' + entry->second.index());
        if (const auto *text = std::get_if<std::string>(&entry->second)) {
            append_bytes(out, text->size());
            out += *text;
        } else if (const auto *whole = std::get_if<std::int64_t>(&entry->second)) {
            append_bytes(out, *whole);
        } else if (const auto *real = std::get_if<double>(&entry->second)) {
            append_bytes(out, *real);
        } else if (const auto *truth = std::get_if<bool>(&entry->second)) {
            out += *truth ? '1' : '0';
        }
    }
    return out;
}

std::string_view as_text(const std::vector<std::uint8_t> &bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

} // namespace

FeatureRow to_row(const geo::Feature &feature) {
    require_well_formed(feature);
    FeatureRow row;
    append_property_json(row.properties, feature.properties);
    append_spatialite_blob(row.geometry, feature.geometry);
    row.bounds = feature.geometry.bounds();
    row.feature_id = feature.id;
    if (row.bytes() > feature_bytes_max) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected a feature of at most {} bytes, found {} bytes in feature {}",
                                                                feature_bytes_max, row.bytes(), row.feature_id));
    }
    // Each property says its length and the geometry is one blob after them: the two cannot run into each other.
    const Hash whole = sha256(canonical_properties(feature.properties), as_text(row.geometry));
    std::copy_n(whole.begin(), row.content_hash.size(), row.content_hash.begin());
    return row;
}

geo::Feature to_feature(const Statement &statement, int first_column) {
    geo::Feature feature;
    feature.id = statement.column_text(first_column);
    feature.properties = parse_property_json(statement.column_text(first_column + 1));
    feature.geometry = parse_spatialite_blob(statement.column_blob(first_column + 2));
    return feature;
}

ContentHash read_hash(const Statement &statement, int column) {
    ContentHash hash{};
    const auto bytes = statement.column_blob(column);
    if (bytes.size() != hash.size()) {
        throw geo::Error(geo::ErrorKind::corrupt,
                         fmt::format("the hash of a feature is damaged: expected {} bytes, found {}", hash.size(), bytes.size()));
    }
    std::ranges::copy(bytes, hash.begin());
    return hash;
}

} // namespace keyaki::data
