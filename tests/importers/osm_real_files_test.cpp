#include "geo/error.hpp"
#include "geo/validity.hpp"
#include "tests/importers/osm_support.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::import_osm;
using keyaki::test::ImportedOsm;

namespace {

std::string name_of(const geo::Feature &feature) {
    const geo::Value *name = feature.properties.find("name");
    return name == nullptr ? "" : std::get<std::string>(*name);
}

/// How many features of all layers are not valid, or wound wrongly.
std::size_t invalid_features(const ImportedOsm &imported) {
    std::size_t count = 0;
    for (const auto &[layer, features] : imported.layers) {
        for (const auto &[id, feature] : features) {
            geo::Geometry geometry = feature.geometry;
            const bool wrong = geo::invalidity(geometry) || (geometry.is_polygon() && geo::normalise_rings(geometry));
            count += wrong ? 1U : 0U;
        }
    }
    return count;
}

} // namespace

TEST_CASE("Waseda, saved by JOSM, gives its streets and stations") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/jp/tokyo-waseda-2020.osm");
    const ImportedOsm imported = import_osm(path);
    CHECK(imported.report.format == "XML");
    CHECK(imported.report.nodes == 3295);
    CHECK(imported.report.ways == 518);
    CHECK(imported.report.relations == 29);
    CHECK(imported.report.features.at("buildings") == 311);
    CHECK(invalid_features(imported) == 0);
    const auto &stations = imported.layers.at("stations");
    CHECK(std::any_of(stations.begin(), stations.end(), [](const auto &entry) { return name_of(entry.second) == "西早稲田"; }));
}

TEST_CASE("Nerima, whose objects are in no order, gives every road with all of its nodes") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/jp/tokyo-nerima-2011.osm");
    const ImportedOsm imported = import_osm(path);
    CHECK(imported.report.unordered);
    CHECK(imported.report.nodes == 3694);
    CHECK(imported.report.ways == 751);
    CHECK(imported.report.missing_nodes == 0);
    CHECK(imported.report.duplicate_objects == 0);
    CHECK(imported.report.features.at("roads") == 652);
    CHECK(invalid_features(imported) == 0);
}

TEST_CASE("Liechtenstein is the same from PBF and from XML packed with bzip2") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/small");
    const ImportedOsm pbf = import_osm(path / "liechtenstein-2013.osm.pbf");
    const ImportedOsm xml = import_osm(path / "liechtenstein-2013.osm.bz2");
    CHECK(pbf.report.format == "PBF");
    CHECK(xml.report.format == "XML packed with bzip2");
    CHECK(pbf.size() > 7000);
    CHECK((pbf.layers == xml.layers));
}

TEST_CASE("Monaco is the same from blocks of zlib and of LZ4") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm");
    const ImportedOsm zlib = import_osm(path / "small/monaco-planetiler.osm.pbf");
    const ImportedOsm lz4 = import_osm(path / "edge/monaco-lz4.osm.pbf");
    CHECK(zlib.size() > 4000);
    CHECK((zlib.layers == lz4.layers));
}

TEST_CASE("Neubrandenburg and its surroundings come whole and valid") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/derived/neubrandenburg-2016.osm.pbf");
    const ImportedOsm imported = import_osm(path);
    const auto &features = imported.report.features;
    CHECK(features.at("roads") == 4770);
    CHECK(features.at("buildings") == 15339);
    CHECK(features.at("water") == 508);
    CHECK(features.at("stations") == 209);
    CHECK(features.at("places") == 86);
    CHECK(imported.report.missing_nodes == 0);
    CHECK(imported.report.invalid_areas == 0);
    CHECK(invalid_features(imported) == 0);
    const auto &water = imported.layers.at("water");
    CHECK(std::any_of(water.begin(), water.end(), [](const auto &entry) { return name_of(entry.second) == "Tollensesee"; }));
}

