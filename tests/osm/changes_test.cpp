// Change files over the kept extract: what they change, and what refuses them.
#include "tests/osm/osm_city.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fstream>

using namespace keyaki;
using test::OsmCity;

namespace {

/// A road, a pond with an island as a relation, a café.
const std::string map = "n1 v1 t2026-01-01T00:00:00Z x139.500 y35.780\nn2 v1 t2026-01-01T00:00:00Z x139.510 y35.780\n"
                        "n11 v1 t2026-01-01T00:00:00Z x139.520 y35.780\nn12 v1 t2026-01-01T00:00:00Z x139.530 y35.780\n"
                        "n13 v1 t2026-01-01T00:00:00Z x139.530 y35.790\nn14 v1 t2026-01-01T00:00:00Z x139.520 y35.790\n"
                        "n21 v1 t2026-01-01T00:00:00Z x139.524 y35.784\nn22 v1 t2026-01-01T00:00:00Z x139.526 y35.784\n"
                        "n23 v1 t2026-01-01T00:00:00Z x139.525 y35.786\n"
                        "n30 v1 t2026-01-01T00:00:00Z Tamenity=cafe,name=old x139.505 y35.785\n"
                        "w3 v1 t2026-01-01T00:00:00Z Thighway=residential,name=road Nn1,n2\n"
                        "w10 v1 t2026-01-01T00:00:00Z T Nn11,n12,n13,n14,n11\nw20 v1 t2026-01-01T00:00:00Z T Nn21,n22,n23,n21\n"
                        "r1 v1 t2026-01-01T00:00:00Z Ttype=multipolygon,natural=water Mw10@outer,w20@inner\n";

std::string node(int id, int version, double lon, double lat, const std::string &tags = "") {
    return fmt::format("<node id='{}' version='{}' timestamp='2026-01-{:02}T00:00:00Z' lon='{}' lat='{}'>{}</node>", id, version, version, lon, lat,
                       tags);
}

geo::Feature feature(OsmCity &city, const std::string &layer, const std::string &id) {
    const auto found = city.store().find_feature(layer, data::LayerState::published(), id);
    REQUIRE(found);
    return found->feature;
}

OsmCity &with_map(OsmCity &city) {
    (void)city.import_opl(map);
    city.publish();
    return city;
}

} // namespace

TEST_CASE("a node that moves moves the ways that it is in, and the areas of their relations") {
    OsmCity city;
    const auto changed = with_map(city).import_osc("<modify>" + node(2, 2, 139.511, 35.781) + node(12, 2, 139.531, 35.78) + "</modify>");
    city.publish();
    CHECK(changed.changes.modified == 2);
    CHECK(changed.import.layers.at("roads").changed == 1);
    CHECK(changed.import.layers.at("water").changed == 1);
    CHECK(changed.import.layers.at("points_of_interest").changed == 0);
    CHECK(feature(city, "roads", "w3").geometry.positions.back() == geo::LonLat{139.511, 35.781});
}

TEST_CASE("a relation that loses a member has another area, and one that goes has none") {
    OsmCity city;
    with_map(city);
    CHECK(feature(city, "water", "r1").geometry.part_count() == 2);
    (void)city.import_osc("<modify><relation id='1' version='2' timestamp='2026-01-02T00:00:00Z'><member type='way' ref='10' role='outer'/>"
                          "<tag k='type' v='multipolygon'/><tag k='natural' v='water'/></relation></modify>");
    city.publish();
    CHECK(feature(city, "water", "r1").geometry.part_count() == 1);
    const auto gone = city.import_osc("<delete><relation id='1' version='3' timestamp='2026-01-03T00:00:00Z'/></delete>");
    CHECK(gone.import.layers.at("water").removed == 1);
}

TEST_CASE("things come, change and go, and the layers are as if the changed extract had been imported alone") {
    OsmCity city;
    with_map(city);
    (void)city.import_osc("<create>" + node(40, 1, 139.506, 35.786, "<tag k='amenity' v='cafe'/>") + "</create><modify>" +
                          node(30, 2, 139.505, 35.785, "<tag k='amenity' v='cafe'/><tag k='name' v='new'/>") +
                          "</modify><delete><way id='3' version='1' timestamp='2026-01-02T00:00:00Z'/></delete>");
    city.publish();
    CHECK(city.name_of("points_of_interest", "n30") == "new");
    CHECK(city.name_of("roads", "w3") == "-");
    OsmCity scratch;
    (void)scratch.import(city.extract());
    scratch.publish();
    CHECK(city.content() == scratch.content());
}

