// Real files of cities, ministries and other projects' collections: each is read, or refused with a sentence.
#include "tests/importers/import_support.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

/// Good to a thousandth over some hundred metres.
double distance_m(geo::LonLat a, geo::LonLat b) {
    const double degree_m = 111'200;
    const double east_m = (a.lon_deg - b.lon_deg) * degree_m * std::cos(a.lat_deg * std::numbers::pi / 180);
    return std::hypot(east_m, (a.lat_deg - b.lat_deg) * degree_m);
}

double farthest_m(const std::vector<geo::Feature> &a, const std::vector<geo::Feature> &b) {
    double farthest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        farthest = std::max(farthest, distance_m(a[i].geometry.positions[0], b.at(i).geometry.positions[0]));
    }
    return farthest;
}

/// Reads or refuses every file below a folder; what is refused has a sentence, what is read adds up.
std::pair<std::size_t, std::size_t> read_all(const std::filesystem::path &folder, const ImportOptions &options = {}) {
    std::size_t read = 0;
    std::size_t refused = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        INFO(entry.path().filename().string());
        try {
            const Imported imported = import_file(entry.path(), options);
            CHECK(imported.report.rows_read == imported.report.accepted + imported.report.refused);
            CHECK(imported.report.features == imported.features.size());
            ++read;
        } catch (const geo::Error &error) {
            CHECK(std::string_view(error.what()).size() > 20);
            CHECK(error.kind() != geo::ErrorKind::internal);
            ++refused;
        }
    }
    return {read, refused};
}

} // namespace

TEST_CASE("the fire hydrants of Tokyo: CP932, columns found without being told") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/tokyo/tokyo_fire_hydrants.csv");
    const Imported imported = import_file(path);
    CHECK(imported.report.encoding.name == "CP932");
    CHECK(imported.report.accepted == 134'734);
    CHECK(imported.report.refused == 0);
    CHECK(imported.report.encoding.sample.at(0) == "種別,緯度,経度");
    CHECK(imported.features.front() == [] {
        geo::Feature feature{"", geo::Geometry::point({139.761033, 35.690628}), {}};
        feature.properties.append("種別", std::string("消火栓"));
        return feature;
    }());
}

TEST_CASE("Tokyo's evacuation areas: line breaks in header cells, an empty row") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/tokyo/130001_evacuation_area.csv");
    const Imported imported = import_file(path);
    CHECK(imported.report.accepted == 2251);
    CHECK(imported.report.empty_rows_skipped == 1);
    CHECK(imported.report.preset.id == "evacuation_space");
    const geo::Properties &park = imported.features.at(0).properties;
    REQUIRE(park.find("hazard_earthquake") != nullptr);
    CHECK(*park.find("hazard_earthquake") == geo::Value(true));
    CHECK(*park.find("hazard_flood") == geo::Value(false));
    CHECK(imported.features.at(0).properties.find("エレベーター有/避難スペースが１階") != nullptr);
}

TEST_CASE("Ishikawa's tables: missing coordinates, a lost decimal point") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/csv");
    const ImportReport spaces = import_file(path / "ishikawa_170003_evacuation_space.csv").report;
    CHECK(spaces.accepted == 1525);
    CHECK(spaces.refused == 3);
    const ImportReport toilets = import_file(path / "ishikawa_170003_public_toilet.csv").report;
    CHECK(toilets.accepted == 102);
    REQUIRE(toilets.refusals.size() == 1);
    CHECK(toilets.refusals[0] ==
          Refusal{21, "経度", "13674703", "longitude 13674703 looks like 136.74703 without its decimal point", "decimal_point_lost"});
}

TEST_CASE("Ishikawa's damaged table is recognised, and read when asked") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/csv/ishikawa_170003_aed_MOJIBAKE.csv");
    CHECK(refusal_of(path).find("全国地方公共団体コード") != std::string::npos);
    ImportOptions options;
    options.encoding = "cp932-as-latin1";
    const Imported imported = import_file(path, options);
    CHECK(imported.report.rows_read == 286);
    CHECK(imported.report.preset.id == "aed");
    CHECK(text_of(imported.features.at(0), "name") == "石川県立大学");
    CHECK(imported.features.at(0).id == "FF0000000001");
    CHECK(imported.report.refused == 25); // 22 swapped, 3 with a comma behind the number
}

