#include "tiles/tile_builder.hpp"

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/tile_support.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

using namespace keyaki;
using test::at;
using test::kiyose_tile;
using test::ring_at;
using test::snapshot_of;
using test::text_of;
using test::tile_of;

namespace {

geo::Feature point_feature(std::string id, std::int32_t x, std::int32_t y) {
    return {std::move(id), geo::Geometry::point(at(kiyose_tile, x, y)), {}};
}

geo::Feature polygon_feature(const std::vector<std::vector<tiles::TilePoint>> &rings) {
    std::vector<std::vector<geo::LonLat>> positions;
    for (const auto &ring : rings) {
        positions.push_back(ring_at(kiyose_tile, ring));
    }
    return {"1", geo::Geometry::polygon(positions), {}};
}

std::string drawn(const geo::Feature &feature) { return text_of(tile_of(snapshot_of({feature}), kiyose_tile)); }

} // namespace

TEST_CASE("a tile of one of each reads as written") {
    geo::Feature shelter = point_feature("12", 100, 200);
    shelter.properties.set("name", std::string("清瀬第一"));
    shelter.properties.set("capacity", std::int64_t{450});
    shelter.properties.set("below_sea_m", std::int64_t{-3});
    shelter.properties.set("share", 0.5);
    shelter.properties.set("open", true);
    shelter.properties.set("note", std::monostate{});
    geo::Feature path{"13", geo::Geometry::line_string({at(kiyose_tile, 300, 300), at(kiyose_tile, 400, 300), at(kiyose_tile, 400, 500)}), {}};
    path.properties.set("name", std::string("清瀬第一"));
    geo::Feature park = polygon_feature({{{1000, 1000}, {2000, 1000}, {2000, 2000}, {1000, 2000}}, {{1200, 1200}, {1300, 1200}, {1300, 1300}}});
    park.id = "14";
    park.properties.set("id", std::string("own"));
    CHECK(text_of(tile_of(snapshot_of({park, path, shelter}), kiyose_tile)) ==
          "layer 14 polygon (1000 1000, 2000 1000, 2000 2000, 1000 2000) hole (1300 1300, 1300 1200, 1200 1200) id=own\n"
          "layer 13 line (300 300, 400 300, 400 500) name=清瀬第一 id=13\n"
          "layer 12 point (100 200) name=清瀬第一 capacity=450 below_sea_m=-3 share=0.5 open=true id=12\n");
}

TEST_CASE("the bytes of a small tile are those that the specification gives") {
    // 4.3.4.2: MoveTo 1 = 9, then zigzag(25) = 50 and zigzag(17) = 34; by hand, field by field.
    const auto snapshot = snapshot_of({point_feature("5", 25, 17)}, test::description("p"));
    const std::string expected = {0x1a, 0x20, 0x78, 2,   0x0a, 1, 'p',  0x12, 0x0d, 0x08, 5,
                                  0x12, 2,    0,    0,   0x18, 1, 0x22, 3,    9,    50,   34,
                                  0x1a, 2,    'i',  'd', 0x22, 3, 0x0a, 1,    '5',  0x28, static_cast<char>(0x80),
                                  0x20};
    CHECK(tile_of(snapshot, kiyose_tile) == expected);
}

TEST_CASE("an exterior is wound clockwise on the screen and holes against it, whatever the source did") {
    const std::vector<tiles::TilePoint> clockwise = {{10, 10}, {110, 10}, {110, 110}, {10, 110}};
    const std::vector<tiles::TilePoint> hole = {{40, 40}, {40, 60}, {60, 60}, {60, 40}};
    for (const bool turn_exterior : {false, true}) {
        for (const bool turn_hole : {false, true}) {
            auto rings = std::vector{clockwise, hole};
            if (turn_exterior) {
                std::reverse(rings[0].begin(), rings[0].end());
            }
            if (turn_hole) {
                std::reverse(rings[1].begin(), rings[1].end());
            }
            const auto tile = tiles::read_mvt(tile_of(snapshot_of({polygon_feature(rings)}), kiyose_tile));
            INFO(test::findings_of(tile));
            REQUIRE(tile.findings.empty());
            const auto &paths = tile.layers.at(0).features.at(0).paths;
            REQUIRE(paths.size() == 2);
            CHECK(tiles::doubled_area(paths.path(0)) == 2 * 100 * 100);
            CHECK(tiles::doubled_area(paths.path(1)) == -2 * 20 * 20);
        }
    }
}

TEST_CASE("a polygon that crosses itself is drawn as the valid polygons that it encloses") {
    CHECK(drawn(polygon_feature({{{0, 0}, {100, 100}, {100, 0}, {0, 100}}})) ==
          "layer 1 polygon (100 0, 100 100, 50 50) polygon (50 50, 0 100, 0 0) id=1\n");
}

TEST_CASE("a hole outside of its exterior is not drawn") {
    const auto text = drawn(polygon_feature({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}, {{200, 200}, {300, 200}, {300, 300}}}));
    CHECK(text.find("error") == std::string::npos);
    CHECK(text.find("0 0") != std::string::npos);
}

