#include "geo/validity.hpp"

#include "geo/error.hpp"
#include "geo/geodesic.hpp"

#include <cmath>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

using Kinds = std::vector<RepairKind>;

Geometry square(double west, double south, double size) {
    return Geometry::polygon({{{west, south}, {west + size, south}, {west + size, south + size}, {west, south + size}, {west, south}}});
}

} // namespace

TEST_CASE("a valid geometry needs nothing and comes back as it was") {
    for (const Geometry &geometry : {Geometry::point({139, 35}), Geometry::line_string({{139, 35}, {140, 36}}), square(139, 35, 0.01)}) {
        CHECK_FALSE(invalidity(geometry));
        const RepairResult result = repair(geometry);
        CHECK(result.found.empty());
        CHECK(result.reason.empty());
        CHECK(result.geometry == geometry);
    }
}

TEST_CASE("a bow tie is told with the place where it crosses, and becomes two triangles") {
    const Geometry bow_tie = Geometry::polygon({{{139, 35}, {139.02, 35.02}, {139.02, 35}, {139, 35.02}, {139, 35}}});
    CHECK(invalidity(bow_tie) == "Self-intersection at 139.01 35.01");
    const RepairResult result = repair(bow_tie);
    CHECK(result.found == Kinds{RepairKind::self_intersection});
    CHECK(result.reason == "Self-intersection at 139.01 35.01");
    REQUIRE(result.geometry);
    CHECK(result.geometry->type == GeometryType::multi_polygon);
    CHECK(result.geometry->polygon_count() == 2);
    CHECK_FALSE(invalidity(*result.geometry));
    Geometry again = *result.geometry;
    CHECK_FALSE(normalise_rings(again)); // already wound as RFC 7946 wants
}

TEST_CASE("an open ring is closed and a doubled position dropped") {
    const Geometry open = Geometry::polygon({{{139, 35}, {139.01, 35}, {139.01, 35}, {139.01, 35.01}}});
    CHECK(invalidity(open) == "Ring not closed at 139.01 35.01");
    const RepairResult result = repair(open);
    CHECK(result.found == Kinds{RepairKind::duplicate_points, RepairKind::ring_not_closed});
    REQUIRE(result.geometry);
    CHECK(*result.geometry == Geometry::polygon({{{139, 35}, {139.01, 35}, {139.01, 35.01}, {139, 35}}}));
}

TEST_CASE("a ring wound clockwise is turned, its hole the other way") {
    const Geometry shapefile_like = Geometry::polygon({{{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}}, {{2, 2}, {8, 2}, {8, 8}, {2, 8}, {2, 2}}});
    CHECK_FALSE(invalidity(shapefile_like));
    const RepairResult result = repair(shapefile_like);
    CHECK(result.found == Kinds{RepairKind::wrong_winding});
    CHECK(*result.geometry == Geometry::polygon({{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 8}, {8, 8}, {8, 2}, {2, 2}}}));
}

TEST_CASE("what has nothing left of its dimension is refused") {
    CHECK_FALSE(repair(Geometry::line_string({{139, 35}, {139, 35}})).geometry);
    CHECK_FALSE(repair(Geometry::polygon({{{139, 35}, {139.1, 35}, {139, 35}}})).geometry);
    const RepairResult flat = repair(Geometry::polygon({{{139, 35}, {139.1, 35}, {139.2, 35}, {139, 35}}}));
    CHECK_FALSE(flat.geometry);
    CHECK_FALSE(flat.found.empty());
    CHECK_FALSE(repair(Geometry::point({std::nan(""), 35})).geometry);
    CHECK(repair(Geometry::point({200, 35})).found == Kinds{RepairKind::bad_position});
}

