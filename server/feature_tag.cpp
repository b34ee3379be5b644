#include "server/feature_tag.hpp"

#include "data/sha256.hpp"
#include "geo/mercator.hpp"
#include "server/geojson.hpp"
#include "server/http/conditional.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace keyaki::server {

namespace {

std::string_view content_of(std::string_view opaque) { return opaque.substr(0, opaque.find('.')); }

/// Names with kind and value, in the order of the names.
void append_sorted_properties(std::string &out, const geo::Properties &properties) {
    std::vector<const geo::Properties::Entry *> entries;
    entries.reserve(properties.size());
    for (const auto &entry : properties) {
        entries.push_back(&entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto *a, const auto *b) { return a->first < b->first; });
    for (const auto *entry : entries) {
        out += ',';
        append_json_string(out, entry->first);
        out += ':';
        append_json_value(out, entry->second);
    }
}

} // namespace

geo::Feature as_served(geo::Feature feature) {
    for (geo::LonLat &position : feature.geometry.positions) {
        position = geo::to_lon_lat_e7(geo::to_grid(position)).degrees();
    }
    return feature;
}

std::string feature_content_tag(const geo::Feature &feature) {
    std::string content;
    append_json_string(content, feature.id);
    geo::Feature shape = as_served({feature.id, feature.geometry, {}});
    append_geometry(content, shape.geometry);
    append_sorted_properties(content, feature.properties);
    return data::to_hex(data::sha256(content)).substr(0, 32);
}

std::string feature_etag(std::string_view content_tag, std::string_view representation) {
    std::string opaque(content_tag);
    if (!representation.empty()) {
        opaque += '.';
        opaque += representation;
    }
    return http::quoted_etag(opaque);
}

FeatureMatch match_feature(const http::Request &request, std::string_view content_tag) {
    const auto field = request.headers.joined("If-Match");
    if (!field) {
        return FeatureMatch::absent;
    }
    const http::EtagList list = http::parse_etag_list(*field);
    if (content_tag.empty()) {
        return FeatureMatch::differs;
    }
    const bool named = std::any_of(list.tags.begin(), list.tags.end(), [&](const std::string &tag) {
        const std::string plain = http::etag_without_encoding(tag);
        return plain.starts_with('"') && content_of(std::string_view(plain).substr(1, plain.size() - 2)) == content_tag;
    });
    return list.any || named ? FeatureMatch::matches : FeatureMatch::differs;
}

} // namespace keyaki::server
