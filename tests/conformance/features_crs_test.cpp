// OGC API – Features Part 2: Coordinate Reference Systems by Reference 1.0.1 (18-058r1), class crs.
#include "tests/conformance/conformance.hpp"

#include <algorithm>
#include <set>

using namespace keyaki::test::conformance;
using keyaki::test::shelter_lat_deg;
using keyaki::test::shelter_lon_deg;

namespace {

constexpr const char *crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

std::string epsg(int number) { return "http://www.opengis.net/def/crs/EPSG/0/" + std::to_string(number); }

/// The shelter's two coordinates in a CRS.
std::pair<double, double> shelter_in(const std::string &crs) {
    const Json point = get_json("/collections/shelters/items/daisan-chugakko?crs=" + crs)["geometry"]["coordinates"];
    return {point[0].get<double>(), point[1].get<double>()};
}

std::size_t matched(const std::string &query) { return get_json("/collections/shelters/items?limit=1&" + query)["numberMatched"]; }

} // namespace

TEST_CASE("CRSs are named by addresses", "[features-2][req/crs/crs-uri]") {
    for (const Json &collection : member_of("/collections", "collections")) {
        for (const Json &crs : collection["crs"]) {
            CHECK(crs.get<std::string>().rfind("http://www.opengis.net/def/crs/", 0) == 0);
        }
    }
}

TEST_CASE("each collection lists its CRSs, the default among them", "[features-2][req/crs/fc-md-crs-list][req/crs/fc-md-crs-list-global]") {
    for (const Json &collection : member_of("/collections", "collections")) {
        const auto list = collection["crs"].get<std::vector<std::string>>();
        CHECK(list.front() == crs84);
        for (const int number : {4326, 3857, 6668, 6669, 6677, 6687, 6697}) {
            CHECK(std::count(list.begin(), list.end(), epsg(number)) == 1);
        }
    }
}

TEST_CASE("the storage CRS is one of the list", "[features-2][req/crs/fc-md-storageCrs][req/crs/fc-md-storageCrs-valid-value]") {
    for (const Json &collection : member_of("/collections", "collections")) {
        const auto list = collection["crs"].get<std::set<std::string>>();
        CHECK(list.contains(collection["storageCrs"].get<std::string>()));
        CHECK(collection["storageCrs"] == epsg(6668));
    }
}

TEST_CASE("bbox-crs and crs are parameters of items and features", "[features-2][req/crs/fc-bbox-crs-definition][req/crs/fc-crs-definition]") {
    const Json parameters = get_json("/api")["components"]["parameters"];
    for (const char *name : {"bbox-crs", "crs"}) {
        CHECK(parameters[name]["schema"]["type"] == "string");
        CHECK(parameters[name]["schema"]["format"] == "uri");
        CHECK(parameters[name]["schema"]["default"] == crs84);
        CHECK(parameters[name]["style"] == "form");
        CHECK(parameters[name]["explode"] == false);
    }
}

TEST_CASE("every CRS of the list may be asked for, in both parameters",
          "[features-2][req/crs/fc-bbox-crs-valid-values][req/crs/fc-crs-valid-value]") {
    for (const std::string layer : {"shelters", "boundary"}) {
        for (const Json &crs : member_of("/collections/" + layer, "crs")) {
            const std::string uri = crs;
            INFO(uri);
            CHECK(get("/collections/" + layer + "/items?limit=2&crs=" + uri).header("content-crs") == "<" + uri + ">");
            CHECK(get("/collections/" + layer + "/items?limit=2&bbox=1,2,3,4&bbox-crs=" + uri).status == 200);
        }
    }
}

TEST_CASE("without bbox-crs a bbox is longitude and latitude", "[features-2][req/crs/fc-bbox-crs-default-value]") {
    CHECK(matched("bbox=139.53,35.79,139.54,35.80") == matched(std::string("bbox=139.53,35.79,139.54,35.80&bbox-crs=") + crs84));
    CHECK(matched("bbox=139.53,35.79,139.54,35.80") > 0);
}

