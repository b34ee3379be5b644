#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"

#include "importers/limits.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

TEST_CASE("a table becomes points with typed properties") {
    const TemporaryFolder folder;
    const auto imported = import_file(folder.write("spots.csv", "name,code,lat,lon,floors,height\n清瀬市役所,0132217,35.7857,139.5262,4,17.5\n"
                                                                "駅,0001,35.7721,139.5199,,\n"));
    REQUIRE(imported.features.size() == 2);
    const geo::Feature &first = imported.features[0];
    CHECK(first.geometry == geo::Geometry::point({139.5262, 35.7857}));
    CHECK(text_of(first, "name") == "清瀬市役所");
    CHECK(text_of(first, "code") == "0132217");
    CHECK(*first.properties.find("floors") == geo::Value(std::int64_t{4}));
    CHECK(*first.properties.find("height") == geo::Value(17.5));
    CHECK(*imported.features[1].properties.find("floors") == geo::Value(std::monostate()));
    CHECK(first.properties.find("lat") == nullptr);
    CHECK(imported.report.crs.code == "EPSG:6668");
    CHECK(imported.report.crs.assumed);
}

TEST_CASE("rows that cannot be placed are refused with row, column, value and reason") {
    const TemporaryFolder folder;
    const auto imported =
        import_file(folder.write("spots.csv", "name,lat,lon\nok,35.7,139.5\nnone,,\nnan,NaN,139.5\nswapped,139.5,35.7\n\nlost,35.7,1395262\n"
                                              "zero,0,0\nshort,35.7\nlong,35.7,139.5,more\n,,\n"));
    CHECK(imported.features.size() == 1);
    const ImportReport &report = imported.report;
    CHECK(report.rows_read == 8);
    CHECK(report.accepted == 1);
    CHECK(report.refused == 7);
    CHECK(report.empty_rows_skipped == 2);
    REQUIRE(report.refusals.size() == 7);
    CHECK(report.refusals[0] == Refusal{3, "lat", "", "no coordinates: latitude is empty", "no_position"});
    CHECK(report.refusals[1] == Refusal{4, "lat", "NaN", "expected a number as latitude, found \"NaN\"", "no_position"});
    CHECK(report.refusals[2] == Refusal{5, "lat", "139.5", "latitude 139.5 and longitude 35.7 look swapped", "swapped"});
    CHECK(report.refusals[3] ==
          Refusal{7, "lon", "1395262", "longitude 1395262 looks like 139.5262 without its decimal point", "decimal_point_lost"});
    CHECK(report.refusals[5].column == "lon");
    CHECK(report.refusals[6] == Refusal{10, "", "more", "expected 3 cells as in the header, found 4"});
}

TEST_CASE("the key column gives ids; empty and repeated ones are refused") {
    const TemporaryFolder folder;
    ImportOptions options;
    options.key_column = "id";
    const auto path = folder.write("spots.csv", "id,lat,lon\na,35.7,139.5\n,35.7,139.5\na,35.8,139.6\nb,35.9,139.7\n");
    const auto imported = import_file(path, options);
    REQUIRE(imported.features.size() == 2);
    CHECK(imported.features[0].id == "a");
    CHECK(imported.features[1].id == "b");
    REQUIRE(imported.report.refusals.size() == 2);
    CHECK(imported.report.refusals[0].reason == "the key is empty");
    CHECK(imported.report.refusals[1] == Refusal{4, "id", "a", "the id is already that of row 2"});
    options.key_column = "nummer";
    CHECK(refusal_of(path, options) == "expected a column \"nummer\" as --key says, found the columns id, lat, lon");
}

TEST_CASE("title rows above the header, double names and columns without a name are coped with") {
    const TemporaryFolder folder;
    const auto imported = import_file(folder.write("spots.csv", "防災施設一覧,,,,,\n\n\"施設\n名\",緯度,経度,URL,URL,,\n市役所,35.7,139.5,a,b,,\n"));
    REQUIRE(imported.features.size() == 1);
    CHECK(text_of(imported.features[0], "施設名") == "市役所");
    CHECK(text_of(imported.features[0], "URL_2") == "b");
    CHECK(imported.features[0].properties.size() == 3);
    CHECK(imported.report.warnings == std::vector<std::string>{"the header was found in row 3; the rows above it were left out"});
}

TEST_CASE("UTF-16LE with tabs, as some catalogues give it, is read") {
    const TemporaryFolder folder;
    const std::u16string text = u"\xFEFF名称\t緯度\t経度\r\n清瀬\t35.7\t139.5\r\n";
    std::string bytes;
    for (const char16_t unit : text) {
        bytes += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
    }
    const auto imported = import_file(folder.write("spots.csv", bytes));
    REQUIRE(imported.features.size() == 1);
    CHECK(text_of(imported.features[0], "名称") == "清瀬");
    CHECK(imported.report.encoding.name == "UTF-16LE");
}

