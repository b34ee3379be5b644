#include "importers/osm_coastline.hpp"

#include "tests/importers/shortbread_support.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

constexpr geo::GridBox box{100, 100, 200, 200};

geo::GridVertex at(std::uint32_t x, std::uint32_t y) { return {{x, y}, x * 1000 + y}; }

bool is_sea(const OsmOcean &ocean, std::uint32_t x, std::uint32_t y) {
    REQUIRE(ocean.shape);
    bool inside = false;
    for (std::size_t path = 0; path < ocean.shape->path_count(); ++path) {
        inside = inside != test::is_inside(ocean.shape->path(path), {x, y});
    }
    return inside;
}

} // namespace

// Land is on the left of a coast, the sea on its right; the map's x goes east and its y south.

TEST_CASE("a coast from edge to edge has its sea on the right, up to the edge of the extract") {
    const OsmOcean ocean = ocean_of({{1, {at(50, 150), at(150, 150)}}, {2, {at(150, 150), at(250, 150)}}}, box); // eastwards
    CHECK(is_sea(ocean, 150, 190));
    CHECK_FALSE(is_sea(ocean, 150, 110));
    const OsmOcean turned = ocean_of({{1, {at(250, 150), at(150, 150)}}, {2, {at(150, 150), at(50, 150)}}}, box); // westwards
    CHECK(is_sea(turned, 150, 110));
    CHECK_FALSE(is_sea(turned, 150, 190));
}

TEST_CASE("coasts are joined where they meet, whether by one node or by two at the same place") {
    geo::GridVertex other = at(150, 150);
    other.number += 1;
    const OsmOcean ocean = ocean_of({{1, {at(50, 150), at(150, 150)}}, {2, {other, at(250, 150)}}}, box);
    CHECK(is_sea(ocean, 150, 190));
    CHECK_FALSE(is_sea(ocean, 150, 110));
}

TEST_CASE("an island is a hole in the sea around it") {
    const std::vector<geo::GridVertex> counter_clockwise{at(140, 140), at(140, 160), at(160, 160), at(160, 140), at(140, 140)};
    const OsmOcean alone = ocean_of({{1, counter_clockwise}}, box);
    CHECK_FALSE(is_sea(alone, 150, 150));
    CHECK(is_sea(alone, 110, 110));
    const OsmOcean off_a_coast = ocean_of({{1, counter_clockwise}, {2, {at(50, 120), at(250, 120)}}}, box);
    CHECK_FALSE(is_sea(off_a_coast, 150, 150));
    CHECK(is_sea(off_a_coast, 190, 190));
    CHECK_FALSE(is_sea(off_a_coast, 110, 110));
}

TEST_CASE("a coastline ring with its land outside is a sea") {
    const OsmOcean ocean = ocean_of({{1, {at(140, 140), at(160, 140), at(160, 160), at(140, 160), at(140, 140)}}}, box);
    CHECK(is_sea(ocean, 150, 150));
    CHECK_FALSE(is_sea(ocean, 110, 110));
}

TEST_CASE("two coasts make a strait, and the corners of the extract are taken with the right one") {
    const OsmOcean ocean = ocean_of({{1, {at(120, 50), at(120, 250)}}, {2, {at(180, 250), at(180, 50)}}}, box); // south, then north: land between
    CHECK(is_sea(ocean, 110, 150));
    CHECK(is_sea(ocean, 190, 150));
    CHECK_FALSE(is_sea(ocean, 150, 150));
}

TEST_CASE("a coast that leaves the extract and comes back is one sea") {
    const OsmOcean ocean = ocean_of({{1, {at(50, 120), at(130, 120), at(130, 50), at(170, 50), at(170, 120), at(250, 120)}}}, box);
    CHECK(is_sea(ocean, 150, 110));
    CHECK(is_sea(ocean, 150, 180));
    CHECK_FALSE(is_sea(ocean, 110, 110));
    CHECK_FALSE(is_sea(ocean, 190, 110));
}

TEST_CASE("a coast that ends just before the edge of the extract is led there") {
    const geo::GridBox wide{1000, 1000, 2000, 2000};
    const OsmOcean ocean = ocean_of({{1, {at(1100, 1500), at(1950, 1500)}}}, wide);
    CHECK(is_sea(ocean, 1500, 1900));
    CHECK(is_sea(ocean, 1005, 1900));
    CHECK_FALSE(is_sea(ocean, 1005, 1100));
}

TEST_CASE("a coast that leaves the extract and ends in a stub within it is taken as far as it left") {
    const geo::GridBox wide{1000, 1000, 2000, 2000};
    const OsmOcean ocean = ocean_of({{1, {at(1400, 1990), at(1390, 2010), at(1420, 2010), at(1420, 1500), at(2500, 1500)}}}, wide);
    CHECK(is_sea(ocean, 1900, 1900));
    CHECK_FALSE(is_sea(ocean, 1900, 1100));
    CHECK_FALSE(is_sea(ocean, 1100, 1900));
}

TEST_CASE("a coast that ends within the extract says where, and there is no sea") {
    const OsmOcean ocean = ocean_of({{1, {at(50, 150), at(150, 150)}}}, box);
    CHECK_FALSE(ocean.shape);
    CHECK(ocean.reason.find("ends within the extract at -179.99999") != std::string::npos);
    CHECK(ocean_of({}, box).reason == "the extract has no coastline");
}

TEST_CASE("the sea is the same for its coast's ways in any order") {
    const OsmCoastWay one{1, {at(50, 150), at(120, 160)}};
    const OsmCoastWay two{2, {at(120, 160), at(150, 140)}};
    const OsmCoastWay three{3, {at(150, 140), at(250, 150)}};
    CHECK(ocean_of({one, two, three}, box).shape == ocean_of({three, one, two}, box).shape);
}
