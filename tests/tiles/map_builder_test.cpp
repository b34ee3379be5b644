#include "tiles/map_builder.hpp"

#include "geo/mercator.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/gzip.hpp"
#include "tiles/mvt_reader.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

MapSchema schema() {
    MapSchema schema;
    schema.layers = {{"land", false, true, 1}, {"streets", true, false, 0}, {"places", false, false, 0}};
    schema.keys = {"kind", "bridge"};
    schema.fine_rank_from = 11;
    return schema;
}

geo::GridShape shape_of(const geo::Geometry &geometry, std::uint32_t &next_number) {
    geo::GridShape shape{geometry.is_polygon() ? geo::GeometryType::polygon
                         : geometry.is_line()  ? geo::GeometryType::line_string
                                               : geo::GeometryType::point,
                         {},
                         {},
                         geometry.polygon_ends};
    if (geometry.is_point()) {
        for (const geo::LonLat position : geometry.positions) {
            shape.vertices.push_back({geo::to_grid(position)});
        }
        shape.end_path();
        return shape;
    }
    for (std::size_t part = 0; part < geometry.part_count(); ++part) {
        const auto positions = geometry.part(part);
        for (const geo::LonLat position : positions.first(positions.size() - (geometry.is_polygon() ? 1 : 0))) {
            shape.vertices.push_back({geo::to_grid(position), next_number++});
        }
        shape.end_path();
    }
    return shape;
}

struct Built {
    std::map<geo::TileId, std::string> tiles; ///< unpacked
    std::vector<std::uint64_t> order;
    MapOutcome outcome;
};

Built build(const std::vector<geo::Feature> &features, unsigned threads, std::optional<geo::GridBox> box = {}) {
    const test::TemporaryFolder folder;
    MapBuilder builder(folder.path() / "out", schema(), threads, threads);
    builder.number_vertices(1'000'000);
    std::uint32_t next_number = 0;
    for (std::size_t index = 0; index < features.size(); ++index) {
        const geo::GridShape shape = shape_of(features[index].geometry, next_number);
        const std::array<MapField, 2> fields{{{0, std::string_view(index % 3 == 0 ? "a" : "b")}, {1, index % 2 == 0, 11}}};
        MapFeature feature;
        feature.layer = shape.type == geo::GeometryType::polygon ? 0 : shape.type == geo::GeometryType::line_string ? 1 : 2;
        feature.zoom_from = static_cast<std::uint8_t>(4 + index % 9);
        feature.rank_fine = static_cast<std::int32_t>(index % 4);
        feature.id = index;
        feature.fields = fields;
        feature.shape = &shape;
        builder.add(feature, static_cast<unsigned>(index % threads));
    }
    if (box) {
        builder.limit_to(*box);
    }
    Built built;
    built.outcome = builder.finish(
        [&](geo::TileId tile, std::string_view gzipped) {
            built.order.push_back(geo::hilbert_id(tile));
            built.tiles.emplace(tile, gunzip(gzipped));
        },
        [](std::uint64_t, std::uint64_t, std::string_view) {});
    CHECK(std::filesystem::is_empty(folder.path()));
    return built;
}

} // namespace

TEST_CASE("a map's tiles are valid, in Hilbert's order and the same with any number of threads") {
    const std::vector<geo::Feature> features = test::random_features(21, 800);
    const Built alone = build(features, 1);
    const Built three = build(features, 3);
    CHECK(alone.tiles == three.tiles);
    CHECK(std::is_sorted(alone.order.begin(), alone.order.end()));
    CHECK(alone.outcome.tiles == alone.tiles.size());
    std::size_t invalid = 0;
    std::size_t at_zoom_14 = 0;
    for (const auto &[tile, bytes] : alone.tiles) {
        CHECK(tile.z >= 4);
        invalid += read_mvt(bytes).is_valid() ? 0U : 1U;
        at_zoom_14 += tile.z == 14 ? 1U : 0U;
    }
    CHECK(invalid == 0);
    CHECK(at_zoom_14 > 10);
}

TEST_CASE("a point is in one tile, and a field from its zoom on") {
    const Built built = build({{"p", geo::Geometry::point(test::at(test::kiyose_tile, 100, 200)), {}}}, 1);
    CHECK(test::text_of(built.tiles.at(test::kiyose_tile)) == "places - point (100 200) kind=a bridge=true\n");
    CHECK(test::text_of(built.tiles.at({10, test::kiyose_tile.x >> 4, test::kiyose_tile.y >> 4})).find("bridge") == std::string::npos);
    CHECK(built.tiles.size() == 11); // zooms 4 to 14, none at its neighbours
}

TEST_CASE("an area over many tiles fills those within it, and their neighbours agree at the edge") {
    const geo::TileId west{10, 900, 400};
    const geo::Feature area{"a", geo::Geometry::polygon({test::ring_at(west, {{100, 100}, {9000, 100}, {9000, 9000}, {100, 9000}})}), {}};
    const Built built = build({area}, 2);
    CHECK(test::text_of(built.tiles.at({10, 901, 401})) == "land - polygon (-64 4160, -64 -64, 4160 -64, 4160 4160) kind=a\n");
    CHECK(test::text_of(built.tiles.at(west)) == "land - polygon (4160 4160, 100 4160, 100 100, 4160 100) kind=a\n");
}

TEST_CASE("tiles beyond the box that a map is limited to are not made") {
    const geo::TileId west{10, 900, 400};
    const geo::Feature area{"a", geo::Geometry::polygon({test::ring_at(west, {{100, 100}, {9000, 100}, {9000, 9000}, {100, 9000}})}), {}};
    const geo::Feature point{"p", geo::Geometry::point(test::at({10, 902, 402}, 5, 5)), {}};
    const geo::GridPoint middle = geo::to_grid(test::at({10, 901, 400}, 2000, 2000));
    const Built built = build({area, point}, 2, geo::GridBox{middle.x - 10, middle.y - 10, middle.x + 10, middle.y + 10});
    for (const auto &[tile, bytes] : built.tiles) {
        CHECK((tile.x == middle.x >> (32 - tile.z) && tile.y == middle.y >> (32 - tile.z)));
    }
    CHECK(built.tiles.size() == 11);
    CHECK(test::text_of(built.tiles.at({10, 901, 400})) == "land - polygon (-64 4160, -64 100, 4160 100, 4160 4160) kind=a\n");
}
