// A page's body, piece by piece.
#include "server/features/items_body.hpp"

#include "server/http/limits.hpp"
#include "server/limits.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

Collection collection_of(const std::vector<geo::Feature> &features) {
    tiles::LayerSnapshot::Builder builder({"a", 7, 0, 14, {}, {}, {}});
    for (const geo::Feature &feature : features) {
        builder.add(feature);
    }
    data::LayerSpec spec;
    spec.id = "a";
    spec.title_ja = "名前<1>";
    spec.title_en = "Name";
    return {"a", spec, builder.finish(), false};
}

std::vector<geo::Feature> points(int count) {
    std::vector<geo::Feature> features;
    for (int number = 0; number < count; ++number) {
        geo::Feature feature{"p" + std::to_string(100'000 + number), geo::Geometry::point({139.5, 35.8}), {}};
        feature.properties.set("name", std::string("<script>alert(1)</script>") + std::to_string(number));
        features.push_back(std::move(feature));
    }
    return features;
}

struct Body {
    std::string text;
    std::size_t pieces = 0;
    std::size_t largest_piece = 0;
};

Body read(http::BodySource &source) {
    Body body;
    for (bool has_more = true; has_more;) {
        std::string piece;
        has_more = source.append_piece(piece);
        ++body.pieces;
        body.largest_piece = std::max(body.largest_piece, piece.size());
        body.text += piece;
    }
    return body;
}

const ItemsAddress address{"http://h", "http://h/self", "http://h/other", "http://h/next?after="};

Body geojson(const Collection &collection, std::size_t limit) {
    return read(*geojson_items(collection, find_items(*collection.snapshot, {}, {}, limit), crs84(), address));
}

} // namespace

TEST_CASE("ten thousand features come in pieces of the size that a reader is given, and make one document") {
    const Body body = geojson(collection_of(points(10'000)), 10'000);
    CHECK(body.pieces > 5);
    CHECK(body.largest_piece < http::limits::piece_bytes + 1'000);
    const auto page = nlohmann::json::parse(body.text);
    CHECK(page["features"].size() == 10'000);
    CHECK(page["numberReturned"] == 10'000);
    CHECK(page["numberMatched"] == 10'000);
}

TEST_CASE("the link to the next page stands exactly where there is one") {
    const Collection collection = collection_of(points(10));
    const auto next = [&](std::size_t limit) {
        const auto page = nlohmann::json::parse(geojson(collection, limit).text);
        for (const auto &link : page["links"]) {
            if (link["rel"] == "next") {
                return link["href"].get<std::string>();
            }
        }
        return std::string();
    };
    CHECK(next(9) == "http://h/next?after=p100008");
    CHECK(next(10).empty());
    const auto empty = nlohmann::json::parse(geojson(collection_of({}), 10).text);
    CHECK(empty["features"].empty());
    CHECK(empty["numberReturned"] == 0);
}

TEST_CASE("a page ends before its limit when its features are large, and the next goes on") {
    std::vector<geo::Feature> features;
    for (int number = 0; number < 30; ++number) { // of 2 MB each
        std::vector<geo::LonLat> line;
        for (int vertex = 0; vertex < 80'000; ++vertex) {
            line.push_back({139 + vertex * 1.00001e-6, 35 + number * 1e-3 + vertex * 1.00003e-6});
        }
        features.push_back({"l" + std::to_string(100 + number), geo::Geometry::line_string(std::move(line)), {}});
    }
    const Collection collection = collection_of(features);
    const Body body = geojson(collection, 100);
    CHECK(body.text.size() < max_page_bytes + 3'000'000);
    const auto page = nlohmann::json::parse(body.text);
    const std::size_t returned = page["features"].size();
    CHECK(returned > 5);
    CHECK(returned < 30);
    CHECK(page["numberReturned"] == returned);
    CHECK(page["numberMatched"] == 30);
    CHECK(page["links"].back()["rel"] == "next");
    CHECK(page["links"].back()["href"] == "http://h/next?after=" + page["features"].back()["id"].get<std::string>());
}

TEST_CASE("a page for people holds the same features, and nothing of them is more than text") {
    const Collection collection = collection_of(points(3));
    const Body body = read(*html_items(collection, find_items(*collection.snapshot, {}, {}, 2), crs84(), address));
    CHECK_THAT(body.text, Catch::StartsWith("<!doctype html>") && Catch::Contains("名前&lt;1&gt;") && Catch::Contains("3 件 / 3 features") &&
                              Catch::Contains("http://h/collections/a/items/p100001?f=html") &&
                              Catch::Contains(R"(rel="next" href="http://h/next?after=p100001")"));
    CHECK(body.text.find("<script") == std::string::npos);
    const auto feature = collection.snapshot->find_in_place("p100000");
    REQUIRE(feature);
    const std::string one = html_item(collection, *feature, crs84(), "http://h", "http://h/other");
    CHECK(one.find("<script") == std::string::npos);
    CHECK_THAT(one, Catch::Contains("[139.5,35.8]"));
}
