#include "importers/feature_stream.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

geo::Feature sample_feature() {
    geo::Feature feature{"第1", geo::Geometry::polygon({{{139, 35}, {140, 35}, {140, 36}, {139, 35}}}), {}};
    feature.properties.append("名称", std::string("清瀬"));
    feature.properties.append("n", std::int64_t{-5});
    feature.properties.append("x", 0.1);
    feature.properties.append("b", true);
    feature.properties.set("nothing", {});
    return feature;
}

ImportReport sample_report() {
    ImportReport report;
    report.driver = "GPKG";
    report.encoding = {"CP932", "because", {"a", "b"}};
    report.crs = {"EPSG:4301", "Tokyo", "given", 9.5, true, true};
    report.columns = {{"名称", "key", "text", "given by --key"}};
    report.rows_read = 5'000'000'000;
    report.refuse({3, "c", "v", "r"});
    report.suspect({4, "c", "v", "s", "mojibake"});
    report.preset = {"aed", "AED設置箇所一覧", "AEDs", "its columns"};
    report.warn("careful");
    report.repaired["self_intersection"] = 2;
    return report;
}

template <typename Item>
Item through(const Item &item, std::size_t chunk) {
    std::string bytes;
    if constexpr (std::is_same_v<Item, StreamFeature>) {
        write_frame(item.feature, item.row, bytes);
    } else {
        write_frame(item, bytes);
    }
    FrameReader reader;
    for (std::size_t i = 0; i < bytes.size(); i += chunk) {
        CHECK_FALSE(reader.next());
        reader.feed(std::string_view(bytes).substr(i, chunk));
    }
    auto read = reader.next();
    REQUIRE(read);
    CHECK_FALSE(reader.next());
    return std::get<Item>(*read);
}

} // namespace

TEST_CASE("features and reports come out of a stream as they went in, however it is cut") {
    for (const std::size_t chunk : {1U, 3U, 1000U}) {
        const StreamFeature feature = through(StreamFeature{sample_feature(), 1528}, chunk);
        CHECK(feature.feature == sample_feature());
        CHECK(feature.row == 1528);
        CHECK(through(sample_report(), chunk) == sample_report());
    }
    OsmReport osm;
    osm.format = "PBF";
    osm.nodes = 6'000'000'000;
    osm.features = {{"roads", 3}, {"water", 0}};
    osm.unordered = true;
    osm.refuse({"w1", "its ring is open"});
    CHECK(through(osm, 7) == osm);
    const LostRow lost = through(LostRow{"a", sample_feature().properties, 9}, 3);
    CHECK(lost.id == "a");
    CHECK(lost.properties == sample_feature().properties);
    CHECK(lost.row == 9);
    const StreamError error = through(StreamError{geo::ErrorKind::too_large, "so"}, 5);
    CHECK(error.kind == geo::ErrorKind::too_large);
    CHECK(error.sentence == "so");
}

TEST_CASE("geometries that break their invariants do not come out of a stream") {
    const auto refused = [](const geo::Geometry &geometry) {
        std::string bytes;
        write_frame(geo::Feature{"", geometry, {}}, 1, bytes);
        FrameReader reader;
        reader.feed(bytes);
        try {
            (void)reader.next();
        } catch (const geo::Error &error) {
            return error.kind() == geo::ErrorKind::corrupt;
        }
        return false;
    };
    using enum geo::GeometryType;
    CHECK(refused({point, {}, {}, {}}));
    CHECK(refused({point, {{200, 0}}, {}, {}}));
    CHECK(refused({point, {{0, 0}, {1, 1}}, {}, {}}));
    CHECK(refused({line_string, {{0, 0}, {1, 1}}, {}, {}}));
    CHECK(refused({line_string, {{0, 0}, {1, 1}}, {900}, {}}));
    CHECK(refused({line_string, {{0, 0}, {1, 1}, {2, 2}}, {2}, {}}));
    CHECK(refused({multi_line_string, {{0, 0}, {1, 1}, {2, 2}, {3, 3}}, {4, 2}, {}}));
    CHECK(refused({polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {4}, {}}));
    CHECK(refused({polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {4}, {7}}));
    CHECK(refused({polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 1}}, {4}, {1}}));
    CHECK_FALSE(refused({polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {4}, {1}}));
}

TEST_CASE("a stream with changed bytes gives items or an error, and nothing worse") {
    std::string whole;
    write_frame(sample_feature(), 1, whole);
    write_frame(sample_report(), whole);
    write_frame(StreamProgress{1, 2, "bytes"}, whole);
    std::mt19937 random(20260412); // NOLINT: the same changes every time
    for (int round = 0; round < 20'000; ++round) {
        std::string changed = whole;
        for (int change = 0; change < 3; ++change) {
            changed[random() % changed.size()] = static_cast<char>(random());
        }
        FrameReader reader;
        reader.feed(changed);
        try {
            while (reader.next()) {
            }
        } catch (const geo::Error &error) {
            REQUIRE(error.kind() == geo::ErrorKind::corrupt);
        }
    }
}

TEST_CASE("a feature of a map comes with its layer, and a layer that does not exist is refused") {
    std::string bytes;
    write_osm_frame(3, sample_feature(), bytes);
    FrameReader reader;
    reader.feed(bytes);
    const auto item = reader.next();
    REQUIRE(item);
    CHECK(std::get<StreamOsmFeature>(*item).layer == 3);
    CHECK(std::get<StreamOsmFeature>(*item).feature == sample_feature());
    bytes[5] = 99; // the byte after length and kind
    FrameReader other;
    other.feed(bytes);
    CHECK_THROWS_WITH(other.next(), Catch::Contains("a layer that does not exist"));
}

TEST_CASE("a sentence that quotes a broken name is still UTF-8 for whoever reads the stream") {
    CHECK(through(StreamError{geo::ErrorKind::invalid_input, "found \xFFx"}, 100).sentence == "found \xEF\xBF\xBDx");
    CHECK(through(StreamError{geo::ErrorKind::invalid_input, "in a\nb.csv"}, 100).sentence == "in a b.csv");
}
