#include "tiles/clip.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace keyaki::tiles;

namespace {

constexpr TileBox box{0, 0, 100, 100};

std::vector<std::vector<TilePoint>> pieces_of(const std::vector<TilePoint> &line) {
    TilePaths pieces;
    clip_line(line, box, pieces);
    std::vector<std::vector<TilePoint>> list;
    for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
        const auto path = std::as_const(pieces).path(piece);
        list.emplace_back(path.begin(), path.end());
    }
    return list;
}

using Pieces = std::vector<std::vector<TilePoint>>;

} // namespace

TEST_CASE("a line inside stays as it is") { CHECK(pieces_of({{1, 1}, {50, 60}, {100, 100}}) == Pieces{{{1, 1}, {50, 60}, {100, 100}}}); }

TEST_CASE("a line is cut where it crosses the edge, rounded to the nearest unit") {
    CHECK(pieces_of({{50, 50}, {150, 75}}) == Pieces{{{50, 50}, {100, 63}}});
    CHECK(pieces_of({{-100, 50}, {200, 50}}) == Pieces{{{0, 50}, {100, 50}}});
    CHECK(pieces_of({{-10, -10}, {110, 110}}) == Pieces{{{0, 0}, {100, 100}}});
}

TEST_CASE("a line that leaves and returns is two pieces") {
    CHECK(pieces_of({{90, 10}, {110, 10}, {110, 20}, {90, 20}}) == Pieces{{{90, 10}, {100, 10}}, {{100, 20}, {90, 20}}});
}

TEST_CASE("a line that passes by or only touches a corner leaves nothing") {
    CHECK(pieces_of({{-10, 5}, {5, -20}}).empty());
    CHECK(pieces_of({{-10, 10}, {10, -10}}).empty());
    CHECK(pieces_of({{200, 0}, {200, 100}}).empty());
    CHECK(pieces_of({}).empty());
    CHECK(pieces_of({{5, 5}}).empty());
}

TEST_CASE("a cut is the same in both directions") {
    std::mt19937 random(1);
    std::uniform_int_distribution<int> coordinate(-200, 300);
    for (int round = 0; round < 5000; ++round) {
        const TilePoint a{coordinate(random), coordinate(random)};
        const TilePoint b{coordinate(random), coordinate(random)};
        auto there = pieces_of({a, b});
        const auto back = pieces_of({b, a});
        REQUIRE(there.size() == back.size());
        if (!there.empty() && box.contains(a) != box.contains(b)) { // one cut: exactly the same
            std::reverse(there[0].begin(), there[0].end());
            REQUIRE(there == back);
        }
    }
}

TEST_CASE("a ring around the box becomes the box, one beside it nothing") {
    std::vector<TilePoint> scratch;
    std::vector<TilePoint> ring{{-50, -50}, {150, -50}, {150, 150}, {-50, 150}};
    clip_ring(ring, box, scratch);
    CHECK(ring.size() == 4);
    CHECK(doubled_area(ring) == 2 * 100 * 100);
    ring = {{200, 0}, {300, 0}, {300, 100}};
    clip_ring(ring, box, scratch);
    CHECK(ring.size() < 3);
    ring.clear();
    clip_ring(ring, box, scratch);
    CHECK(ring.empty());
}

TEST_CASE("wide coordinates are cut as narrow ones") {
    std::mt19937 random(2);
    std::uniform_int_distribution<int> coordinate(-100'000, 100'000);
    std::vector<TilePoint> scratch;
    std::vector<WidePoint> wide_scratch;
    for (int round = 0; round < 2000; ++round) {
        std::vector<TilePoint> narrow;
        std::vector<WidePoint> wide;
        for (int corner = 0; corner < 7; ++corner) {
            narrow.push_back({coordinate(random), coordinate(random)});
            wide.push_back({narrow.back().x, narrow.back().y});
        }
        clip_ring(narrow, box, scratch);
        clip_ring(wide, box, wide_scratch);
        REQUIRE(narrow.size() == wide.size());
        for (std::size_t index = 0; index < narrow.size(); ++index) {
            REQUIRE((narrow[index].x == wide[index].x && narrow[index].y == wide[index].y));
        }
    }
}
