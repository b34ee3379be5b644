// The map page in a real browser, over the real server with the sample city. Screenshots stay in the build folder.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace keyaki;

TEST_CASE("the map page does in Chromium what its scripts say") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    const test::CommandResult browsed =
        test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/run.mjs", server.address() + "/", KEYAKI_SCREENSHOTS});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);
}

// Once, the page changed the style in the frame in which it exchanged the tiles, and MapLibre drew the old tiles again instead of fetching the new.
TEST_CASE("a map that is open shows an edited stand after its publish, without a reload") {
    const test::SampleCity city;
    std::ifstream file(test::project_file("data/samples/kiyose/farm_stands.geojson"));
    auto stands = nlohmann::json::parse(file);
    stands["features"][0]["properties"]["name"] = "見本 新しい名前の直売所";
    const auto edited = city.folder.write("stands.geojson", stands.dump());
    REQUIRE(test::run_keyaki({"import", "layer", "farm_stands", edited.string(), "--database", city.database.string()}).status == 0);
    test::LiveServer server(city.database);
    const test::CommandResult browsed = test::run(
        {KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/publish.mjs", server.address() + "/", KEYAKI_PROGRAM, city.database.string()});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);
}

// Whoever shows OpenStreetMap's data says so where it is seen (https://osmfoundation.org/wiki/Licence/Attribution_Guidelines).
TEST_CASE("the map page says from whom its base map is, before its reader does anything") {
    const test::SampleCity city;
    const auto extract = city.folder.write("base.opl", "n1 x139.515 y35.785\nn2 x139.53 y35.786\nw1 Thighway=primary,name=見本通り Nn1,n2\n");
    const auto archive = city.folder.path() / "base.pmtiles";
    REQUIRE(test::run_keyaki({"tiles", "build", archive.string(), "--from", extract.string()}).status == 0);
    const auto config = city.folder.write("keyaki.toml", "[[archives]]\nid = \"base\"\nfile = \"" + archive.string() + "\"\n");
    test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "warn"});
    const test::CommandResult browsed = test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/base_credit.mjs", server.address() + "/"});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);
}

TEST_CASE("a map that is open shows the base map that takes the place of another, and fetches what differs alone") {
    const test::SampleCity city;
    const auto built = [&](const std::string &name, const std::string &street) {
        const auto extract =
            city.folder.write(name + ".opl", "n1 x139.521 y35.7855\nn2 x139.524 y35.7856\nw1 Thighway=primary,name=" + street +
                                                 " Nn1,n2\nn3 x139.50 y35.77\nn4 x139.501 y35.771\nw2 Thighway=primary,name=B Nn3,n4\n");
        const auto archive = city.folder.path() / (name + ".pmtiles");
        REQUIRE(test::run_keyaki({"tiles", "build", archive.string(), "--from", extract.string()}).status == 0);
        return archive;
    };
    const auto archive = built("base", "古い通り");
    const auto newer = built("newer", "新しい通り");
    const auto config = city.folder.write("keyaki.toml", "[[archives]]\nid = \"base\"\nfile = \"" + archive.string() + "\"\n");
    test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "warn"});
    const test::CommandResult browsed =
        test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/base_update.mjs", server.address() + "/", newer.string(), archive.string()});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);
}
