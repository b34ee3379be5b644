#include "tiles/map_tile.hpp"

#include "tests/tiles/tile_support.hpp"
#include "tiles/byte_coding.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_reader.hpp"
#include "tiles/mvt_value.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

MapSchema schema() {
    MapSchema schema;
    schema.layers = {{"land", false, true, 1}, {"streets", true, false, 0}, {"labels", false, false, 2}};
    schema.keys = {"kind", "kind_ja"};
    return schema;
}

/// Records of one tile, with the bytes that they show.
class Records {
  public:
    void polygon(const std::string &kind, const std::vector<std::vector<TilePoint>> &rings, std::int32_t rank = 0) {
        MvtGeometryWriter writer;
        for (const auto &ring : rings) {
            writer.ring(ring);
        }
        add(0, MvtGeometryType::polygon, kind, writer, rank);
    }
    void line(const std::string &kind, const std::vector<TilePoint> &line, std::int32_t rank = 0) {
        MvtGeometryWriter writer;
        writer.line(line);
        add(1, MvtGeometryType::line_string, kind, writer, rank);
    }
    void point(const std::string &kind, TilePoint point, std::int32_t rank = 0) {
        MvtGeometryWriter writer;
        writer.points({&point, 1});
        add(2, MvtGeometryType::point, kind, writer, rank);
    }
    void square(const std::string &kind, std::int32_t x, std::int32_t y, std::int32_t side) {
        polygon(kind, {{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}});
    }
    /// The last record's name in another language.
    void name_last(const std::string &name) {
        std::string &fields = m_bytes.emplace_back(m_records.back().fields);
        std::string value;
        encode_map_value(std::string_view(name), value);
        fields.push_back(1);
        put_text(fields, value);
        m_records.back().fields = fields;
    }
    [[nodiscard]] const std::vector<TileRecord> &all() const { return m_records; }

  private:
    void add(std::uint8_t layer, MvtGeometryType type, const std::string &kind, const MvtGeometryWriter &writer, std::int32_t rank) {
        std::string &fields = m_bytes.emplace_back();
        std::string value;
        encode_map_value(std::string_view(kind), value);
        fields.push_back(0);
        put_text(fields, value);
        const std::string &geometry = m_bytes.emplace_back(writer.bytes());
        m_records.push_back({{0, layer, rank, m_records.size()}, type, false, fields, geometry});
    }
    std::deque<std::string> m_bytes;
    std::vector<TileRecord> m_records;
};

std::string tile_of(const Records &records, std::uint8_t zoom, std::size_t budget = map_tile_budget_bytes) {
    const MapSchema of = schema();
    MapTileBuilder builder(of, budget);
    const std::string tile = builder.build(zoom, records.all());
    const MvtTile read = read_mvt(tile);
    INFO(test::findings_of(read));
    CHECK(read.is_valid());
    return tile;
}

} // namespace

TEST_CASE("touching polygons of equal fields become one above the deepest zoom, and stay apart at it") {
    Records records;
    records.square("forest", 0, 0, 100);
    records.square("forest", 100, 0, 100);
    records.square("meadow", 200, 0, 100);
    CHECK(test::text_of(tile_of(records, 10)) == "land - polygon (0 0, 200 0, 200 100, 0 100) kind=forest\n"
                                                 "land - polygon (200 0, 300 0, 300 100, 200 100) kind=meadow\n");
    CHECK(test::text_of(tile_of(records, 14)) == "land - polygon (0 0, 100 0, 100 100, 0 100) kind=forest\n"
                                                 "land - polygon (100 0, 200 0, 200 100, 100 100) kind=forest\n"
                                                 "land - polygon (200 0, 300 0, 300 100, 200 100) kind=meadow\n");
}

TEST_CASE("crossing polygons of equal fields are united to a valid one of whole units") {
    Records records;
    records.polygon("forest", {{{0, 0}, {101, 13}, {57, 90}}});
    records.polygon("forest", {{{30, 10}, {140, 50}, {20, 80}}});
    records.square("forest", 500, 500, 100); // far from them: another polygon of the same feature
    const MvtTile read = read_mvt(tile_of(records, 10));
    REQUIRE(read.layers.size() == 1);
    CHECK(read.layers[0].features.size() == 1);
    CHECK(read.layers[0].features[0].paths.size() == 2);
}

TEST_CASE("polygons, holes and lines that are specks are left out above the deepest zoom") {
    Records records;
    records.polygon("forest", {{{0, 0}, {100, 0}, {100, 100}, {0, 100}}, {{10, 10}, {10, 12}, {12, 12}, {12, 10}}});
    records.square("speck", 300, 300, 3);
    records.line("dot", {{400, 400}, {402, 401}});
    CHECK(test::text_of(tile_of(records, 9)) == "land - polygon (0 0, 100 0, 100 100, 0 100) kind=forest\n");
    CHECK(test::text_of(tile_of(records, 14)) == "land - polygon (0 0, 100 0, 100 100, 0 100) hole (10 10, 10 12, 12 12, 12 10) kind=forest\n"
                                                 "land - polygon (300 300, 303 300, 303 303, 300 303) kind=speck\n"
                                                 "streets - line (400 400, 402 401) kind=dot\n");
}

