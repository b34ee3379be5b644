#include "server/editing/edit_answers.hpp"

#include "server/feature_tag.hpp"
#include "server/geojson.hpp"
#include "server/http/problem.hpp"
#include "server/http/request.hpp"
#include "server/limits.hpp"
#include "server/schema/computed.hpp"

#include <fmt/format.h>

namespace keyaki::server::editing {

namespace {

constexpr std::string_view crs84_header = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>";

void append_link(std::string &out, std::string_view href, std::string_view rel, std::string_view type) {
    out += R"({"href":)";
    append_json_string(out, href);
    out += fmt::format(R"(,"rel":"{}","type":"{}"}})", rel, type);
}

std::string links_of(const FeaturePlace &place) {
    std::string links = R"(,"links":[)";
    append_link(links, place.address(), "self", "application/geo+json");
    links += ',';
    append_link(links, place.collection_address(), "collection", "application/json");
    return links + ']';
}

/// A version as a refusal shows it; a geometry that is too large to be looked at there by its type and box.
std::string version_json(const std::optional<geo::Feature> &version) {
    if (!version) {
        return "null";
    }
    std::string geometry;
    append_geometry(geometry, version->geometry);
    std::string text = R"({"etag":)";
    append_json_string(text, feature_etag(feature_content_tag(*version)));
    text += R"(,"feature":)";
    if (geometry.size() <= max_shown_geometry_bytes) {
        append_feature(text, *version);
    } else {
        geo::Feature without = *version;
        without.geometry = geo::Geometry::point(version->geometry.positions.front());
        std::string more = R"(,"geometry_left_out":{"type":")";
        more += geo::geometry_type_name(version->geometry.type);
        more += R"(","bbox":)";
        append_box(more, version->geometry.bounds());
        append_feature(text, without, more + '}');
    }
    return text + '}';
}

} // namespace

std::string FeaturePlace::collection_address() const { return fmt::format("{}/collections/{}", base, collection); }
std::string FeaturePlace::address() const { return fmt::format("{}/items/{}", collection_address(), http::percent_encode(id)); }

geo::Feature shown_feature(const schema::Schema &schema, geo::Feature feature) {
    schema::complete(schema, feature);
    return as_served(std::move(feature));
}

http::Response answer_feature(int status, const FeaturePlace &place, const schema::Schema &schema, const MadeFeature &made) {
    const geo::Feature feature = shown_feature(schema, made.feature);
    std::string body;
    append_feature(body, feature, links_of(place));
    http::Response response = http::json(status, std::move(body), "application/geo+json")
                                  .with_etag(feature_etag(feature_content_tag(feature)))
                                  .with_cache_control("private, no-store")
                                  .with("Content-Crs", std::string(crs84_header))
                                  .with(status == 201 ? "Location" : "Content-Location", place.address());
    if (!made.repaired.empty()) {
        std::string names;
        for (const geo::RepairKind kind : made.repaired) {
            names += (names.empty() ? "" : ", ") + std::string(geo::repair_kind_name(kind));
        }
        response.headers.set("Keyaki-Repaired", names);
    }
    return response;
}

http::Response answer_conflict(const schema::Schema &schema, const TwoVersions &versions) {
    const auto shown = [&schema](const std::optional<geo::Feature> &feature) {
        return feature ? std::optional(shown_feature(schema, *feature)) : std::nullopt;
    };
    http::Response response = http::problem(versions.status, {}, versions.detail, versions.type);
    std::string body(response.text().substr(0, response.text().size() - 1));
    body += R"(,"conflict":{"feature":)";
    append_json_string(body, versions.id);
    body += R"(,"sent_against":)" + version_json(shown(versions.sent_against));
    body += R"(,"present":)" + version_json(shown(versions.present)) + "}}";
    response.body = std::make_shared<const std::string>(std::move(body));
    return response;
}

} // namespace keyaki::server::editing
