#include "geo/rtree.hpp"

#include "geo/hilbert.hpp"

#include <cstdlib>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

std::vector<GridBox> random_boxes(std::size_t count, std::mt19937_64 &random, std::uint32_t extent, std::uint32_t largest) {
    std::uniform_int_distribution<std::uint32_t> at(0, extent);
    std::uniform_int_distribution<std::uint32_t> size(0, largest);
    std::vector<GridBox> boxes(count);
    for (GridBox &box : boxes) {
        const std::uint32_t x = at(random);
        const std::uint32_t y = at(random);
        box = {x, y, x + std::min(size(random), UINT32_MAX - x), y + std::min(size(random), UINT32_MAX - y)};
    }
    return boxes;
}

std::vector<std::uint32_t> by_hand(const std::vector<GridBox> &boxes, const GridBox &query) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < boxes.size(); ++i) {
        if (!boxes[i].empty() && boxes[i].intersects(query)) {
            found.push_back(i);
        }
    }
    return found;
}

} // namespace

TEST_CASE("the tree finds what a look at every box finds") {
    std::mt19937_64 random(77);
    for (const std::size_t count : {0U, 1U, 2U, 15U, 16U, 17U, 255U, 256U, 257U, 4097U, 20'000U}) {
        for (const std::uint32_t extent : {0U, 1000U, UINT32_MAX}) {
            const auto boxes = random_boxes(count, random, extent, extent / 50);
            const RTree tree(boxes);
            REQUIRE(tree.size() == count);
            for (const GridBox &query : random_boxes(20, random, extent, extent / 5)) {
                REQUIRE(tree.query(query) == by_hand(boxes, query));
            }
        }
    }
}

TEST_CASE("a tree of boxes that lie in order finds the same, ascending") {
    std::mt19937_64 random(79);
    for (const std::size_t count : {0U, 1U, 2U, 16U, 17U, 257U, 4097U}) {
        const auto boxes = random_boxes(count, random, UINT32_MAX, UINT32_MAX / 50); // in any order: it is quicker in the curve's, and right in all
        const RTree tree = RTree::of_ordered(boxes);
        REQUIRE(tree.size() == count);
        CHECK(tree.memory_bytes() <= RTree(boxes).memory_bytes());
        for (const GridBox &query : random_boxes(20, random, UINT32_MAX, UINT32_MAX / 5)) {
            std::vector<std::uint32_t> visited;
            tree.query(query, [&](std::uint32_t item) { visited.push_back(item); });
            REQUIRE(visited == by_hand(boxes, query));
        }
    }
}

TEST_CASE("the tree's bounds are those of all boxes, and everything is found in them") {
    std::mt19937_64 random(78);
    const auto boxes = random_boxes(1000, random, UINT32_MAX, 1U << 20);
    const RTree tree(boxes);
    CHECK(tree.query(tree.bounds()).size() == 1000);
    CHECK(RTree().bounds().empty());
    CHECK(RTree().query(GridBox{0, 0, UINT32_MAX, UINT32_MAX}).empty());
}

TEST_CASE("an empty box in the tree is never found") {
    const std::vector<GridBox> boxes{{5, 5, 9, 9}, GridBox{}, {7, 7, 7, 7}};
    const RTree tree(boxes);
    CHECK(tree.query(GridBox{0, 0, UINT32_MAX, UINT32_MAX}) == std::vector<std::uint32_t>{0, 2});
    CHECK(RTree(std::vector<GridBox>(40)).query(GridBox{0, 0, UINT32_MAX, UINT32_MAX}).empty());
}

TEST_CASE("a visit that returns false ends the search") {
    std::mt19937_64 random(79);
    const RTree tree(random_boxes(1000, random, 1000, 10));
    int visits = 0;
    tree.query({0, 0, UINT32_MAX, UINT32_MAX}, [&visits](std::uint32_t) { return ++visits < 5; });
    CHECK(visits == 5);
}

TEST_CASE("the tree visits its items along the curve, and holds them in 21 bytes each") {
    // 90,000 points in rows of 300, given in an order that jumps about: by the curve the way from one to the next is short.
    std::vector<GridBox> boxes;
    for (std::uint32_t i = 0; i < 90'000; ++i) {
        const std::uint32_t place = i * 7919U % 90'000U;
        const std::uint32_t x = place % 300U * 1000U;
        const std::uint32_t y = place / 300U * 1000U;
        boxes.push_back({x, y, x, y});
    }
    const RTree tree(boxes);
    CHECK(tree.memory_bytes() < 90'000 * 22);
    double way = 0;
    const GridBox *last = nullptr;
    tree.query(tree.bounds(), [&](std::uint32_t item) {
        if (last != nullptr) {
            way += std::abs(static_cast<double>(boxes[item].min_x) - last->min_x) + std::abs(static_cast<double>(boxes[item].min_y) - last->min_y);
        }
        last = &boxes[item];
    });
    CHECK(way / 90'000 < 1500); // 1,000 would be the next neighbour each time; in rows given at random it is 200,000
    const GridBox window{100'000, 100'000, 109'000, 109'000};
    CHECK(tree.query(window) == by_hand(boxes, window));
    CHECK(tree.query(window).size() == 100);
}

TEST_CASE("cells next to each other on Hilbert's curve are next to each other in the plane") {
    // The upper bits alone: the first 2^12 places of the curve fill a square of 64 x 64 without a gap.
    std::vector<std::pair<int, int>> at(4096, {-1, -1});
    for (std::uint16_t x = 0; x < 64; ++x) {
        for (std::uint16_t y = 0; y < 64; ++y) {
            const std::uint32_t place = hilbert_16(x, y);
            REQUIRE(place < at.size());
            REQUIRE(at[place].first == -1);
            at[place] = {x, y};
        }
    }
    for (std::size_t place = 1; place < at.size(); ++place) {
        const int steps = std::abs(at[place].first - at[place - 1].first) + std::abs(at[place].second - at[place - 1].second);
        REQUIRE(steps == 1);
    }
}

TEST_CASE("Hilbert's curve over the whole grid visits every corner once, in quarters") {
    CHECK(hilbert_16(0, 0) == 0);
    CHECK(hilbert_16(UINT16_MAX, 0) == UINT32_MAX);
    CHECK(hilbert_32(0, 0) == 0);
    CHECK(hilbert_32(UINT32_MAX, 0) == UINT64_MAX);
    // The upper half of the bits of order 32 is the curve of order 16.
    std::mt19937_64 random(80);
    std::uniform_int_distribution<std::uint32_t> any;
    for (int i = 0; i < 1000; ++i) {
        const std::uint32_t x = any(random);
        const std::uint32_t y = any(random);
        REQUIRE(hilbert_32(x, y) >> 32 == hilbert_16(static_cast<std::uint16_t>(x >> 16), static_cast<std::uint16_t>(y >> 16)));
    }
}

} // namespace keyaki::geo
