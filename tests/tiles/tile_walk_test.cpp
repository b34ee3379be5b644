#include "tiles/tile_walk.hpp"

#include "geo/limits.hpp"
#include "tests/tiles/tile_support.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>

using namespace keyaki;

namespace {

std::vector<geo::TileId> walked(const std::vector<tiles::TileLayer> &layers, tiles::ZoomRange zooms) {
    std::vector<geo::TileId> visited;
    tiles::walk_tiles(layers, zooms, [&](geo::TileId tile) { visited.push_back(tile); });
    return visited;
}

geo::Feature point_at(geo::TileId tile, std::int32_t x, std::int32_t y) { return {"p", geo::Geometry::point(test::at(tile, x, y)), {}}; }

} // namespace

TEST_CASE("a walk visits every tile that has something to draw, and each once") {
    const auto snapshot = test::snapshot_of(test::random_features(5, 60), test::description("layer", 0, 13));
    const std::vector<tiles::TileLayer> layers{{snapshot, "layer"}};
    const auto visited = walked(layers, {0, 13});
    const std::set<geo::TileId> distinct(visited.begin(), visited.end());
    CHECK(distinct.size() == visited.size());
    std::size_t drawn = 0;
    // Every tile of the box of everything, with one more on each side for the buffers.
    for (std::uint8_t z = 0; z <= 13; ++z) {
        const geo::TileId first = geo::tile_at({snapshot->bounds().west_deg, snapshot->bounds().north_deg}, z);
        const geo::TileId last = geo::tile_at({snapshot->bounds().east_deg, snapshot->bounds().south_deg}, z);
        for (std::uint32_t x = first.x - (first.x > 0 ? 1 : 0); x <= last.x + 1; ++x) {
            for (std::uint32_t y = first.y - (first.y > 0 ? 1 : 0); y <= last.y + 1; ++y) {
                const geo::TileId tile{z, x, y};
                if (geo::is_valid(tile) && !test::tile_of(snapshot, tile).empty()) {
                    INFO(int{z} << "/" << x << "/" << y);
                    CHECK(distinct.contains(tile));
                    ++drawn;
                }
            }
        }
    }
    CHECK(drawn > 30);
}

TEST_CASE("a point in a tile's corner is visited in the four tiles whose buffers hold it") {
    const std::vector<tiles::TileLayer> layers{{test::snapshot_of({point_at(test::kiyose_tile, 2, 2)}), "layer"}};
    CHECK(walked(layers, {14, 14}).size() == 4);
    CHECK(walked(layers, {0, 0}) == std::vector<geo::TileId>{{0, 0, 0}});
}

TEST_CASE("a walk over nothing visits nothing, and what a visit throws ends it") {
    CHECK(walked({}, {0, 24}).empty());
    const std::vector<tiles::TileLayer> layers{{test::snapshot_of({point_at(test::kiyose_tile, 2000, 2000)}), "layer"}};
    std::size_t visits = 0;
    CHECK_THROWS_AS(tiles::walk_tiles(layers, {0, geo::max_zoom},
                                      [&](geo::TileId) {
                                          if (++visits == 3) {
                                              throw std::runtime_error("enough");
                                          }
                                      }),
                    std::runtime_error);
    CHECK(visits == 3);
}

TEST_CASE("what was removed from a snapshot is not walked to") {
    geo::Feature far = point_at({14, 100, 100}, 2000, 2000);
    far.id = "far";
    const auto before = test::snapshot_of({point_at(test::kiyose_tile, 2000, 2000), far});
    const std::vector<std::string> removed{"far"};
    const auto after = before->with_changes(test::description(), removed, {});
    CHECK(walked({{before, "layer"}}, {14, 14}).size() == 2);
    CHECK(walked({{after, "layer"}}, {14, 14}) == std::vector<geo::TileId>{test::kiyose_tile});
}
