#include "tiles/numeric_id.hpp"

#include "tests/tiles/tile_support.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;

TEST_CASE("whole numbers are their own numeric ids, up to what JavaScript holds") {
    CHECK(tiles::numeric_id_of("0") == 0);
    CHECK(tiles::numeric_id_of("7") == 7);
    CHECK(tiles::numeric_id_of("9007199254740991") == 9007199254740991U);
}

TEST_CASE("every other id is hashed to 53 bits, the same for ever") {
    // Written down once: clients hold on to these.
    CHECK(tiles::numeric_id_of("way/123") == 0x136bca7808eb64);
    for (const char *id : {"", "07", "-1", "1.0", "9007199254740992", "18446744073709551616", "way/1", "避難所"}) {
        CHECK(tiles::numeric_id_of(id) > 0);
        CHECK(tiles::numeric_id_of(id) < (std::uint64_t{1} << 53));
    }
    CHECK(tiles::numeric_id_of("07") != 7);
}

TEST_CASE("features that share a numeric id are drawn without one, and with one again when only one is left") {
    // The hash of one id, written as the other.
    const std::string hashed = "way/123";
    const std::string number = std::to_string(tiles::numeric_id_of(hashed));
    const geo::Feature one{hashed, geo::Geometry::point(test::at(test::kiyose_tile, 10, 10)), {}};
    const geo::Feature other{number, geo::Geometry::point(test::at(test::kiyose_tile, 20, 20)), {}};
    const auto only = test::snapshot_of({one});
    CHECK(test::text_of(test::tile_of(only, test::kiyose_tile)) == "layer " + number + " point (10 10) id=way/123\n");
    const std::string without = "layer - point (20 20) id=" + number + "\nlayer - point (10 10) id=way/123\n";
    const auto both = only->with_changes(test::description(), {}, {other});
    CHECK(test::text_of(test::tile_of(both, test::kiyose_tile)) == without);
    CHECK(test::text_of(test::tile_of(test::snapshot_of({other, one}), test::kiyose_tile)) == without);
    const std::vector<std::string> removed{number};
    CHECK(test::tile_of(both->with_changes(test::description(), removed, {}), test::kiyose_tile) == test::tile_of(only, test::kiyose_tile));
}