TEST_CASE("a change file that was applied already, or comes too late, is refused and changes nothing") {
    OsmCity city;
    with_map(city);
    const std::string second = "<modify>" + node(30, 2, 139.505, 35.785, "<tag k='amenity' v='cafe'/><tag k='name' v='second'/>") + "</modify>";
    const std::string third = "<modify>" + node(30, 3, 139.505, 35.785, "<tag k='amenity' v='cafe'/><tag k='name' v='third'/>") + "</modify>";
    (void)city.import_osc(third);
    city.publish();
    const auto before = city.store().find_osm_extract();
    for (const std::string &known : {third, second}) {
        CHECK_THROWS_WITH(city.import_osc(known), Catch::StartsWith("changes") && Catch::Contains("found 1 that it has already"));
    }
    // What comes late may be what the extract has lost since.
    const std::string late = "<create>" + node(40, 2, 139.506, 35.786, "<tag k='amenity' v='cafe'/>") + "</create>";
    CHECK_THROWS_WITH(city.import_osc(late),
                      Catch::Contains("expected changes after 2026-01-03T00:00:00Z, to which the extract is current, found none "
                                      "after 2026-01-02T00:00:00Z, and n40 among them"));
    CHECK(city.name_of("points_of_interest", "n30") == "third");
    CHECK(city.store().find_osm_extract() == before);
}

TEST_CASE("a deletion counts whatever the order of files, also where it has the number of the version that it deletes") {
    const bool deletes_first = GENERATE(false, true);
    OsmCity city;
    with_map(city);
    const auto file = [&](const std::string &name, const std::string &elements) {
        std::ofstream(city.folder() / name) << test::osm_change(elements);
        return city.folder() / name;
    };
    const auto modify = file("modify.osc", "<modify>" + node(30, 2, 139.505, 35.785, "<tag k='amenity' v='cafe'/>") + "</modify>");
    const auto remove = file("remove.osc", "<delete>" + node(30, 2, 139.505, 35.785) + "</delete>");
    CHECK(city.import_changes(deletes_first ? std::vector{remove, modify} : std::vector{modify, remove}).changes.deleted == 1);
}

TEST_CASE("an import whose file cannot be kept leaves no extract behind, so that changes are not laid over another map") {
    OsmCity city;
    with_map(city);
    const server::OsmImportOutcome unsorted =
        city.import_opl("w3 v1 Thighway=residential,name=other Nn1,n2\nn2 v1 x139.510 y35.780\nn1 v1 x139.500 y35.780\n");
    CHECK_FALSE(unsorted.kept);
    CHECK_THAT(unsorted.not_kept_because, Catch::Contains("`osmium sort` puts them in order"));
    CHECK_THROWS_WITH(city.import_osc("<create/>"), Catch::Contains("there is no extract"));
}

TEST_CASE("while one import of OpenStreetMap runs another is refused") {
    OsmCity city;
    with_map(city);
    const auto lock = city.store().lock_osm();
    CHECK_THROWS_WITH(city.import_osc("<create/>"), Catch::Contains("another import of OpenStreetMap is running"));
    CHECK_THROWS_WITH(city.import_opl(map), Catch::Contains("another import of OpenStreetMap is running"));
}

TEST_CASE("of a file that declares no box what is new far away is left out, and a new way across the city is not") {
    OsmCity city;
    with_map(city); // OPL declares none
    const auto changed = city.import_osc("<create>" + node(50, 1, 2.35, 48.85, "<tag k='amenity' v='cafe'/>") + node(51, 1, 139.40, 35.785) +
                                         node(52, 1, 139.60, 35.785) +
                                         "<way id='60' version='1' timestamp='2026-01-02T00:00:00Z'><nd ref='51'/><nd ref='52'/>"
                                         "<tag k='highway' v='motorway'/></way></create>");
    CHECK(changed.changes.created == 3);
    CHECK(changed.changes.elsewhere == 1);
}

TEST_CASE("of several files in any order the newest version of each object counts") {
    OsmCity city;
    with_map(city);
    std::vector<std::filesystem::path> files;
    for (const int version : {4, 2, 3}) {
        const auto file = city.folder() / fmt::format("{}.osc", version);
        std::ofstream(file) << test::osm_change(
            "<modify>" + node(30, version, 139.505, 35.785, fmt::format("<tag k='amenity' v='cafe'/><tag k='name' v='{}'/>", version)) + "</modify>");
        files.push_back(file);
    }
    CHECK(city.import_changes(files).changes.modified == 1);
    city.publish();
    CHECK(city.name_of("points_of_interest", "n30") == "4");
}