TEST_CASE("a hole outside of its polygon is told as misplaced") {
    const Geometry stray = Geometry::polygon({{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}, {{5, 5}, {5, 6}, {6, 6}, {5, 5}}});
    const RepairResult result = repair(stray);
    CHECK(result.found == Kinds{RepairKind::misplaced_ring});
    REQUIRE(result.geometry);
    CHECK_FALSE(invalidity(*result.geometry));
}

TEST_CASE("a bad position is dropped from a line and named") {
    const RepairResult result = repair(Geometry::line_string({{139, 35}, {std::nan(""), 35}, {140, 36}}));
    CHECK(result.found == Kinds{RepairKind::bad_position});
    CHECK(*result.geometry == Geometry::line_string({{139, 35}, {140, 36}}));
}

TEST_CASE("offsets that do not fit are told and never followed") {
    CHECK(invalidity(Geometry{GeometryType::point, {}, {}, {}}));
    CHECK(invalidity(Geometry{GeometryType::point, {{1, 1}, {2, 2}}, {}, {}}));
    CHECK(invalidity(Geometry{GeometryType::line_string, {{1, 1}, {2, 2}}, {}, {}}));
    CHECK(invalidity(Geometry{GeometryType::line_string, {{1, 1}, {2, 2}}, {7}, {}}));
    CHECK(invalidity(Geometry{GeometryType::polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {4}, {}}));
    CHECK(invalidity(Geometry{GeometryType::polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {4}, {3}}));
}

TEST_CASE("whatever polygon comes in, what comes out is valid, wound right and no larger than its hull") {
    std::mt19937_64 random(99);
    std::uniform_real_distribution<double> lon(139.4, 139.6);
    std::uniform_real_distribution<double> lat(35.7, 35.9);
    std::uniform_int_distribution<int> corners(3, 12);
    std::uniform_int_distribution<int> rings(1, 3);
    int mended = 0;
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::vector<LonLat>> drawn;
        for (int ring = rings(random); ring > 0; --ring) {
            std::vector<LonLat> positions;
            for (int corner = corners(random); corner > 0; --corner) {
                positions.push_back({lon(random), lat(random)});
            }
            if (random() % 4 != 0) {
                positions.push_back(positions.front());
            }
            drawn.push_back(positions);
        }
        const RepairResult result = repair(Geometry::polygon(drawn));
        if (!result.geometry) {
            continue;
        }
        ++mended;
        CAPTURE(i, result.reason);
        REQUIRE(invalidity(*result.geometry) == std::nullopt);
        REQUIRE(result.geometry->is_polygon());
        Geometry copy = *result.geometry;
        REQUIRE_FALSE(normalise_rings(copy));
        REQUIRE(repair(*result.geometry).found.empty());
    }
    CHECK(mended > 1500);
}

TEST_CASE("threads repair side by side, each with its own GEOS context") {
    std::vector<std::thread> threads;
    std::vector<int> good(4);
    for (std::size_t number = 0; number < good.size(); ++number) {
        threads.emplace_back([&good, number] {
            for (int i = 0; i < 500; ++i) {
                const Geometry bow_tie = Geometry::polygon({{{139, 35}, {139.02, 35.02}, {139.02, 35}, {139, 35.02}, {139, 35}}});
                good[number] += repair(bow_tie).geometry->polygon_count() == 2 ? 1 : 0;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(good == std::vector<int>{500, 500, 500, 500});
}

TEST_CASE("what is still not valid after a repair is no geometry") {
    // Rings that all but coincide: the points where they are cut apart are rounded, and cross again.
    const RepairResult result = repair(Geometry::polygon({{{139.5, 35.7},
                                                           {139.2501, 34.701},
                                                           {139.502, 35.7},
                                                           {139.5, 35.3333333333333337},
                                                           {139.5, 35.701},
                                                           {134.5, 35.01},
                                                           {139.5, 35.6},
                                                           {139.5, 35.7}}}));
    CHECK((!result.geometry || !invalidity(*result.geometry)));
    CHECK((result.geometry || !result.reason.empty()));
}

} // namespace keyaki::geo