TEST_CASE("boxes keep exactly the features that meet them, from files in order and in none") {
    const auto check = [](const std::filesystem::path &path, std::uint32_t seed, std::size_t least) {
        const ImportedOsm all = import_osm(path);
        std::vector<geo::LonLat> centres;
        for (const auto &[id, feature] : all.layers.at("roads")) {
            centres.push_back(feature.geometry.positions.front());
        }
        std::mt19937 random(seed);
        for (int round = 0; round < 4; ++round) {
            const double reach_deg = round == 0 ? 0.02 : 0.002;
            const geo::LonLat centre = centres[random() % centres.size()];
            OsmOptions options;
            options.bbox =
                geo::LonLatBox{centre.lon_deg - reach_deg, centre.lat_deg - reach_deg, centre.lon_deg + reach_deg, centre.lat_deg + reach_deg};
            const ImportedOsm boxed = import_osm(path, options);
            std::size_t expected = 0;
            std::size_t different = 0;
            for (const auto &[layer, features] : all.layers) {
                for (const auto &[id, feature] : features) {
                    if (options.bbox->intersects(feature.geometry.bounds())) {
                        ++expected;
                        different += boxed.has(layer, id) && boxed.feature(layer, id) == feature ? 0U : 1U;
                    }
                }
            }
            CHECK(expected > (round == 0 ? least : 0));
            CHECK(boxed.size() == expected);
            CHECK(different == 0);
        }
    };
    SECTION("Neubrandenburg, in order") {
        KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/derived/neubrandenburg-2016.osm.pbf");
        check(path, 5, 500);
    }
    SECTION("Monaco, with many relations that are not complete") {
        KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/small/monaco-planetiler.osm.pbf");
        check(path, 11, 100);
    }
    SECTION("Nerima, in no order") {
        KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/jp/tokyo-nerima-2011.osm");
        check(path, 3, 50);
    }
}

TEST_CASE("every odd file is imported or refused with a sentence that names it") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/edge");
    std::size_t imported = 0;
    std::size_t refused = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        INFO(entry.path().string());
        try {
            const OsmReport report = read_osm_file(entry.path(), {}, [](std::string_view, geo::Feature &&) {});
            CHECK_FALSE(report.format.empty());
            ++imported;
        } catch (const geo::Error &error) {
            CHECK(error.kind() == geo::ErrorKind::invalid_input);
            CHECK_THAT(error.what(), Catch::Contains(entry.path().filename().string()));
            ++refused;
        }
    }
    CHECK(imported > 100);
    CHECK(refused > 100);
}

TEST_CASE("XML that is wrong is refused and XML that is right is read, as the test data says") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/edge/osm-testdata/xml/data");
    // libosmium is lenient here: it passes over elements that it does not know, members without a type or reference are refused.
    const std::set<std::string> lenient{"101", "103", "108", "109", "123", "124", "125"};
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
        std::ifstream result(entry.path() / "result");
        std::string expected;
        result >> expected;
        const std::string number = entry.path().filename().string().substr(0, 3);
        if (expected.empty() || lenient.contains(number) || number == "300") { // 300 is a change file: refused here
            continue;
        }
        const auto data = std::filesystem::exists(entry.path() / "data.osm") ? entry.path() / "data.osm" : entry.path() / "data.osm.gz";
        INFO(data.string());
        bool valid = true;
        try {
            static_cast<void>(read_osm_file(data, {}, [](std::string_view, geo::Feature &&) {}));
        } catch (const geo::Error &) {
            valid = false;
        }
        CHECK(valid == (expected == "valid"));
    }
}

TEST_CASE("a truncated extract is refused, wherever it ends") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/small/monaco-planetiler.osm.pbf");
    std::ostringstream whole;
    whole << std::ifstream(path, std::ios::binary).rdbuf();
    const std::string bytes = whole.str();
    const test::TemporaryFolder folder;
    for (const std::size_t size : {3UL, 20UL, 100UL, 5000UL, bytes.size() / 2, bytes.size() - 1}) {
        const auto cut = folder.write("cut.osm.pbf", std::string_view(bytes).substr(0, size));
        CHECK_THROWS_AS(static_cast<void>(read_osm_file(cut, {}, [](std::string_view, geo::Feature &&) {})), geo::Error);
    }
}
