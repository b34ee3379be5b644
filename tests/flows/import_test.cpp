// Real files through the commands: what a member of staff types, and what the database then holds for other programs.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <tuple>

using namespace keyaki;
using nlohmann::json;

namespace {

test::CommandResult command(const std::filesystem::path &database, std::vector<std::string> words) {
    words.insert(words.end(), {"--database", database.string()});
    return test::run_keyaki(std::move(words));
}

} // namespace

TEST_CASE("134,734 hydrants in CP932 are read without being told how, and ogrinfo reads them back") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "jp/tokyo/tokyo_fire_hydrants.csv");
    const test::TemporaryFolder folder;
    const auto database = folder / "city.sqlite";
    const auto imported = command(database, {"import", "layer", "hydrants", file.string(), "--publish", "--json"});
    CAPTURE(imported.error);
    REQUIRE(imported.status == 0);
    const json report = json::parse(imported.out);
    CHECK(report["encoding"]["name"] == "CP932");
    CHECK(report["accepted"] == 134'734);
    CHECK(report["refused"] == 0);
    CHECK(report["revision"] == 1);
    std::map<std::string, std::string> roles;
    for (const json &column : report["columns"]) {
        roles[column["role"].get<std::string>()] = column["name"].get<std::string>();
    }
    CHECK(roles["longitude"] == "経度");
    CHECK(roles["latitude"] == "緯度");

    const test::CommandResult seen = test::run({"ogrinfo", "-ro", "-so", database.string(), "hydrants"});
    CAPTURE(seen.out, seen.error);
    CHECK(seen.out.find("Feature Count: 134734") != std::string::npos);
    CHECK(seen.out.find("Geometry: Point") != std::string::npos);
    CHECK(seen.out.find("JGD2011") != std::string::npos);

    // The same file again: the same ids, so nothing differs.
    const auto again = command(database, {"import", "layer", "hydrants", file.string(), "--publish", "--json"});
    const json changes = json::parse(again.out)["changes"];
    CHECK(changes["unchanged"] == 134'734);
    CHECK(changes["added"] == 0);
}

TEST_CASE("an OpenStreetMap extract fills the layers of the base map, and a bbox leaves its part") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "osm/jp/tokyo-waseda-2020.osm");
    const test::TemporaryFolder folder;
    const auto whole = command(folder / "whole.sqlite", {"import", "osm", file.string(), "--publish", "--json"});
    CAPTURE(whole.error);
    REQUIRE(whole.status == 0);
    const json all = json::parse(whole.out)["layers"];
    CHECK(all["buildings"]["added"].get<int>() > 50);
    CHECK(all["roads"]["revision"] == 1);
    const auto part = command(folder / "part.sqlite", {"import", "osm", file.string(), "--bbox", "139.7060,35.7060,139.7070,35.7070", "--json"});
    REQUIRE(part.status == 0);
    const json some = json::parse(part.out)["layers"];
    CHECK(some["buildings"]["added"].get<int>() < all["buildings"]["added"].get<int>());
    CHECK(some["roads"]["revision"].is_null());
}

TEST_CASE("a map import does not replace the city's own layer of the same name") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "osm/jp/tokyo-waseda-2020.osm");
    const test::SampleCity city;
    const auto imported = command(city.database, {"import", "osm", file.string(), "--publish", "--json"});
    CAPTURE(imported.error);
    REQUIRE(imported.status == 0);
    CHECK(json::parse(imported.out)["left_alone"] == json{"stations"});
    const json stations = json::parse(command(city.database, {"layer", "show", "stations", "--json"}).out);
    CHECK(stations["revision"] == 1);
    CHECK(stations["has_draft"] == false);
    CHECK(command(city.database, {"layers"}).out.find("roads") != std::string::npos);
}