TEST_CASE("the same shops in four coordinate systems land in the same places") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/gisoer/tokyo23ku-cvs.zip");
    CHECK(refusal_of(path).find("tokyo23ku-cvs_jgd2000.shp, tokyo23ku-cvs/tokyo23ku-cvs_jgd2000_9kei.shp") != std::string::npos);
    const Imported reference = import_file(path, with_layer("tokyo23ku-cvs_jgd2000"));
    REQUIRE(reference.features.size() == 3853);
    CHECK(text_of(reference.features[0], "name") == "スリーエフ");
    CHECK_FALSE(reference.report.crs.approximate_datum);
    const Imported planar = import_file(path, with_layer("tokyo23ku-cvs_jgd2000_9kei"));
    CHECK(planar.report.crs.code == "EPSG:2451");
    CHECK(farthest_m(reference.features, planar.features) < 2);
    for (const char *layer : {"tokyo23ku-cvs_tokyo", "tokyo23ku-cvs_tokyo_9kei"}) {
        const Imported old = import_file(path, with_layer(layer));
        CHECK(old.report.crs.approximate_datum);
        CHECK(old.report.crs.accuracy_m >= 9);
        CHECK(old.report.warnings.size() == 1);
        CHECK(farthest_m(reference.features, old.features) < old.report.crs.accuracy_m);
    }
}

TEST_CASE("a shapefile in an archive's subfolder and a track in another are found") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/gisoer");
    const Imported ponds = import_file(path / "shinobazu.zip");
    REQUIRE(ponds.features.size() == 1);
    CHECK(ponds.features[0].geometry.is_polygon());
    CHECK(ponds.features[0].geometry.bounds().contains({139.7702, 35.7115}));
    CHECK(import_file(path / "track.zip").features.at(0).geometry.is_line());
}

TEST_CASE("the ministry's shapefiles without a .prj") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/ksj");
    const Imported hazards = import_file(path / "A26-10_13_sediment_hazard");
    CHECK(hazards.report.accepted == 4415);
    CHECK(hazards.report.encoding.name == "CP932");
    CHECK(hazards.report.crs.assumed);
    const Imported rivers = import_file(path / "W05-08_13_rivers/W05-08_13-g_Stream.shp");
    CHECK(std::any_of(rivers.features.begin(), rivers.features.end(), [](const auto &river) { return text_of(river, "W05_004") == "柳瀬川"; }));
    CHECK(refusal_of(path / "N03-21_13_admin_NO_SHP").find("expected N03-21_13_210101.shp") == 0);
    CHECK(refusal_of(path / "N02-21_Station_SHIFTJIS.geojson").find("found at byte 154 text that looks like CP932") != std::string::npos);
}

TEST_CASE("Kiyose's GeoJSON files, and its table without coordinates") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/kiyose");
    CHECK(import_file(path / "132217_gsi_designated_shelters.geojson").features.size() == 25);
    CHECK(import_file(path / "132217_gsi_emergency_evacuation_sites.geojson").features.size() == 30);
    CHECK(import_file(path / "13221_boundary_geolonia_n03.geojson").features.at(0).geometry.positions.size() == 538);
    CHECK(refusal_of(path / "132217_aed_TRANSCRIBED_utf8.csv").find("give --lon-column and --lat-column") != std::string::npos);
}

