#include "server/feature_tag.hpp"

#include "geo/error.hpp"
#include "tiles/layer_snapshot.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

geo::Feature shelter(double lon_deg, double lat_deg) {
    geo::Feature feature;
    feature.id = "a";
    feature.geometry = geo::Geometry::line_string({{lon_deg, lat_deg}, {139.5, 35.7}});
    feature.properties.set("name", "清瀬第一小学校");
    feature.properties.set("capacity", std::int64_t{120});
    return feature;
}

http::Request with_if_match(std::string value) {
    http::Request request = http::make_request(http::Method::put, "/");
    request.headers.add("If-Match", std::move(value));
    return request;
}

} // namespace

TEST_CASE("a feature has the same tag whether it is read from the database or from a snapshot") {
    for (const double lon_deg : {139.526213, 139.52621345678901, 139.99999999999, -0.00000004, 12.34567895}) {
        const geo::Feature stored = shelter(lon_deg, 35.785712345678901);
        tiles::LayerSnapshot::Builder builder({"shelters", 1, 0, 14, "", "", ""});
        builder.add(stored);
        CAPTURE(lon_deg);
        CHECK(feature_content_tag(*builder.finish()->find("a")) == feature_content_tag(stored));
    }
}

TEST_CASE("the tag of a feature follows id, geometry and values, and not the order of the properties") {
    const geo::Feature one = shelter(139.526213, 35.785712);
    geo::Feature turned = one;
    turned.properties = {};
    turned.properties.set("capacity", std::int64_t{120});
    turned.properties.set("name", "清瀬第一小学校");
    CHECK(feature_content_tag(turned) == feature_content_tag(one));
    geo::Feature other = one;
    other.properties.set("capacity", std::int64_t{121});
    CHECK(feature_content_tag(other) != feature_content_tag(one));
    other = one;
    other.id = "b";
    CHECK(feature_content_tag(other) != feature_content_tag(one));
    CHECK(feature_content_tag(shelter(139.5262131, 35.785712)) != feature_content_tag(one));
}

TEST_CASE("If-Match names a feature's content by the strong tag of any representation, in any encoding") {
    const std::string content = feature_content_tag(shelter(139.5, 35.8));
    const std::string other = feature_content_tag(shelter(139.6, 35.8));
    CHECK(match_feature(http::make_request(http::Method::put, "/"), content) == FeatureMatch::absent);
    CHECK(match_feature(with_if_match(feature_etag(content)), content) == FeatureMatch::matches);
    CHECK(match_feature(with_if_match(feature_etag(content, "6677")), content) == FeatureMatch::matches);
    CHECK(match_feature(with_if_match('"' + content + "-gzip\""), content) == FeatureMatch::matches);
    CHECK(match_feature(with_if_match(feature_etag(other) + ", " + feature_etag(content)), content) == FeatureMatch::matches);
    CHECK(match_feature(with_if_match("*"), content) == FeatureMatch::matches);
    CHECK(match_feature(with_if_match(feature_etag(other)), content) == FeatureMatch::differs);
    CHECK(match_feature(with_if_match("W/" + feature_etag(content)), content) == FeatureMatch::differs);
    CHECK(match_feature(with_if_match("*"), "") == FeatureMatch::differs);
    CHECK_THROWS_AS(match_feature(with_if_match(content), content), geo::Error);
}
