// GDAL's OAPIF driver, which is in every GIS: what it reads of each layer is what was imported.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

using namespace keyaki;
using nlohmann::json;

namespace {

const std::vector<std::string> layers{"boundary", "farm_stands", "rivers", "shelters", "shops", "spots", "stations", "streets", "walking_courses"};

struct Served {
    test::SampleCity city;
    test::LiveServer server{city.database};
    test::HttpClient client{server.address()};
};

Served &served() {
    static Served once;
    return once;
}

std::string source(const std::string &layer) { return test::project_file("data/samples/kiyose/" + layer + ".geojson").string(); }
std::string connection() { return "OAPIF:" + served().server.address() + "/"; }

/// What ogr2ogr makes of a source with these words, as GeoJSON features.
json converted(const std::string &from, const std::string &layer, std::vector<std::string> more) {
    static int number = 0;
    const auto file = served().city.folder / ("converted" + std::to_string(++number) + ".geojson");
    std::vector<std::string> words{"ogr2ogr", "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", file.string(), from};
    if (!layer.empty()) {
        words.push_back(layer);
    }
    words.insert(words.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    const test::CommandResult result = test::run(words);
    INFO(result.error);
    REQUIRE(result.status == 0);
    return json::parse(std::ifstream(file))["features"];
}

/// Coordinates by the features' names.
std::multimap<std::string, json> places(const json &features) {
    std::multimap<std::string, json> by_name;
    for (const json &feature : features) {
        by_name.emplace(feature["properties"]["name"], feature["geometry"]["coordinates"]);
    }
    return by_name;
}

/// The largest difference of two numbers at the same place; infinite where the shapes differ.
double difference(const json &a, const json &b) {
    if (a.is_number() && b.is_number()) {
        return std::abs(a.get<double>() - b.get<double>());
    }
    if (!a.is_array() || !b.is_array() || a.size() != b.size()) {
        return std::numeric_limits<double>::infinity();
    }
    double most = 0;
    for (std::size_t at = 0; at < a.size(); ++at) {
        most = std::max(most, difference(a[at], b[at]));
    }
    return most;
}

double difference(const std::multimap<std::string, json> &a, const std::multimap<std::string, json> &b) {
    if (a.size() != b.size()) {
        return std::numeric_limits<double>::infinity();
    }
    double most = 0;
    for (auto one = a.begin(), other = b.begin(); one != a.end(); ++one, ++other) {
        most = std::max(most, one->first == other->first ? difference(one->second, other->second) : std::numeric_limits<double>::infinity());
    }
    return most;
}

/// "north,east" of the authority becomes "east,north" of files, all the way down.
json swapped(const json &coordinates) {
    if (coordinates[0].is_number()) {
        return json{coordinates[1], coordinates[0]};
    }
    json all = json::array();
    for (const json &inner : coordinates) {
        all.push_back(swapped(inner));
    }
    return all;
}

const std::string plane = "http://www.opengis.net/def/crs/EPSG/0/6677";

} // namespace

TEST_CASE("GDAL reads every layer page by page: the same features at the same places as the source") {
    for (const std::string &layer : layers) {
        INFO(layer);
        const json expected = converted(source(layer), "", {});
        const json read = converted(connection(), layer, {"-oo", "PAGE_SIZE=4"});
        CHECK(read.size() == expected.size());
        CHECK(difference(places(read), places(expected)) < 1e-9);
    }
}

TEST_CASE("GDAL's attribute and spatial filters leave the same features as of the source") {
    const auto agree = [](const std::string &layer, const std::vector<std::string> &filter) {
        const json expected = converted(source(layer), "", filter);
        std::vector<std::string> paged = filter;
        paged.insert(paged.end(), {"-oo", "PAGE_SIZE=4"});
        const json read = converted(connection(), layer, paged);
        INFO(layer << " " << filter[1]);
        CHECK(difference(places(read), places(expected)) < 1e-9);
        return expected.size();
    };
    CHECK(agree("shelters", {"-where", "hazard_flood = 1"}) > 0);
    CHECK(agree("shelters", {"-where", "name LIKE '%公園' AND hazard_flood = 0"}) > 0);
    CHECK(agree("shops", {"-where", "kind = 'パン店'"}) > 0);
    CHECK(agree("shelters", {"-spat", "139.52", "35.77", "139.54", "35.80"}) > 0);
    CHECK(agree("rivers", {"-spat", "139.50", "35.78", "139.51", "35.785"}) > 0);
    CHECK(agree("boundary", {"-spat", "139.538", "35.791", "139.539", "35.792"}) == 1);
    CHECK(agree("shelters", {"-spat", "10", "50", "11", "51"}) == 0);
    CHECK(agree("shelters", {"-spat", "-29000", "-25000", "-26000", "-22000", "-spat_srs", "EPSG:6677"}) > 0);
}

TEST_CASE("in the plane system of Tokyo GDAL and the server have the same coordinates, of the source") {
    for (const std::string &layer : layers) {
        INFO(layer);
        const json expected = converted(source(layer), "", {"-t_srs", "EPSG:6677", "-s_srs", "EPSG:6668"});
        // The driver of GDAL 3.6 asks for CRS84 alone and transforms itself. What stands between WGS 84 and JGD2011 is a null shift.
        const json read = converted(connection(), layer, {"-t_srs", "EPSG:6677"});
        CHECK(difference(places(read), places(expected)) < 0.001);
        // The server's own answer in that system, to be read as it is: X counts north and comes first.
        json answered = json::parse(served().client.get("/collections/" + layer + "/items?limit=1000&crs=" + plane).body)["features"];
        for (json &feature : answered) {
            feature["geometry"]["coordinates"] = swapped(feature["geometry"]["coordinates"]);
        }
        CHECK(difference(places(answered), places(expected)) < 0.001);
    }
}

TEST_CASE("GDAL finds the layers, their extents and the types of their columns") {
    const test::CommandResult all = test::run({"ogrinfo", "-ro", "-so", "-al", connection()});
    INFO(all.out << all.error);
    CHECK(all.status == 0);
    CHECK(all.error.find("ERROR") == std::string::npos);
    for (const std::string &layer : layers) {
        CHECK(all.out.find("Layer name: " + layer) != std::string::npos);
    }
    CHECK(all.out.find("Feature Count: 30") != std::string::npos);
    CHECK(all.out.find("hazard_flood: Integer(Boolean)") != std::string::npos);
}