TEST_CASE("streets of equal fields are joined, and those of another rank stay apart") {
    Records records;
    records.line("primary", {{0, 0}, {100, 0}});
    records.line("primary", {{100, 0}, {200, 50}});
    records.line("primary", {{500, 500}, {600, 600}});
    records.line("primary", {{200, 50}, {300, 0}}, 1); // a bridge
    CHECK(test::text_of(tile_of(records, 14)) == "streets - line (0 0, 100 0, 200 50) line (500 500, 600 600) kind=primary\n"
                                                 "streets - line (200 50, 300 0) kind=primary\n");
}

TEST_CASE("a tile past its budget gives up points from the last in rank, then the smallest areas, and never its streets") {
    Records records;
    for (std::int32_t index = 0; index < 100; ++index) {
        records.square("k" + std::to_string(index), index * 40, 100, 5 + index % 30);
    }
    for (std::int32_t index = 0; index < 40; ++index) {
        records.line("s" + std::to_string(index), {{index * 50, 0}, {index * 50, 4000}});
    }
    for (std::int32_t index = 0; index < 100; ++index) {
        records.point("p" + std::to_string(index), {index * 40, 500}, index);
    }
    const MapSchema of = schema();
    MapTileBuilder builder(of, 10'000'000);
    const std::string whole = builder.build(12, records.all());
    CHECK(builder.thinned_tiles() == 0);

    const auto features = [](const std::string &tile, const std::string &name) {
        std::vector<std::string> kinds;
        for (const MvtLayer &layer : read_mvt(tile).layers) {
            for (const MvtFeature &feature : layer.features) {
                if (layer.name == name) {
                    kinds.push_back(std::get<std::string>(*layer.properties(feature).find("kind")));
                }
            }
        }
        return kinds;
    };
    const std::string without_some_points = tile_of(records, 12, whole.size() - 1000);
    CHECK(features(without_some_points, "land").size() == 100);
    CHECK(features(without_some_points, "streets").size() == 40);
    const auto points = features(without_some_points, "labels");
    REQUIRE_FALSE(points.empty());
    CHECK(points.size() < 100);
    CHECK(points.front() == "p0"); // the first in rank stays

    const std::string without_small_areas = tile_of(records, 12, whole.size() - 3500);
    CHECK(features(without_small_areas, "labels").empty());
    CHECK(features(without_small_areas, "streets").size() == 40);
    const auto areas = features(without_small_areas, "land");
    REQUIRE_FALSE(areas.empty());
    CHECK(areas.size() < 100);
    CHECK(std::find(areas.begin(), areas.end(), "k29") != areas.end()); // the largest
    CHECK(std::find(areas.begin(), areas.end(), "k30") == areas.end()); // the smallest
}

TEST_CASE("a tile of many named points keeps to its budget, and one more point would not fit") {
    Records records;
    for (std::int32_t index = 0; index < 40'000; ++index) {
        records.point("shelter number " + std::to_string(index), {index % 200 * 20, index / 200 * 20}, index);
        records.name_last("避難所その" + std::to_string(index));
    }
    const MapSchema of = schema();
    MapTileBuilder builder(of, map_tile_budget_bytes);
    const std::string tile = builder.build(14, records.all());
    CHECK(tile.size() <= map_tile_budget_bytes);
    CHECK(tile.size() > map_tile_budget_bytes - 100);
    CHECK(builder.thinned_tiles() == 1);
    const std::size_t kept = read_mvt(tile).layers.at(0).features.size();
    MapTileBuilder generous(of, SIZE_MAX);
    CHECK(generous.build(14, std::span(records.all()).first(kept)) == tile);
    CHECK(generous.build(14, std::span(records.all()).first(kept + 1)).size() > map_tile_budget_bytes);
}

TEST_CASE("a feature of many areas gives up no more of them than its tile's budget asks for") {
    Records records;
    for (std::int32_t index = 0; index < 160'000; ++index) {
        records.square("forest", index % 400 * 10, index / 400 * 10, 5);
    }
    for (const std::size_t budget : {std::size_t{200'000}, std::size_t{1'000'000}}) {
        const std::string tile = tile_of(records, 10, budget);
        CHECK(tile.size() <= budget);
        CHECK(tile.size() > budget - 100);
    }
}

TEST_CASE("many features of one area each give up no more than their tile's budget asks for") {
    Records records;
    for (std::int32_t index = 0; index < 10'000; ++index) {
        records.square("wood number " + std::to_string(index), index % 100 * 40, index / 100 * 40, 5 + index % 30);
    }
    const std::string tile = tile_of(records, 10, 100'000);
    CHECK(tile.size() <= 100'000);
    CHECK(tile.size() > 100'000 - 100);
}

TEST_CASE("a tile of layers that never give way is whole, and counts as no thinned one") {
    Records records;
    records.line("primary", {{0, 0}, {100, 0}});
    const MapSchema of = schema();
    MapTileBuilder builder(of, 10);
    CHECK(test::text_of(builder.build(14, records.all())) == "streets - line (0 0, 100 0) kind=primary\n");
    CHECK(builder.thinned_tiles() == 0);
}
