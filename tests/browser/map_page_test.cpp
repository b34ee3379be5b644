// The map page in a real browser, over the real server with the sample city. Screenshots stay in the build folder.
#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>

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
