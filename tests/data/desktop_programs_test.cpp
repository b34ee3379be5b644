#include "tests/data/data_fixture.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace keyaki;
using namespace keyaki::test;

// What QGIS and GDAL see. GDAL's own programs are asked, because they are what people use.

namespace {

/// What the program prints, errors last.
std::string output_of(const std::vector<std::string> &words) {
    const test::CommandResult result = test::run(words);
    return result.out + result.error;
}

bool holds(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

geo::Feature shelter(std::string_view id, double lon_deg, double lat_deg) {
    geo::Feature feature;
    feature.id = id;
    feature.geometry = geo::Geometry::point({lon_deg, lat_deg});
    return feature;
}

std::vector<geo::Feature> shelters_with_every_type() {
    geo::Feature first = shelter("a", 139.51, 35.78);
    // The first row is empty: types come from the columns, not from a look at it.
    for (const char *name : {"name", "収容人数", "open", "area_m2"}) {
        first.properties.set(name, std::monostate());
    }
    geo::Feature second = shelter("b", 139.53, 35.77);
    second.properties.set("name", std::string("清瀬第一小学校"));
    second.properties.set("収容人数", std::int64_t{120});
    second.properties.set("open", true);
    second.properties.set("area_m2", 1520.5);
    second.properties.set("Name", std::string("another case"));
    second.properties.set("geom", std::string("a name that is taken"));
    second.properties.set("quote\"d", std::string("cannot be a column"));
    return {first, second};
}

} // namespace

TEST_CASE("ogrinfo shows a layer with its columns, count, extent and reference system") {
    if (!test::has_program("ogrinfo")) {
        WARN("skipped: there is no ogrinfo here");
        return;
    }
    StoreFixture fixture;
    fixture.import(shelters_with_every_type());
    fixture.publish();
    fixture.import({shelter("draft", 0, 0)}, data::Store::DraftMode::merge); // must not show
    const std::string summary = output_of({"ogrinfo", "-so", fixture.file().string(), "shelters"});
    INFO(summary);
    CHECK(holds(summary, "Geometry: Point"));
    CHECK(holds(summary, "Feature Count: 2"));
    CHECK(holds(summary, "Extent: (139.510000, 35.770000) - (139.530000, 35.780000)"));
    CHECK(holds(summary, "ID[\"EPSG\",6668]"));
    CHECK(holds(summary, "FID Column = fid"));
    CHECK(holds(summary, "feature_id: String"));
    CHECK(holds(summary, "name: String"));
    CHECK(holds(summary, "収容人数: Integer64"));
    CHECK(holds(summary, "open: Integer(Boolean)"));
    CHECK(holds(summary, "area_m2: Real"));
    CHECK(holds(summary, "Name_2: String"));
    CHECK(holds(summary, "geom_2: String"));
    CHECK_FALSE(holds(summary, "ERROR"));
    const std::string one = output_of({"ogrinfo", fixture.file().string(), "shelters", "-spat", "139.52", "35", "140", "36"});
    INFO(one);
    CHECK(holds(one, "Feature Count: 1"));
    CHECK(holds(one, "清瀬第一小学校"));
    CHECK(holds(one, "another case"));
    CHECK(holds(one, "POINT (139.53 35.77)"));
    const std::string none = output_of({"ogrinfo", "-so", fixture.file().string(), "shelters", "-spat", "-1", "-1", "1", "1"});
    CHECK(holds(none, "Feature Count: 0"));
}

TEST_CASE("the view follows what is published, also when properties come, change type and go") {
    if (!test::has_program("ogrinfo")) {
        WARN("skipped: there is no ogrinfo here");
        return;
    }
    StoreFixture fixture;
    const auto info = [&] { return output_of({"ogrinfo", fixture.file().string(), "shelters"}); };
    fixture.import({point_feature("a", 139, 35, 5)});
    fixture.publish();
    CHECK(holds(info(), "capacity (Integer64) = 5"));
    geo::Feature changed = shelter("a", 139, 35);
    changed.properties.set("capacity", std::string("about fifty"));
    changed.geometry = geo::Geometry::line_string({{139, 35}, {140, 36}});
    fixture.import({changed});
    fixture.publish();
    CHECK(holds(info(), "capacity (String) = about fifty"));
    CHECK(holds(info(), "LINESTRING (139 35,140 36)"));
    CHECK_FALSE(holds(info(), "name ("));
    fixture.rollback(1);
    CHECK(holds(info(), "capacity (Integer64) = 5"));
    CHECK(holds(info(), "POINT (139 35)"));
}

TEST_CASE("SpatiaLite finds nothing wrong with our spatial index, small or built in bulk") {
    if (!test::has_program("sqlite3")) {
        WARN("skipped: there is no sqlite3 here");
        return;
    }
    for (const int count : {1, 46, 47, 46 * 46, 46 * 46 + 1, 9999}) {
        StoreFixture fixture;
        std::vector<geo::Feature> many;
        for (int number = 0; number < count; ++number) {
            many.push_back(point_feature("f" + std::to_string(number), 139 + number % 97 / 100.0, 35 + number % 89 / 100.0, number));
        }
        fixture.import(many);
        fixture.publish();
        many[0].geometry = geo::Geometry::point({0, 0});
        fixture.import(many);
        fixture.publish();
        INFO(count << " features");
        CHECK(fixture.store().check().empty());
        fixture.close();
        const std::string answer = output_of({"sqlite3", "-cmd", "SELECT load_extension('mod_spatialite')", fixture.file().string(),
                                              "SELECT 'spatialite says', CheckSpatialIndex('layer_shelters', 'geom')"});
        INFO(answer);
        CHECK(holds(answer, "spatialite says|1"));
    }
}