TEST_CASE("GeoJSON ids are told from properties called id") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.geojson", R"({"type":"FeatureCollection","features":[
        {"type":"Feature","id":"a","properties":{"open":true,"when":"2026-04-12","tags":["x"]},"geometry":{"type":"Point","coordinates":[139,35,7]}},
        {"type":"Feature","id":7,"properties":{"id":"mine"},"geometry":{"type":"Point","coordinates":[139,35]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[139,35]}},
        {"type":"Feature","id":"a","properties":{},"geometry":{"type":"Point","coordinates":[139,35]}},
        {"type":"Feature","id":"n","properties":{},"geometry":null}]})");
    const Imported imported = import_file(path);
    REQUIRE(imported.features.size() == 3);
    CHECK(imported.features[0].id == "a");
    CHECK(imported.features[0].properties.find("id") == nullptr);
    CHECK(*imported.features[0].properties.find("open") == geo::Value(true));
    CHECK(text_of(imported.features[0], "when") == "2026-04-12");
    CHECK(imported.features[1].id == "7");
    CHECK(text_of(imported.features[1], "id") == "mine");
    CHECK(imported.features[2].id.empty());
    CHECK(imported.report.repaired.at("heights dropped") == 1);
    REQUIRE(imported.report.refusals.size() == 2);
    CHECK(imported.report.refusals[0] == Refusal{4, "id", "a", "the id is already that of row 1"});
    CHECK(imported.report.refusals[1] == Refusal{5, "", "", "no geometry"});
}

TEST_CASE("refused features of GeoJSON say which they would have been") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.geojson", R"({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": "good", "properties": {"name": "一"}, "geometry": {"type": "Point", "coordinates": [139.5, 35.7]}},
        {"type": "Feature", "id": "placeless", "properties": {"name": "二"}, "geometry": null},
        {"type": "Feature", "id": "polar", "properties": {"name": "三"}, "geometry": {"type": "Point", "coordinates": [139.5, 89]}}]})");
    const std::vector<LostRow> lost = lost_rows_of(path);
    REQUIRE(lost.size() == 2);
    CHECK(lost[0].id == "placeless");
    CHECK(*lost[0].properties.find("name") == geo::Value(std::string("二")));
    CHECK(lost[1].id == "polar");
    CHECK(lost[1].row == 3);
}

TEST_CASE("one GeoJSON feature a line is read as such") {
    const TemporaryFolder folder;
    const std::string line = R"({"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[139,35]}})";
    CHECK(import_file(folder.write("a.geojson", line + "\n" + line + "\n")).report.driver == "GeoJSONSeq");
    CHECK(import_file(folder.write("b.geojsonl", line + "\n" + line + "\n")).features.size() == 2);
}

TEST_CASE("KML's collections are split, its folders taken together") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.kml", R"(<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
        <Folder><name>北</name><Placemark><name>一</name><Point><coordinates>139,35,5</coordinates></Point></Placemark></Folder>
        <Folder><name>南</name><Placemark><name>二</name><MultiGeometry><Point><coordinates>139,34</coordinates></Point>
        <LineString><coordinates>139,34 139.1,34.1</coordinates></LineString></MultiGeometry></Placemark></Folder></Document></kml>)");
    const Imported imported = import_file(path);
    CHECK(imported.report.rows_read == 2);
    CHECK(imported.features.size() == 3);
    CHECK(text_of(imported.features[0], "Name") == "一");
    CHECK(import_file(path, with_layer("南")).features.size() == 2);
}

TEST_CASE("every file of the collections is read or refused with a sentence") {
    for (const char *name : {"geojson/check-geojson", "geojson/geojson-fixtures", "gps", "shp-edge", "geojson/JSONTestSuite"}) {
        KEYAKI_SHARED_DATA_OR_SKIP(path, name);
        const auto [read, refused] = read_all(path);
        WARN(name << ": " << read << " read, " << refused << " refused with a sentence");
        CHECK(read + refused > 0);
    }
}

TEST_CASE("odd shapefiles are read or refused when their CRS is given") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "shp-edge");
    for (const char *crs : {"EPSG:4326", "EPSG:6677"}) {
        ImportOptions options;
        options.crs = crs;
        const auto [read, refused] = read_all(path, options);
        WARN(crs << ": " << read << " read, " << refused << " refused with a sentence");
        CHECK(read > 0);
    }
}
