// Maps that are broken in a way that a reader could miss.
#include "geo/error.hpp"
#include "tests/importers/osm_support.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::import_opl;

namespace {

std::string error_of(const std::string &name, std::string_view bytes) {
    const test::TemporaryFolder folder;
    try {
        static_cast<void>(read_osm_file(folder.write(name, bytes), {}, [](std::string_view, geo::Feature &&) {}));
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

std::string nodes(int count) {
    std::string lines;
    for (int id = 1; id <= count; ++id) {
        lines += "n" + std::to_string(id) + " x139.5 y35.7\n";
    }
    return lines;
}

} // namespace

TEST_CASE("a history file is refused, by its name and by its content") {
    constexpr std::string_view history = "<osm version='0.6'><node id='1' version='1' lat='35' lon='139'><tag k='amenity' v='cafe'/></node>"
                                         "<node id='1' version='2' lat='35' lon='139'><tag k='amenity' v='bar'/></node></osm>";
    CHECK_THAT(error_of("city.osh", "<osm version='0.6'></osm>"), Catch::Contains("city.osh: is by its name a history or change file"));
    CHECK_THAT(error_of("city.osh.pbf", "x"), Catch::Contains("is by its name a history or change file"));
    CHECK_THAT(error_of("city.osm", history), Catch::Contains("city.osm: expected each object once, found n1 in the versions 1 and 2"));
    CHECK(error_of("city.opl", "w1 v3 T Nn1\nw1 v3 T Nn1\n").empty()); // a doubled object is no history
}

TEST_CASE("an extract that ends in the middle of its nodes is refused, a file of things on their own is not") {
    CHECK_THAT(error_of("cut.opl", nodes(1500)), Catch::Contains("cut.opl: expected the ways that its 1500 nodes without tags are for, found none"));
    CHECK(error_of("drawing.opl", nodes(10)).empty());
    CHECK(error_of("whole.opl", nodes(1500) + "w1 T Nn1,n2\n").empty());
}

TEST_CASE("a damaged file is refused with the object that came before the damage") {
    CHECK_THAT(error_of("a.osm", "<osm version='0.6'><node id='7' lat='35' lon='139'/><node id='8' lat='35' lon='139'></way></osm>"),
               Catch::Contains("the file is damaged or not an OpenStreetMap file") && Catch::Contains("line 1"));
}

TEST_CASE("a change file is refused with the command that applies it") {
    CHECK_THAT(error_of("a.osc", "<osmChange version='0.6'></osmChange>"), Catch::Contains("`keyaki import changes` takes it"));
}
