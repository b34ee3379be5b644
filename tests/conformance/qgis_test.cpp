// QGIS 3.22 of Debian, without a screen: it connects to the server as a person would have it do, and shows what there is.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;

namespace {

/// The system's own interpreter: QGIS's modules are made for it and no other.
constexpr const char *python = "/usr/bin/python3";

bool has_qgis() { return test::run({"env", "QT_QPA_PLATFORM=offscreen", python, "-c", "import qgis.core"}).status == 0; }

} // namespace

TEST_CASE("QGIS loads a layer over OGC API, filters it, and counts the same") {
    if (!has_qgis()) {
        WARN("skipped: python3-qgis is not there (section qgis of cmake/packages.txt)");
        return;
    }
    test::SampleCity city;
    const auto runtime = city.folder / "runtime"; // Qt wants one that nobody else may enter
    std::filesystem::create_directory(runtime);
    std::filesystem::permissions(runtime, std::filesystem::perms::owner_all);
    const test::LiveServer server(city.database);
    const test::CommandResult shown =
        test::run({"env", "QT_QPA_PLATFORM=offscreen", "HOME=" + city.folder.path().string(), "XDG_RUNTIME_DIR=" + runtime.string(), python,
                   test::project_file("tests/conformance/qgis_client.py").string(), server.address()});
    INFO(shown.out << shown.error);
    REQUIRE(shown.status == 0);
    const auto seen = nlohmann::json::parse(shown.out.substr(shown.out.find('{')));
    CHECK(seen["version"].get<std::string>().rfind("3.", 0) == 0);
    CHECK(seen["shelters"]["valid"] == true);
    CHECK(seen["shelters"]["announced"] == 30);
    CHECK(seen["shelters"]["read"] == 30);
    CHECK(seen["shelters"]["flood"] == seen["shelters"]["flood_expected"]);
    CHECK(seen["shelters"]["flood"] > 0);
    CHECK(seen["shelters"]["flood"] < 30);
    CHECK(seen["shelters"]["in_box"] == seen["shelters"]["in_box_expected"]);
    CHECK(seen["shelters"]["place"] == nlohmann::json{test::shelter_lon_deg, test::shelter_lat_deg});
    CHECK(seen["boundary"]["read"] == 1);
    CHECK(seen["rivers"]["read"] == seen["rivers"]["announced"]);
    // 3.22 asks for CRS84 alone: it came to know Part 2 later.
    CHECK(seen["shelters"]["crs"] == "EPSG:4326");
}
