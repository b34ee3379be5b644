#include "tests/bench/support/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace keyaki::bench {

namespace {

std::string input(const std::string &name) {
    const char *folder = std::getenv("KEYAKI_BENCH_INPUTS");
    return (folder == nullptr ? std::string(".") : std::string(folder)) + "/" + name;
}

geo::LonLat position_of(const nlohmann::json &pair) { return {pair[0], pair[1]}; }

geo::Geometry geometry_of(const nlohmann::json &json) {
    if (json["type"] == "Point") {
        return geo::Geometry::point(position_of(json["coordinates"]));
    }
    std::vector<std::vector<geo::LonLat>> rings;
    for (const auto &ring : json["coordinates"]) {
        std::transform(ring.begin(), ring.end(), std::back_inserter(rings.emplace_back()), position_of);
    }
    return geo::Geometry::polygon(rings);
}

/// As text of six decimals says it.
double six_decimals(double degrees) { return std::round(degrees * 1e6) / 1e6; }

} // namespace

void for_each_feature(const std::function<void(geo::Feature &&)> &visit) { for_each_feature_of(input("feat100k.geojsonseq"), visit); }

void for_each_feature_of(const std::string &path, const std::function<void(geo::Feature &&)> &visit) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto json = nlohmann::ordered_json::parse(line);
        geo::Feature feature{std::to_string(json["properties"]["fid"].get<std::int64_t>()), geometry_of(json["geometry"]), {}};
        for (const auto &[name, value] : json["properties"].items()) {
            feature.properties.set(name, value.is_string() ? geo::Value(value.get<std::string>()) : geo::Value(value.get<std::int64_t>()));
        }
        visit(std::move(feature));
    }
}

std::vector<geo::LonLatBox> item_boxes() {
    std::vector<geo::LonLat> points;
    std::ifstream file(input("pts60k.geojsonseq"));
    for (std::string line; std::getline(file, line);) {
        points.push_back(position_of(nlohmann::json::parse(line)["geometry"]["coordinates"]));
    }
    std::vector<geo::LonLatBox> boxes(points.empty() ? 0 : 3000);
    std::uint32_t state = 20261125;
    std::generate(boxes.begin(), boxes.end(), [&] {
        state = state * 1664525U + 1013904223U;
        const geo::LonLat middle = points[static_cast<std::size_t>(state / 4294967296.0 * static_cast<double>(points.size()))];
        return geo::LonLatBox{six_decimals(middle.lon_deg - 0.04), six_decimals(middle.lat_deg - 0.018), six_decimals(middle.lon_deg + 0.04),
                              six_decimals(middle.lat_deg + 0.018)};
    });
    return boxes;
}

} // namespace keyaki::bench