TEST_CASE("a bbox is read in its CRS, in the authority's order", "[features-2][req/crs/fc-bbox-crs-action]") {
    const std::size_t here = matched("bbox=139.53,35.79,139.54,35.80");
    CHECK(matched("bbox=35.79,139.53,35.80,139.54&bbox-crs=" + epsg(4326)) == here);
    CHECK(matched("bbox=35.79,139.53,35.80,139.54&bbox-crs=" + epsg(6668)) == here);
    const auto [north_m, east_m] = shelter_in(epsg(6677));
    const auto around = [](double a, double b, double reach) {
        return "bbox=" + std::to_string(a - reach) + "," + std::to_string(b - reach) + "," + std::to_string(a + reach) + "," +
               std::to_string(b + reach);
    };
    CHECK(matched(around(north_m, east_m, 1) + "&bbox-crs=" + epsg(6677)) == 1);
    CHECK(matched(around(north_m, east_m, 1e7) + "&bbox-crs=" + epsg(6677)) == 30);
    CHECK(matched(around(east_m, north_m, 1) + "&bbox-crs=" + epsg(6677)) == 0);
    const auto [x_m, y_m] = shelter_in(epsg(3857));
    CHECK(matched(around(x_m, y_m, 1) + "&bbox-crs=" + epsg(3857)) == 1);
}

TEST_CASE("a CRS that is not of the list is 400",
          "[features-2][req/crs/bbox-crs-exception][req/crs/crs-exception][req/crs/fc-crs-action-exception]") {
    for (const char *crs : {"http://www.opengis.net/def/crs/EPSG/0/4301", "http://www.opengis.net/def/crs/EPSG/0/0", "EPSG:4326", "x", ""}) {
        for (const char *parameter : {"crs", "bbox-crs"}) {
            INFO(parameter << "=" << crs);
            const auto answer = get(std::string("/collections/shelters/items?bbox=1,2,3,4&") + parameter + "=" + crs);
            CHECK(answer.status == 400);
            CHECK(Json::parse(answer.body)["detail"].get<std::string>().find(parameter) != std::string::npos);
        }
        CHECK(get(std::string("/collections/shelters/items/daisan-chugakko?crs=") + crs).status == 400);
    }
}

TEST_CASE("without crs the answer is longitude and latitude", "[features-2][req/crs/fc-crs-default-value]") {
    const auto answer = get("/collections/shelters/items/daisan-chugakko");
    CHECK(answer.header("content-crs") == std::string("<") + crs84 + ">");
    CHECK(Json::parse(answer.body)["geometry"]["coordinates"] == Json{shelter_lon_deg, shelter_lat_deg});
}

TEST_CASE("coordinates are given in the CRS that is asked for", "[features-2][req/crs/fc-crs-action][req/crs/geojson]") {
    for (const int number : {4326, 6668, 6697}) {
        CHECK(shelter_in(epsg(number)) == std::pair{shelter_lat_deg, shelter_lon_deg});
    }
    // As GDAL transforms the place: gdaltransform -s_srs EPSG:6668 -t_srs EPSG:6677.
    const auto judged = keyaki::test::run({"sh", "-c", "echo '139.534844 35.791556' | gdaltransform -s_srs EPSG:6668 -t_srs EPSG:6677"});
    REQUIRE(judged.status == 0);
    double east_m = 0;
    double north_m = 0;
    REQUIRE(std::sscanf(judged.out.c_str(), "%lf %lf", &east_m, &north_m) == 2);
    const auto [first, second] = shelter_in(epsg(6677));
    CHECK(first == Approx(north_m).margin(0.001)); // X counts north and comes first
    CHECK(second == Approx(east_m).margin(0.001));
    for (const Json &feature : all_items("/collections/boundary/items?crs=" + epsg(6677))) {
        for (const Json &position : feature["geometry"]["coordinates"][0]) {
            CHECK(std::abs(position[0].get<double>()) < 60'000);
            CHECK(std::abs(position[1].get<double>()) < 60'000);
        }
    }
    const Json page = get_json("/collections/shelters/items?limit=3&crs=" + epsg(6677));
    CHECK(link_of(page, "next")["href"].get<std::string>().find("6677") != std::string::npos);
    CHECK(all_items("/collections/shelters/items?limit=7&crs=" + epsg(6677)).size() == 30);
}

TEST_CASE("every answer says its CRS, in angle brackets", "[features-2][req/crs/ogc-crs-header][req/crs/ogc-crs-header-value]") {
    for (const char *path : {"/collections/shelters/items", "/collections/shelters/items?f=html", "/collections/shelters/items/daisan-chugakko",
                             "/collections/shelters/items/daisan-chugakko?f=html"}) {
        CHECK(get(path).header("content-crs") == std::string("<") + crs84 + ">");
        const std::string asked = std::string(path) + (std::string_view(path).find('?') == std::string_view::npos ? "?" : "&") + "crs=" + epsg(6677);
        CHECK(get(asked).header("content-crs") == "<" + epsg(6677) + ">");
        CHECK(get(asked).header("etag") != get(path).header("etag"));
    }
}