TEST_CASE("spikes and doubled points go, and a polygon without area goes altogether") {
    CHECK(drawn(polygon_feature({{{0, 0}, {100, 0}, {100, 0}, {100, 50}, {300, 50}, {100, 50}, {100, 100}, {0, 100}}})) ==
          "layer 1 polygon (0 0, 100 0, 100 100, 0 100) id=1\n");
    CHECK(drawn(polygon_feature({{{0, 0}, {100, 100}, {50, 50}}})).empty());
}

TEST_CASE("what is smaller than a unit goes, a point stays") {
    const geo::TileId far{4, kiyose_tile.x >> 10, kiyose_tile.y >> 10};
    const auto snapshot = snapshot_of({polygon_feature({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}}),
                                       point_feature("2", 0, 0),
                                       {"3", geo::Geometry::line_string({at(kiyose_tile, 0, 0), at(kiyose_tile, 50, 50)}), {}}});
    const auto tile = tiles::read_mvt(tile_of(snapshot, far));
    REQUIRE(tile.layers.size() == 1);
    REQUIRE(tile.layers[0].features.size() == 1);
    CHECK(tile.layers[0].features[0].id == 2);
}

TEST_CASE("a polygon around the whole tile is drawn as the tile with its buffer") {
    CHECK(drawn(polygon_feature({{{-9000, -9000}, {9000, -9000}, {9000, 9000}, {-9000, 9000}}})) ==
          "layer 1 polygon (-64 4160, -64 -64, 4160 -64, 4160 4160) id=1\n");
}

TEST_CASE("a line that leaves the tile and comes back is drawn in two pieces") {
    const geo::Feature line{
        "1",
        geo::Geometry::line_string({at(kiyose_tile, 4000, 100), at(kiyose_tile, 5000, 100), at(kiyose_tile, 5000, 300), at(kiyose_tile, 4000, 300)}),
        {}};
    CHECK(drawn(line) == "layer 1 line (4000 100, 4160 100) line (4160 300, 4000 300) id=1\n");
}

TEST_CASE("points are drawn to the end of the buffer and not beyond") {
    const auto text = text_of(
        tile_of(snapshot_of({point_feature("1", -64, 0), point_feature("2", -65, 0), point_feature("3", 4160, 4160), point_feature("4", 4161, 0)}),
                kiyose_tile));
    CHECK(text == "layer 1 point (-64 0) id=1\nlayer 3 point (4160 4160) id=3\n");
}

TEST_CASE("a layer is empty outside of its zooms") {
    const auto snapshot = snapshot_of({point_feature("1", 10, 10)}, test::description("layer", 12, 14));
    CHECK_FALSE(tile_of(snapshot, kiyose_tile).empty());
    CHECK_FALSE(tile_of(snapshot, kiyose_tile.parent().parent()).empty());
    CHECK(tile_of(snapshot, kiyose_tile.parent().parent().parent()).empty());
    CHECK(tile_of(snapshot, {15, kiyose_tile.x * 2, kiyose_tile.y * 2}).empty());
}

TEST_CASE("layers stand in the tile in the order asked for, those with nothing to draw not at all") {
    const std::vector<tiles::TileLayer> layers{{snapshot_of({point_feature("1", 10, 10)}), "b"},
                                               {snapshot_of({point_feature("1", 9000, 10)}), "far"},
                                               {snapshot_of({point_feature("2", 20, 20)}), "a"}};
    CHECK(text_of(tiles::build_tile(layers, kiyose_tile)) == "b 1 point (10 10) id=1\na 2 point (20 20) id=2\n");
}

TEST_CASE("a value is written once, also where two parts of a snapshot have it") {
    auto features = test::random_features(11, 300);
    const auto one = snapshot_of({features.begin(), features.begin() + 200});
    const auto two = one->with_changes(test::description(), {}, {features.begin() + 200, features.begin() + 230});
    REQUIRE(two->parts().size() == 2);
    const auto tile = tiles::read_mvt(tile_of(two, {12, 3636, 1610}));
    CHECK(test::findings_of(tile).empty());
}