TEST_CASE("of an extract with a box what is new elsewhere is left out, but not what a way in it needs") {
    OsmCity city;
    const auto file = city.folder() / "map.opl";
    std::ofstream(file) << map;
    const geo::LonLatBox box{139.49, 35.77, 139.54, 35.80};
    CHECK(city.import(file, box).kept->box == box);
    city.publish();
    const auto changed = city.import_osc(
        "<create>" + node(50, 1, 139.60, 35.78) + node(51, 1, 139.61, 35.78) + node(52, 1, 139.60, 35.79, "<tag k='amenity' v='cafe'/>") +
        "<way id='60' version='1' timestamp='2026-01-02T00:00:00Z'><nd ref='2'/><nd ref='50'/><tag k='highway' v='residential'/></way>"
        "<way id='61' version='1' timestamp='2026-01-02T00:00:00Z'><nd ref='50'/><nd ref='51'/><tag k='highway' v='residential'/></way>"
        "</create><modify>" +
        node(53, 2, 139.70, 35.78) + node(54, 2, 139.50, 35.79) + "</modify>");
    city.publish();
    CHECK(changed.changes.created == 3); // n50, w60, n54
    CHECK(changed.changes.elsewhere == 4);
    CHECK(changed.changes.unknown == 1); // n54 was there before by its version
    CHECK(feature(city, "roads", "w60").geometry.positions.size() == 2);
    CHECK(city.name_of("roads", "w61") == "-");
}

TEST_CASE("files that are no changes are refused by their own names, and nothing is changed") {
    OsmCity city;
    with_map(city);
    const auto file = [&](const std::string &name, const std::string &text) {
        std::ofstream(city.folder() / name) << text;
        return std::vector<std::filesystem::path>{city.folder() / name};
    };
    CHECK_THROWS_WITH(city.import_changes(file("a.osc", "<osm version='0.6'></osm>")),
                      Catch::Contains((city.folder() / "a.osc").string()) && Catch::Contains("<osmChange>"));
    CHECK_THROWS_WITH(city.import_changes(file("b.osc", "nothing of the kind")), Catch::Contains("is not a change file"));
    CHECK_THROWS_WITH(city.import_changes(file("c.osc", "<osmChange version='0.6'><modify><node id='30' ")), Catch::Contains("c.osc"));
    CHECK_THROWS_WITH(city.import_changes({city.extract()}), Catch::Contains("found PBF"));
    CHECK_FALSE(city.store().find_layer("roads")->has_draft);
}

TEST_CASE("without an extract there is nothing to lay changes over") {
    OsmCity city;
    CHECK_THROWS_WITH(city.import_osc("<create/>"), Catch::Contains("there is no extract of OpenStreetMap in the database"));
}

TEST_CASE("a replication's folder is taken from where the extract is, and a gap in it is refused") {
    OsmCity city;
    with_map(city);
    const auto folder = city.folder() / "minute";
    const auto put = [&](int sequence) {
        const auto path = folder / "000" / "004" / fmt::format("{:03}.osc", sequence);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << test::osm_change(
            "<modify>" + node(30, sequence, 139.505, 35.785, fmt::format("<tag k='amenity' v='cafe'/><tag k='name' v='{}'/>", sequence)) +
            "</modify>");
        std::ofstream(folder / "state.txt") << "#comment\nsequenceNumber=4" << fmt::format("{:03}", sequence)
                                            << "\ntimestamp=2026-01-02T00\\:00\\:00Z\n";
    };
    put(2);
    put(3);
    CHECK_THROWS_WITH(city.import_changes({folder}), Catch::Contains("name the first change with --from; the newest is 4003"));
    server::OsmChangesImport import{{folder}, 4002, server::imports::ConflictRule::draft, "test", city.folder()};
    CHECK(server::import_osm_changes(city.store(), import, {}).files == 2);
    city.publish();
    CHECK(city.name_of("points_of_interest", "n30") == "3");
    CHECK(city.store().find_osm_extract()->sequence == 4003);
    CHECK(city.import_changes({folder}).files == 0);
    import.from_sequence = 4007;
    CHECK_THROWS_WITH(server::import_osm_changes(city.store(), import, {}), Catch::Contains("--from: expected at most 4004"));
    import.from_sequence = 4003; // once more: it has all of it
    CHECK(server::import_osm_changes(city.store(), import, {}).changes.known == 1);
    put(5);
    CHECK_THROWS_WITH(city.import_changes({folder}), Catch::Contains("expected change 4004 at") && Catch::Contains("without a gap"));
    CHECK(city.store().find_osm_extract()->sequence == 4003);
}
