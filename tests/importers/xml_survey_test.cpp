#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

std::string refusal_of_text(std::string_view name, const std::string &text) {
    const TemporaryFolder folder;
    return refusal_of(folder.write(name, text));
}

} // namespace

TEST_CASE("XML that is not well-formed is refused with line and column") {
    CHECK(refusal_of_text("a.gpx", "<gpx version='1.1'>\n<wpt lat='35' lon='139'>\n</gpx>") ==
          "expected well-formed XML in a.gpx, found \"mismatched tag\" at line 3, column 3");
    CHECK_THAT(refusal_of_text("a.kml", "<kml><Document><Placemark>"),
               Catch::Contains("expected well-formed XML in a.kml, found \"no element found\""));
}

TEST_CASE("entities of a file's own are refused before anything makes them larger or fetches them") {
    const std::string bomb =
        "<!DOCTYPE gpx [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n<gpx><wpt lat='35' lon='139'><name>&b;</name></wpt></gpx>";
    CHECK_THAT(refusal_of_text("a.gpx", bomb),
               Catch::Contains("expected XML without entities of its own in a.gpx, found the declaration of an entity at line 1"));
    const std::string external = "<!DOCTYPE kml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<kml><Placemark><name>&x;</name></Placemark></kml>";
    CHECK_THAT(refusal_of_text("a.kml", external), Catch::Contains("found the declaration of an entity"));
}

TEST_CASE("elements nested without end and files without places are refused") {
    std::string deep = "<kml>";
    for (int i = 0; i < 10'000; ++i) {
        deep += "<Folder>";
    }
    CHECK_THAT(refusal_of_text("a.kml", deep), Catch::Contains("expected XML elements at most 200 deep in a.kml"));
    CHECK(refusal_of_text("a.kml", "<kml><NetworkLink/></kml>") == "expected places (Placemark) in a.kml, found none");
    CHECK(refusal_of_text("a.gpx", "<gpx version='1.1'></gpx>") == "expected waypoints, routes or tracks in a.gpx, found none");
}