TEST_CASE("values of every length of length, and more of them than two bytes count, come back as they were") {
    std::vector<geo::Feature> features;
    for (const std::size_t length : {0U, 1U, 125U, 126U, 127U, 128U, 129U, 16'380U, 16'383U, 16'384U, 70'000U}) {
        geo::Feature feature = point_feature("length-" + std::to_string(length), static_cast<std::int32_t>(features.size()), 0);
        feature.properties.set("text", std::string(length, 'x'));
        features.push_back(std::move(feature));
    }
    while (features.size() < 9'000) { // with the ids 18,000 values
        const auto place = static_cast<std::int32_t>(features.size());
        features.push_back(point_feature("p-" + std::to_string(place), place % 4096, place / 4096));
        features.back().properties.set("number", std::int64_t{place} * place * place);
    }
    const auto snapshot = snapshot_of(features);
    for (const std::string &tile :
         {tile_of(snapshot, kiyose_tile),
          tile_of(snapshot->with_changes(snapshot->description(), {}, {features[3], features[8], features[8'000]}), kiyose_tile)}) {
        const tiles::MvtTile read = tiles::read_mvt(tile);
        INFO(test::findings_of(read));
        REQUIRE(read.is_valid());
        REQUIRE(read.layers.size() == 1);
        std::map<std::string, geo::Properties> by_id;
        for (const tiles::MvtFeature &feature : read.layers[0].features) {
            geo::Properties properties = read.layers[0].properties(feature);
            by_id.emplace(std::get<std::string>(*properties.find("id")), std::move(properties));
        }
        REQUIRE(by_id.size() == features.size());
        const bool all_are_there = std::all_of(features.begin(), features.end(), [&](const geo::Feature &feature) {
            return std::all_of(feature.properties.begin(), feature.properties.end(), [&](const auto &property) {
                const geo::Value *found = by_id.at(feature.id).find(property.first);
                return found != nullptr && *found == property.second;
            });
        });
        CHECK(all_are_there);
    }
}

TEST_CASE("the deepest zooms draw a feature that reaches around the world") {
    const auto snapshot = snapshot_of({{"1", geo::Geometry::polygon({{{-179, -80}, {179, -80}, {179, 80}, {-179, 80}, {-179, -80}}}), {}},
                                       {"2", geo::Geometry::line_string({{-170, 35}, {170, 35}}), {}}},
                                      test::description("layer", 0, 24));
    const geo::TileId tile = geo::tile_at({139.5, 35.0}, 24);
    const auto text = text_of(tile_of(snapshot, tile));
    INFO(text);
    CHECK(text.find("layer 1 polygon (4160 -64, 4160 4160, -64 4160, -64 -64) id=1") != std::string::npos);
    CHECK(text.find("layer 2 line (-64 3576, 4160 3576) id=2") != std::string::npos);
}

TEST_CASE("other extents and buffers draw the same in their units") {
    const auto single = snapshot_of({polygon_feature({{{-900, 0}, {100, 0}, {100, 100}, {-900, 100}}})});
    CHECK(text_of(tile_of(single, kiyose_tile, {512, 0})) == "layer 1 polygon (0 0, 13 0, 13 13, 0 13) id=1\n");
    CHECK(text_of(tile_of(single, kiyose_tile, {8192, 128})) == "layer 1 polygon (-128 0, 200 0, 200 200, -128 200) id=1\n");
}

TEST_CASE("past the limit of features the largest stay, and what stays does so when one zooms in") {
    std::vector<geo::Feature> features;
    for (int number = 0; number < 70'000; ++number) {
        features.push_back(point_feature(std::to_string(number + 10), number % 4096, number / 4096 * 16));
    }
    features.push_back(polygon_feature({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}}));
    const auto tile = tiles::read_mvt(tile_of(snapshot_of(features), kiyose_tile));
    REQUIRE(tile.layers.size() == 1);
    CHECK(tile.layers[0].features.size() == tiles::max_features_per_tile_layer);
    CHECK(std::any_of(tile.layers[0].features.begin(), tile.layers[0].features.end(), [](const auto &feature) { return feature.id == 1; }));
}

TEST_CASE("many threads build the bytes that one builds") {
    const auto snapshot = snapshot_of(test::random_features(12, 3000));
    std::vector<geo::TileId> addresses;
    for (std::uint32_t x = 14540; x < 14552; ++x) {
        for (std::uint32_t y = 6437; y < 6449; ++y) {
            addresses.push_back({14, x, y});
        }
    }
    std::vector<std::string> expected;
    for (const auto tile : addresses) {
        expected.push_back(tile_of(snapshot, tile));
    }
    std::array<std::size_t, 4> wrong{};
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < wrong.size(); ++number) {
        threads.emplace_back([&, number] {
            for (std::size_t round = 0; round < 3 * addresses.size(); ++round) {
                const std::size_t index = (round * (2 * number + 1)) % addresses.size();
                wrong[number] += tile_of(snapshot, addresses[index]) == expected[index] ? 0U : 1U;
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(wrong == std::array<std::size_t, 4>{});
}

TEST_CASE("GDAL reads a tile") {
    if (!test::has_program("ogrinfo")) {
        WARN("skipped: ogrinfo (gdal-bin) is not installed");
        return;
    }
    const auto features = test::random_features(13, 500);
    const std::string bytes = tile_of(snapshot_of(features), {12, 3636, 1610});
    const auto tile = tiles::read_mvt(bytes);
    REQUIRE(tile.layers.size() == 1);
    const test::TemporaryFolder folder;
    const auto path = folder.write("tile.mvt", bytes);
    const test::CommandResult read = test::run({"ogrinfo", "-ro", "-al", path.string()});
    const std::string output = read.out + read.error;
    INFO(output.substr(0, 2000));
    CHECK(output.find("Feature Count: " + std::to_string(tile.layers[0].features.size()) + "\n") != std::string::npos);
    CHECK(output.find("name (String) = 名前 ") != std::string::npos);
    CHECK(output.find("rank: Integer") != std::string::npos);
    CHECK(output.find("ERROR") == std::string::npos);
    CHECK(output.find("Warning") == std::string::npos);
}
