// What the city edited in OpenStreetMap's layers meets what OpenStreetMap says later.
#include "tests/osm/osm_city.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using server::imports::ConflictRule;
using test::OsmCity;

namespace {

const std::string nodes = "n1 v1 t2026-01-01T00:00:00Z x139.50 y35.78\nn2 v1 t2026-01-01T00:00:00Z x139.51 y35.78\n";

std::string road(int version, const std::string &name) {
    return nodes + "w3 v" + std::to_string(version) + " t2026-01-0" + std::to_string(version) + "T00:00:00Z Thighway=residential,name=" + name +
           " Nn1,n2\n";
}

std::string road_change(int version, const std::string &name) {
    const std::string number = std::to_string(version);
    return "<modify><way id='3' version='" + number + "' timestamp='2026-01-0" + number +
           "T00:00:00Z'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/><tag k='name' v='" + name + "'/></way></modify>";
}

OsmCity &with_road(OsmCity &city) {
    (void)city.import_opl(road(1, "old"));
    city.publish();
    return city;
}

} // namespace

TEST_CASE("what the city edited and published stays when the map is imported again, and is told") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "ours");
    const server::OsmImportOutcome again = city.import_opl(road(1, "old"));
    city.publish();
    CHECK(city.name_of("roads", "w3") == "ours");
    REQUIRE(again.findings.kept_edits.count() == 1);
    CHECK(again.findings.kept_edits.entries()[0].feature.id == "roads/w3");
    CHECK(again.findings.conflicts.count() == 0);
}

TEST_CASE("where both the city and OpenStreetMap changed a feature, the city's state stays and the conflict is listed, by a file or by changes") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "ours");
    const bool by_changes = GENERATE(false, true);
    const server::OsmImportOutcome met = by_changes ? city.import_osc(road_change(2, "theirs")).import : city.import_opl(road(2, "theirs"));
    city.publish();
    CHECK(city.name_of("roads", "w3") == "ours");
    REQUIRE(met.findings.conflicts.count() == 1);
    CHECK(met.findings.conflicts.entries()[0].file_says == "changed");
    CHECK(met.findings.conflicts.entries()[0].draft_says == "changed");
    CHECK(met.findings.conflicts.entries()[0].taken == "city");
}

TEST_CASE("a conflict is decided for OpenStreetMap where that is asked for, and refused as a whole where that is") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "ours");
    CHECK_THROWS_WITH(city.import_osc(road_change(2, "theirs"), ConflictRule::refuse),
                      Catch::Contains("1 features were edited by the city") && Catch::Contains("roads/w3") && Catch::Contains("nothing was changed"));
    CHECK_FALSE(city.store().find_layer("roads")->has_draft);
    const server::OsmChangesOutcome taken = city.import_osc(road_change(2, "theirs"), ConflictRule::file);
    city.publish();
    CHECK(taken.import.findings.conflicts.entries()[0].taken == "file");
    CHECK(city.name_of("roads", "w3") == "theirs");
    // From here on it is OpenStreetMap's again.
    CHECK(city.import_osc(road_change(3, "later")).import.findings.conflicts.count() == 0);
    city.publish();
    CHECK(city.name_of("roads", "w3") == "later");
}

TEST_CASE("what the city removed stays away, and what OpenStreetMap removes of the city's edits stays there") {
    OsmCity city;
    (void)city.import_opl(road(1, "old") + "w4 v1 t2026-01-01T00:00:00Z Thighway=residential,name=second Nn1,n2\n");
    city.publish();
    city.edit("roads", "w3", std::nullopt);
    city.edit("roads", "w4", "ours");
    const server::OsmChangesOutcome met =
        city.import_osc(road_change(2, "theirs") + "<delete><way id='4' version='2' timestamp='2026-01-02T00:00:00Z'/></delete>");
    city.publish();
    CHECK(city.name_of("roads", "w3") == "-");
    CHECK(city.name_of("roads", "w4") == "ours");
    CHECK(met.import.findings.conflicts.count() == 2);
    // Imported once more, nothing has changed.
    const server::OsmImportOutcome again = city.import(city.extract());
    CHECK(again.layers.at("roads").added + again.layers.at("roads").changed + again.layers.at("roads").removed == 0);
}

