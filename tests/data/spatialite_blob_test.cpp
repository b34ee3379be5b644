#include "data/spatialite_blob.hpp"

#include "data/database.hpp"
#include "data/schema.hpp"
#include "geo/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace keyaki;
using geo::Geometry;
using geo::LonLat;

namespace {

std::vector<std::uint8_t> blob_of(const Geometry &geometry) {
    std::vector<std::uint8_t> blob;
    data::append_spatialite_blob(blob, geometry);
    return blob;
}

/// One of each type; with holes and with several parts.
std::vector<std::pair<Geometry, std::string>> one_of_each() {
    const std::vector<LonLat> square{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}};
    const std::vector<LonLat> hole{{1, 1}, {1, 2}, {2, 2}, {2, 1}, {1, 1}};
    const std::vector<LonLat> island{{10, 10}, {11, 10}, {11, 11}, {10, 10}};
    Geometry lines{geo::GeometryType::multi_line_string, {}, {}, {}};
    lines.add_part(std::vector<LonLat>{{1, 2}, {3, 4}});
    lines.add_part(std::vector<LonLat>{{5, 6}, {7, 8}, {9, 9}});
    Geometry polygons{geo::GeometryType::multi_polygon, {}, {}, {}};
    polygons.add_part(square);
    polygons.add_part(hole);
    polygons.end_polygon();
    polygons.add_part(island);
    polygons.end_polygon();
    return {
        {Geometry::point({139.5, -35.75}), "POINT(139.5 -35.75)"},
        {Geometry::line_string({{1, 2}, {3, 4}, {5, 6}}), "LINESTRING(1 2, 3 4, 5 6)"},
        {Geometry::polygon({square, hole}), "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))"},
        {{geo::GeometryType::multi_point, {{1, 2}, {3, 4}}, {}, {}}, "MULTIPOINT(1 2, 3 4)"},
        {lines, "MULTILINESTRING((1 2, 3 4), (5 6, 7 8, 9 9))"},
        {polygons, "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1)), ((10 10, 11 10, 11 11, 10 10)))"},
    };
}

} // namespace

TEST_CASE("SpatiaLite reads the geometries that we write, and we read what SpatiaLite writes") {
    const test::TemporaryFolder folder;
    data::Connection connection(folder / "a.sqlite", data::Access::create);
    data::migrate(connection, true);
    for (const auto &[geometry, text] : one_of_each()) {
        data::Statement written = connection.prepare("SELECT ST_AsText(?1), ST_SRID(?1), ST_MaxX(?1)");
        written.bind_blob(1, blob_of(geometry)).step();
        CHECK(written.column_text(0) == text);
        CHECK(written.column_int64(1) == 6668);
        CHECK(written.column_double(2) == geometry.bounds().east_deg);
        data::Statement read = connection.prepare("SELECT ST_GeomFromText(?1, 6668)");
        read.bind_text(1, text).step();
        CHECK(data::parse_spatialite_blob(read.column_blob(0)) == geometry);
        const auto ours = blob_of(geometry);
        const auto theirs = read.column_blob(0);
        CHECK(std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end()));
    }
}

TEST_CASE("a blob that is cut, grown or of another kind is corrupt, never read past its end") {
    for (const auto &[geometry, text] : one_of_each()) {
        const auto whole = blob_of(geometry);
        CHECK(data::parse_spatialite_blob(whole) == geometry);
        CHECK(data::spatialite_blob_bounds(whole) == geometry.bounds());
        for (std::size_t length = 0; length < whole.size(); ++length) {
            // A vector of just that length, so that a sanitizer sees one byte too many.
            const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            CHECK_THROWS_AS(data::parse_spatialite_blob(cut), geo::Error);
        }
        auto grown = whole;
        grown.push_back(0xFE);
        CHECK_THROWS_AS(data::parse_spatialite_blob(grown), geo::Error);
        for (const std::size_t at : {0U, 1U, 2U, 38U, 39U}) {
            auto other = whole;
            other[at] ^= 0x55;
            CHECK_THROWS_AS(data::parse_spatialite_blob(other), geo::Error);
        }
    }
}

TEST_CASE("any bytes are either a geometry or an error") {
    std::mt19937 random(20260412);
    for (int round = 0; round < 20'000; ++round) {
        auto blob = blob_of(one_of_each()[random() % 6].first);
        for (int changes = 0; changes < 3; ++changes) {
            blob[39 + random() % (blob.size() - 39)] = static_cast<std::uint8_t>(random());
        }
        try {
            const Geometry geometry = data::parse_spatialite_blob(blob);
            CHECK(geometry.positions.size() * 16 <= blob.size());
        } catch (const geo::Error &error) {
            CHECK(error.kind() == geo::ErrorKind::corrupt);
        }
    }
}

TEST_CASE("places that follow each other on the Hilbert curve are neighbours") {
    // Sorted by the curve, a grid of cells is walked in steps of one cell: the property that defines the curve.
    constexpr int side = 16;
    std::vector<std::pair<std::int64_t, LonLat>> cells;
    for (int column = 0; column < side; ++column) {
        for (int row = 0; row < side; ++row) {
            const LonLat centre{-180 + 360.0 * (column + 0.5) / side, -90 + 180.0 * (row + 0.5) / side};
            geo::LonLatBox box;
            box.extend(centre);
            cells.emplace_back(data::hilbert_position(box), centre);
        }
    }
    std::sort(cells.begin(), cells.end(), [](const auto &left, const auto &right) { return left.first < right.first; });
    for (std::size_t cell = 1; cell < cells.size(); ++cell) {
        const double columns = std::abs(cells[cell].second.lon_deg - cells[cell - 1].second.lon_deg) / (360.0 / side);
        const double rows = std::abs(cells[cell].second.lat_deg - cells[cell - 1].second.lat_deg) / (180.0 / side);
        CHECK(columns + rows == Approx(1));
    }
}