TEST_CASE("a map import keeps what somebody has edited in a draft of its layers") {
    const test::TemporaryFolder folder;
    const auto database = folder / "city.sqlite";
    const auto map = folder.write("map.opl", "n1 v1 x139.50 y35.78\nn2 v1 x139.51 y35.78\nw3 v1 Thighway=residential,name=Road Nn1,n2\n");
    REQUIRE(command(database, {"import", "osm", map.string(), "--publish"}).status == 0);
    const std::string key =
        json::parse(command(database, {"key", "create", "--name", "desk", "--scopes", "layers:write", "--json"}).out)["key"].get<std::string>();
    {
        test::LiveServer server(database);
        test::HttpClient staff(server.address(), key);
        const test::HttpAnswer made = staff.post("/collections/roads@draft/items",
                                                 R"({"type":"Feature","properties":{"name":"New road"},"geometry":{"type":"LineString",)"
                                                 R"("coordinates":[[139.5,35.78],[139.5,35.79]]}})",
                                                 {"Content-Type: application/geo+json"});
        CAPTURE(made.body);
        REQUIRE(made.status == 201);
    }
    const auto again = command(database, {"import", "osm", map.string(), "--json"});
    REQUIRE(again.status == 0);
    const json edits = json::parse(again.out)["edits"];
    CHECK(edits["kept"]["count"] == 1);
    CHECK(edits["conflicts"]["count"] == 0);
    CHECK_THAT(command(database, {"layer", "diff", "roads"}).out, Catch::StartsWith("1 added, 0 removed"));
}

TEST_CASE("a file that is not there or cannot be read leaves neither a database nor layers behind") {
    const test::TemporaryFolder folder;
    const auto database = folder / "city.sqlite";
    for (const char *what : {"osm", "city"}) {
        CHECK(command(database, {"import", what, (folder / "absent").string()}).status == 66);
    }
    CHECK_FALSE(std::filesystem::exists(database));
    CHECK(command(database, {"import", "osm", folder.write("broken.osm.pbf", "not a map").string()}).status == 65);
    CHECK(json::parse(command(database, {"layers", "--json"}).out).empty());
}

TEST_CASE("shops come to the same places from four coordinate systems, or say how far off they may be") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "jp/gisoer/tokyo23ku-cvs.zip");
    const test::TemporaryFolder folder;
    const auto database = folder / "city.sqlite";
    const auto ambiguous = command(database, {"import", "layer", "shops", file.string()});
    CHECK(ambiguous.status != 0);
    CHECK(ambiguous.error.find("--layer-in-file") != std::string::npos);
    for (const auto &[name, code, is_approximate] : {std::tuple{"jgd2000", "EPSG:4612", false},
                                                     {"jgd2000_9kei", "EPSG:2451", false},
                                                     {"tokyo", "EPSG:4301", true},
                                                     {"tokyo_9kei", "EPSG:30169", true}}) {
        const auto imported = command(database, {"import", "layer", std::string("cvs_") + name, file.string(), "--layer-in-file",
                                                 std::string("tokyo23ku-cvs_") + name + ".shp", "--publish", "--json"});
        CAPTURE(name, imported.error);
        REQUIRE(imported.status == 0);
        const json report = json::parse(imported.out);
        CHECK(report["crs"]["code"] == code);
        CHECK(report["crs"]["approximate_datum"] == is_approximate);
        CHECK(report["accepted"] == 3853);
    }
    // The extents agree to 2 m (0.00002 degrees), where the old datum left alone would lie 464 m off.
    std::map<std::string, json> bounds;
    const json layers = json::parse(command(database, {"layers", "--json"}).out);
    for (const json &layer : layers) {
        bounds[layer["id"].get<std::string>()] = layer["bounds"];
    }
    for (const char *name : {"cvs_jgd2000_9kei", "cvs_tokyo", "cvs_tokyo_9kei"}) {
        for (std::size_t i = 0; i < 4; ++i) {
            CAPTURE(name, i);
            CHECK(bounds[name][i].get<double>() == Approx(bounds["cvs_jgd2000"][i].get<double>()).margin(0.00002));
        }
    }
}