TEST_CASE("an edit that OpenStreetMap makes too is no conflict") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "theirs");
    const server::OsmChangesOutcome met = city.import_osc(road_change(2, "theirs"));
    CHECK(met.import.findings.conflicts.count() == 0);
    CHECK(met.import.layers.at("roads").changed == 0);
    CHECK(city.name_of("roads", "w3") == "theirs");
}

TEST_CASE("an edit that OpenStreetMap made too follows OpenStreetMap from then on") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "theirs");
    (void)city.import_osc(road_change(2, "theirs"));
    city.publish();
    CHECK(city.import_osc(road_change(3, "later")).import.findings.conflicts.count() == 0);
    city.publish();
    CHECK(city.name_of("roads", "w3") == "later");
}

TEST_CASE("a conflict is told once: after that the city's edit stays as any other") {
    OsmCity city;
    with_road(city).edit("roads", "w3", "ours");
    CHECK(city.import_osc(road_change(2, "theirs")).import.findings.conflicts.count() == 1);
    city.publish();
    const server::OsmImportOutcome again = city.import(city.extract());
    CHECK(again.findings.conflicts.count() == 0);
    CHECK(again.findings.kept_edits.count() == 1);
    CHECK(city.name_of("roads", "w3") == "ours");
}

TEST_CASE("what somebody tidies in a draft before its first publish stays, and is no conflict") {
    OsmCity city;
    (void)city.import_opl(road(1, "old") + "w4 v1 t2026-01-01T00:00:00Z Thighway=residential,name=second Nn1,n2\n");
    city.edit("roads", "w3", "ours", data::LayerEdit::Target::draft);
    city.edit("roads", "w4", std::nullopt, data::LayerEdit::Target::draft);
    city.publish();
    const server::OsmImportOutcome again = city.import(city.extract());
    CHECK(again.findings.conflicts.count() == 0);
    CHECK(again.findings.kept_edits.count() == 2);
    city.publish();
    CHECK(city.name_of("roads", "w3") == "ours");
    CHECK(city.name_of("roads", "w4") == "-");
}

TEST_CASE("an edit keeps its mark though its number was a discarded import's, or that of one that another draft superseded") {
    const bool discards = GENERATE(true, false);
    OsmCity city;
    const std::string two = road(1, "old") + "w4 v1 t2026-01-01T00:00:00Z Thighway=residential,name=second Nn1,n2\n";
    const std::string changed = road(2, "theirs") + "w4 v1 t2026-01-01T00:00:00Z Thighway=residential,name=second Nn1,n2\n";
    (void)city.import_opl(two);
    city.publish();
    (void)city.import_opl(changed);
    if (discards) {
        city.store().write([](data::WriteTransaction &books) { books.discard_draft("roads", "staff", 1); });
    } else {
        (void)city.import_opl(two);
    }
    (void)city.import_opl(changed);
    city.edit("roads", "w4", "ours"); // published below the draft
    city.publish();
    CHECK(city.import_opl(changed).findings.kept_edits.count() == 1);
    city.publish();
    CHECK(city.name_of("roads", "w4") == "ours");
}

TEST_CASE("a rollback is the city's word too: what it brought back stays until OpenStreetMap changes it") {
    OsmCity city;
    with_road(city);
    (void)city.import_osc(road_change(2, "vandal"));
    city.publish();
    city.store().write([](data::WriteTransaction &books) { books.rollback("roads", 1, "staff", "vandalised", 1); });
    CHECK(city.name_of("roads", "w3") == "old");
    CHECK(city.import(city.extract()).findings.kept_edits.count() == 1);
    const server::OsmChangesOutcome met = city.import_osc(road_change(3, "mended"));
    CHECK(met.import.findings.conflicts.count() == 1);
}
