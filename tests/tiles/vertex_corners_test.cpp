#include "tiles/vertex_corners.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

geo::GridShape shape_of(geo::GeometryType type, const std::vector<std::uint32_t> &numbers) {
    geo::GridShape shape{type, {}, {}, {}};
    for (const std::uint32_t number : numbers) {
        shape.vertices.push_back({{number, number}, number});
    }
    shape.end_path();
    return shape;
}

geo::GridShape line(const std::vector<std::uint32_t> &numbers) { return shape_of(geo::GeometryType::line_string, numbers); }
geo::GridShape ring(const std::vector<std::uint32_t> &numbers) { return shape_of(geo::GeometryType::polygon, numbers); }

} // namespace

TEST_CASE("where two shapes go the same way there is no corner, where they part there is one") {
    VertexCorners corners(20);
    corners.add(line({1, 2, 3, 4, 5}), 5);
    corners.add(line({6, 2, 3, 4, 7}), 5); // shares 2-3-4
    CHECK(corners.corner_from(3) == VertexCorners::never);
    CHECK(corners.corner_from(2) == 5);
    CHECK(corners.corner_from(4) == 5);
    corners.add(ring({3, 4, 9}), 5);
    CHECK(corners.corner_from(3) == 5);
}

TEST_CASE("a shape turned around is the same way") {
    VertexCorners corners(20);
    corners.add(ring({1, 2, 3, 4}), 7);
    corners.add(ring({4, 3, 2, 1}), 7);
    corners.add(ring({3, 4, 1, 2}), 7);
    for (const std::uint32_t number : {1U, 2U, 3U, 4U}) {
        CHECK(corners.corner_from(number) == VertexCorners::never);
    }
}

TEST_CASE("a corner begins where the second of its shapes is drawn") {
    VertexCorners corners(20);
    corners.add(line({1, 2, 3}), 8);
    corners.add(line({4, 2}), 13); // a path that branches off
    CHECK(corners.corner_from(2) == 13);
    corners.add(line({2, 5}), 10);
    CHECK(corners.corner_from(2) == 10);
    corners.add(line({6, 2, 7}), 6);
    CHECK(corners.corner_from(2) == 8);
}

TEST_CASE("corners are the same for shapes in any order and from several threads") {
    std::mt19937_64 random(5);
    struct Drawn {
        geo::GridShape shape;
        std::uint8_t zoom;
    };
    std::vector<Drawn> shapes;
    for (int count = 0; count < 3000; ++count) {
        std::vector<std::uint32_t> numbers;
        const auto begin = static_cast<std::uint32_t>(random() % 900);
        for (std::uint32_t step = 0; step < 3 + random() % 20; ++step) {
            numbers.push_back(begin + step + (random() % 10 == 0 ? 1U : 0U));
        }
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        shapes.push_back({random() % 2 == 0 ? line(numbers) : ring(numbers), static_cast<std::uint8_t>(random() % 14)});
    }
    VertexCorners one(1000);
    for (const Drawn &drawn : shapes) {
        one.add(drawn.shape, drawn.zoom);
    }
    std::shuffle(shapes.begin(), shapes.end(), random);
    VertexCorners other(1000);
    {
        std::vector<std::jthread> threads;
        for (std::size_t thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&, thread] {
                for (std::size_t index = thread; index < shapes.size(); index += 3) {
                    other.add(shapes[index].shape, shapes[index].zoom);
                }
            });
        }
    }
    std::size_t corners = 0;
    bool all_equal = true;
    for (std::uint32_t number = 0; number < 1000; ++number) {
        all_equal = all_equal && one.corner_from(number) == other.corner_from(number);
        corners += one.corner_from(number) < VertexCorners::never ? 1U : 0U;
    }
    CHECK(all_equal);
    CHECK(corners > 500);
}

TEST_CASE("vertices without a number are no corners") {
    VertexCorners corners(2);
    geo::GridShape loose = line({0, 1});
    loose.vertices[0].number = geo::GridVertex::no_number;
    corners.add(loose, 3);
    CHECK(corners.corner_from(geo::GridVertex::no_number) == VertexCorners::never);
    CHECK(VertexCorners().corner_from(0) == VertexCorners::never);
}