TEST_CASE("planar coordinates are read when their CRS and columns are named") {
    const TemporaryFolder folder;
    const auto path = folder.write("spots.csv", "x,y\n-35367.5,-24236.1\n");
    ImportOptions options;
    options.crs = "EPSG:6677";
    CHECK(refusal_of(path, options).find("which column is east") != std::string::npos);
    options.lon_column = "y";
    options.lat_column = "x";
    const auto imported = import_file(path, options);
    REQUIRE(imported.features.size() == 1);
    const geo::LonLat position = imported.features[0].geometry.positions[0];
    CHECK(position.lon_deg == Approx(139.5655).margin(0.01));
    CHECK(position.lat_deg == Approx(35.681).margin(0.01));
}

TEST_CASE("columns of the old Tokyo datum are moved and flagged, never silently") {
    const TemporaryFolder folder;
    const auto imported = import_file(folder.write("spots.csv", "緯度（日本測地系）,経度（日本測地系）\n35.6547,139.7447\n"));
    REQUIRE(imported.features.size() == 1);
    CHECK(imported.report.crs.code == "EPSG:4301");
    CHECK(imported.report.crs.approximate_datum);
    CHECK(imported.report.crs.accuracy_m >= 9);
    CHECK(imported.report.warnings.size() == 1);
    CHECK(imported.features[0].geometry.positions[0].lat_deg - 35.6547 == Approx(0.00324).margin(0.0001));
}

TEST_CASE("a column of WKT gives any geometry, repaired and counted") {
    const TemporaryFolder folder;
    const auto imported =
        import_file(folder.write("areas.csv", "name,wkt\nsquare,\"POLYGON((0 0,1 0,1 1,0 1,0 0))\"\nbow,\"POLYGON((0 0,2 2,2 0,0 2,0 0))\"\n"
                                              "high,POINT Z (1 2 3)\nbad,POLYGON((0 0\nempty,\n"
                                              "both,\"GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))\"\n"));
    CHECK(imported.report.accepted == 4);
    CHECK(imported.features.size() == 5);
    CHECK(imported.report.refused == 2);
    CHECK(imported.report.repaired.at("self_intersection") == 1);
    CHECK(imported.report.repaired.at("heights dropped") == 1);
}

TEST_CASE("a cell longer than a property may be is refused, the rest is taken") {
    const TemporaryFolder folder;
    const auto imported = import_file(folder.write("spots.csv", "note,lat,lon\n" + std::string(100'000, 'x') + ",35,139\nshort,35,139\n"));
    CHECK(imported.features.size() == 1);
    REQUIRE(imported.report.refusals.size() == 1);
    CHECK(imported.report.refusals[0].row == 2);
}

TEST_CASE("100 MB in one line are refused with a sentence") {
    const TemporaryFolder folder;
    const auto path = folder / "long.csv";
    {
        std::ofstream file(path, std::ios::binary);
        file << "lat,lon\n";
        const std::string megabyte(1U << 20U, '7');
        for (int i = 0; i < 100; ++i) {
            file << megabyte;
        }
    }
    CHECK(refusal_of(path).find("expected a row of at most") == 0);
}

TEST_CASE("a spreadsheet's rounded codes are noticed") {
    const TemporaryFolder folder;
    const auto imported = import_file(folder.write("spots.csv", "lat,lon,number\n35,139,5.22001E+12\n"));
    REQUIRE(imported.report.warnings.size() == 1);
    CHECK(imported.report.warnings[0].find("5.22001E+12") != std::string::npos);
}

TEST_CASE("a file without anything in it, or that is no table, is refused with what it is") {
    const TemporaryFolder folder;
    CHECK(refusal_of(folder.write("empty.csv", "")).find("an empty file") != std::string::npos);
    CHECK(refusal_of(folder.write("blank.csv", "\n\n")).find("without any text") != std::string::npos);
    CHECK(refusal_of(folder.write("page.csv", "<!DOCTYPE html><html><body>404</body></html>")).find("a web page") != std::string::npos);
    CHECK(refusal_of(folder.write("report.pdf", "%PDF-1.7\n")).find("a PDF document") != std::string::npos);
    CHECK(refusal_of(folder / "absent.csv").find("found none at") != std::string::npos);
    CHECK(refusal_of(folder.write("names.csv", "name,address\na,b\n")).find("found the columns name, address in row 1") != std::string::npos);
}

TEST_CASE("refusals are counted past those that are kept") {
    const TemporaryFolder folder;
    std::string text = "lat,lon\n35,139\n";
    for (std::size_t i = 0; i < max_refusals_kept + 10; ++i) {
        text += "95,139\n";
    }
    const auto imported = import_file(folder.write("spots.csv", text));
    CHECK(imported.report.refusals.size() == max_refusals_kept);
    CHECK(imported.report.refused == max_refusals_kept + 10);
}
