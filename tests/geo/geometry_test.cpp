#include "geo/feature.hpp"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

namespace keyaki::geo {

TEST_CASE("parts and rings of a multi polygon are cut by their offsets") {
    Geometry geometry{GeometryType::multi_polygon, {}, {}, {}};
    const std::vector<LonLat> square{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}};
    const std::vector<LonLat> hole{{1, 1}, {1, 2}, {2, 2}, {1, 1}};
    geometry.add_part(square);
    geometry.add_part(hole);
    geometry.end_polygon();
    geometry.add_part(square);
    geometry.end_polygon();
    CHECK(geometry.polygon_count() == 2);
    CHECK(geometry.part_count() == 3);
    CHECK(geometry.first_ring(1) == 2);
    CHECK(std::vector(geometry.part(1).begin(), geometry.part(1).end()) == hole);
    CHECK(geometry.bounds() == LonLatBox{0, 0, 4, 4});
}

TEST_CASE("boxes that touch intersect, an empty box meets nothing") {
    const LonLatBox box{0, 0, 1, 1};
    CHECK(box.intersects({1, 1, 2, 2}));
    CHECK_FALSE(box.intersects({1.1, 1, 2, 2}));
    CHECK_FALSE(box.intersects(LonLatBox{}));
    CHECK(LonLatBox{}.empty());
}

TEST_CASE("positions off Earth are told apart") {
    CHECK(is_on_earth({180, -90}));
    CHECK_FALSE(is_on_earth({180.1, 0}));
    CHECK_FALSE(is_on_earth({0, 90.1}));
    CHECK_FALSE(is_on_earth({std::nan(""), 0}));
    CHECK_FALSE(is_on_earth({0, std::numeric_limits<double>::infinity()}));
}

TEST_CASE("setting a property again replaces it in its place") {
    Properties properties;
    properties.set("name", std::string("清瀬駅"));
    properties.set("platforms", std::int64_t{2});
    properties.set("name", std::string("Kiyose"));
    REQUIRE(properties.size() == 2);
    CHECK(properties.begin()->first == "name");
    CHECK(std::get<std::string>(*properties.find("name")) == "Kiyose");
    CHECK(properties.find("nothing") == nullptr);
}

} // namespace keyaki::geo
