#include "geo/tile_id.hpp"

#include "geo/limits.hpp"

#include <random>
#include <unordered_set>

#include <catch2/catch.hpp>

namespace keyaki::geo {

TEST_CASE("the tile of zoom 0 is the whole world of Web Mercator") {
    const LonLatBox world = bounds({0, 0, 0});
    CHECK(world.west_deg == -180);
    CHECK(world.east_deg == 180);
    CHECK(world.north_deg == Approx(max_mercator_lat_deg).epsilon(1e-14));
    CHECK(world.south_deg == Approx(-max_mercator_lat_deg).epsilon(1e-14));
}

TEST_CASE("Kiyose lies where every map of the world has it") {
    // From the formula of the OSM wiki's slippy map names, worked by hand: x = 14542.006, y = 6445.802.
    CHECK(tile_at({139.5265, 35.7857}, 14) == TileId{14, 14542, 6445});
    CHECK(tile_at({139.5265, 35.7857}, 0) == TileId{0, 0, 0});
    CHECK(tile_at({-180, 90}, 24) == TileId{24, 0, 0});
    CHECK(tile_at({180, -90}, 24) == TileId{24, (1U << 24) - 1, (1U << 24) - 1});
}

TEST_CASE("validity of a tile ends at its zoom's width and at the deepest zoom") {
    CHECK(is_valid({0, 0, 0}));
    CHECK_FALSE(is_valid({0, 1, 0}));
    CHECK(is_valid({24, (1U << 24) - 1, 0}));
    CHECK_FALSE(is_valid({24, 0, 1U << 24}));
    CHECK_FALSE(is_valid({25, 0, 0}));
    CHECK_FALSE(is_valid({255, 0, 0}));
}

TEST_CASE("a position lies in the bounds of its tile, the tile in those of its parent") {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> lon(-180, 180);
    std::uniform_real_distribution<double> lat(-85.05, 85.05);
    for (int i = 0; i < 20'000; ++i) {
        const LonLat position{lon(random), lat(random)};
        const auto z = static_cast<std::uint8_t>(i % 25);
        const TileId tile = tile_at(position, z);
        REQUIRE(is_valid(tile));
        const LonLatBox box = bounds(tile);
        // The edge may differ from the grid's by the last bits of a double.
        REQUIRE(position.lon_deg >= box.west_deg - 1e-12);
        REQUIRE(position.lon_deg <= box.east_deg + 1e-12);
        REQUIRE(position.lat_deg >= box.south_deg - 1e-12);
        REQUIRE(position.lat_deg <= box.north_deg + 1e-12);
        if (z > 0) {
            REQUIRE(tile.parent() == tile_at(position, static_cast<std::uint8_t>(z - 1)));
        }
    }
}

TEST_CASE("tiles next to each other share an edge to the last bit") {
    for (std::uint32_t x = 0; x < 64; ++x) {
        CHECK(bounds({8, x, 40}).east_deg == bounds({8, x + 1, 40}).west_deg);
        CHECK(bounds({8, 40, x}).south_deg == bounds({8, 40, x + 1}).north_deg);
    }
}

TEST_CASE("the numbers along Hilbert's curve are the ones of the PMTiles specification's readers") {
    CHECK(hilbert_id({0, 0, 0}) == 0);
    CHECK(hilbert_id({1, 0, 0}) == 1);
    CHECK(hilbert_id({1, 0, 1}) == 2);
    CHECK(hilbert_id({1, 1, 1}) == 3);
    CHECK(hilbert_id({1, 1, 0}) == 4);
    CHECK(hilbert_id({2, 0, 0}) == 5);
    CHECK(hilbert_id({2, 1, 3}) == 11);
    CHECK(hilbert_id({3, 3, 0}) == 26);
    CHECK(hilbert_id({12, 3423, 1763}) == 19'078'479);
    CHECK(hilbert_id({20, 1234, 5678}) == 366'563'052'717);
}

TEST_CASE("a tile's number along Hilbert's curve gives the tile back, at every zoom") {
    for (std::uint64_t id = 0; id < 100'000; ++id) {
        REQUIRE(hilbert_id(*tile_of_hilbert_id(id)) == id);
    }
    std::mt19937_64 random(12);
    for (int i = 0; i < 20'000; ++i) {
        const auto z = static_cast<std::uint8_t>(i % 25);
        const TileId tile{z, static_cast<std::uint32_t>(random() % (1U << z)), static_cast<std::uint32_t>(random() % (1U << z))};
        REQUIRE(tile_of_hilbert_id(hilbert_id(tile)) == tile);
    }
    CHECK(tile_of_hilbert_id(first_hilbert_id(25) - 1)->z == 24);
    CHECK_FALSE(tile_of_hilbert_id(first_hilbert_id(25)).has_value());
    CHECK_FALSE(tile_of_hilbert_id(~std::uint64_t{0}).has_value());
}

TEST_CASE("neighbours in the row of tiles are neighbours on the map") {
    for (std::uint64_t id = first_hilbert_id(9); id + 1 < first_hilbert_id(10); ++id) {
        const TileId one = *tile_of_hilbert_id(id);
        const TileId next = *tile_of_hilbert_id(id + 1);
        const auto step = [](std::uint32_t a, std::uint32_t b) { return a < b ? b - a : a - b; };
        REQUIRE(step(one.x, next.x) + step(one.y, next.y) == 1);
    }
}

TEST_CASE("hashes of neighbouring tiles spread over their low bits") {
    std::unordered_set<std::size_t> buckets;
    for (std::uint32_t x = 0; x < 64; ++x) {
        for (std::uint32_t y = 0; y < 64; ++y) {
            buckets.insert(std::hash<TileId>()({16, 58000 + x, 25000 + y}) % 4096);
        }
    }
    CHECK(buckets.size() > 2400); // 4096 balls into 4096 urns fill 2,589 of them on average
}

} // namespace keyaki::geo
