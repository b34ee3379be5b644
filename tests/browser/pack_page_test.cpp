// A pack's page in a real browser, without anything behind it. Screenshots stay in the build folder.
#include "tests/flows/sample_city.hpp"

#include "tests/support/comes_true.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace keyaki;

TEST_CASE("a pack shows the map and the nearest shelter from a folder, and when the server is gone") {
    const test::SampleCity city;
    const std::string key = (city.folder / "pack.key").string();
    REQUIRE(test::run_keyaki({"pack", "key", "create", key}).status == 0);
    const auto extract = city.folder.write("base.opl", "n1 x139.515 y35.785\nn2 x139.53 y35.786\nw1 Thighway=primary,name=見本通り Nn1,n2\n");
    const std::string base = (city.folder / "base.pmtiles").string();
    REQUIRE(test::run_keyaki({"tiles", "build", base, "--from", extract.string()}).status == 0);
    const auto config = city.folder.write("keyaki.toml", "pack_folder = \"" + (city.folder / "packs").string() + "\"\npack_key = \"" + key +
                                                             "\"\n[[archives]]\nid = \"base\"\nfile = \"" + base + "\"\n");
    std::ifstream file(test::project_file("data/samples/kiyose/shelters.geojson"));
    auto shelters = nlohmann::json::parse(file);
    shelters["features"][0]["properties"]["name"] = "新しい名前の小学校";
    const auto edited = city.folder.write("shelters.geojson", shelters.dump());
    REQUIRE(test::run_keyaki({"import", "layer", "shelters", edited.string(), "--database", city.database.string()}).status == 0);
    test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "warn"});
    test::HttpClient client(server.address());
    REQUIRE(test::comes_true([&] { return client.get("/packs/city/").status == 200; }));
    const test::CommandResult browsed =
        test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/pack_page.mjs", (city.folder / "packs/city").string(), KEYAKI_SCREENSHOTS,
                   server.address() + "/packs/city/", std::to_string(server.process()), KEYAKI_PROGRAM, city.database.string()});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);
}
