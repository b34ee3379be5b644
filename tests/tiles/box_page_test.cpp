// Which features meet a box, and in which order a page has them.
#include "geo/mercator.hpp"
#include "geo/predicates.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/layer_snapshot.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace keyaki;
using test::snapshot_of;

namespace {

/// By the features' degrees and GEOS alone.
std::vector<std::string> meeting(const std::vector<geo::Feature> &features, const geo::LonLatBox &box) {
    std::vector<std::string> ids;
    for (const geo::Feature &feature : features) {
        const bool is_met = feature.geometry.type == geo::GeometryType::point ? box.contains(feature.geometry.positions.front())
                                                                              : geo::intersects(feature.geometry, box);
        if (is_met) {
            ids.push_back(feature.id);
        }
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<std::string> ids_of(const std::vector<tiles::FeatureRef> &features) {
    std::vector<std::string> ids;
    std::transform(features.begin(), features.end(), std::back_inserter(ids), [](const auto &feature) { return std::string(feature.id()); });
    return ids;
}

double seven_decimals(double degrees) { return std::round(degrees * 1e7) / 1e7 + 0.0; }

/// Points and small triangles within some steps of the seventh decimal from one another, so that each edge of a box runs through or beside some.
std::vector<geo::Feature> crowded(std::mt19937_64 &random, geo::LonLat middle, int steps, std::size_t count) {
    const auto near = [&](double degrees) {
        return seven_decimals(degrees + (static_cast<int>(random() % static_cast<unsigned>(2 * steps + 1)) - steps) / 1e7);
    };
    std::vector<geo::Feature> features;
    for (std::size_t number = 0; number < count; ++number) {
        geo::Feature feature{"f" + std::to_string(number), geo::Geometry::point({near(middle.lon_deg), near(middle.lat_deg)}), {}};
        if (number % 3 == 0) {
            const geo::LonLat first = feature.geometry.positions.front();
            feature.geometry = geo::Geometry::line_string({first, {near(middle.lon_deg), near(middle.lat_deg)}});
        }
        features.push_back(std::move(feature));
    }
    return features;
}

} // namespace

TEST_CASE("a box holds exactly what its degrees hold, to the seventh decimal and up to the end of the map") {
    std::mt19937_64 random(20261126);
    for (const geo::LonLat middle : {geo::LonLat{139.52, 35.78}, geo::LonLat{0, 0}, geo::LonLat{-179.999, 85.04}, geo::LonLat{12.5, -85.04}}) {
        for (const int steps : {10, 60, 400}) {
            const auto features = crowded(random, middle, steps, 120);
            const auto snapshot = snapshot_of(features);
            for (int turn = 0; turn < 40; ++turn) {
                geo::LonLatBox box;
                for (int corner = 0; corner < 2; ++corner) {
                    const auto off = [&] { return (static_cast<int>(random() % static_cast<unsigned>(2 * steps + 1)) - steps) / 1e7; };
                    box.extend(geo::LonLat{seven_decimals(middle.lon_deg + off()), seven_decimals(middle.lat_deg + off())});
                }
                const auto page = snapshot->page_of_box(box, "", 1000);
                const auto expected = meeting(features, box);
                REQUIRE(ids_of(page.features) == expected);
                REQUIRE(page.matched == expected.size());
                REQUIRE(snapshot->count(box) == expected.size());
            }
        }
    }
}

TEST_CASE("pages of a box follow one another in the order of ids, over all parts of a snapshot and without what was removed") {
    std::mt19937_64 random(7);
    auto features = crowded(random, {139.52, 35.78}, 100'000, 600);
    auto snapshot = snapshot_of(features);
    // Parts of different sizes: some features removed, some moved, some new.
    for (int publish = 0; publish < 3; ++publish) {
        std::vector<std::string> removed;
        std::vector<geo::Feature> added = crowded(random, {139.52, 35.78}, 100'000, 20);
        for (std::size_t number = 0; number < added.size(); ++number) {
            added[number].id = number % 2 == 0 ? features[random() % features.size()].id + "+" + std::to_string(publish) : features[number * 7].id;
            removed.push_back(features[number * 11 + static_cast<std::size_t>(publish)].id);
        }
        std::erase_if(features, [&](const geo::Feature &one) {
            return std::find(removed.begin(), removed.end(), one.id) != removed.end() ||
                   std::any_of(added.begin(), added.end(), [&](const geo::Feature &other) { return other.id == one.id; });
        });
        std::erase_if(added, [&](const geo::Feature &one) {
            return std::count_if(added.begin(), added.end(), [&](const geo::Feature &other) { return other.id == one.id; }) > 1;
        });
        features.insert(features.end(), added.begin(), added.end());
        snapshot = snapshot->with_changes({"bench", static_cast<std::uint64_t>(publish + 2), 0, 14, {}, {}, {}}, removed, added);
    }
    REQUIRE(snapshot->parts().size() > 1);
    REQUIRE(snapshot->size() == features.size());
    for (const double half_deg : {0.02, 0.005, 0.0005}) {
        const geo::LonLatBox box{139.52 - half_deg, 35.78 - half_deg, 139.52 + half_deg, 35.78 + half_deg};
        const auto expected = meeting(features, box);
        for (const std::size_t limit : {1U, 7U, 100U, 1000U}) {
            std::vector<std::string> found;
            for (bool has_more = true; has_more;) {
                const auto page = snapshot->page_of_box(box, found.empty() ? "" : found.back(), limit);
                CHECK(page.matched == expected.size());
                REQUIRE(page.features.size() <= limit);
                REQUIRE((!page.has_more || page.features.size() == limit));
                const auto ids = ids_of(page.features);
                found.insert(found.end(), ids.begin(), ids.end());
                has_more = page.has_more;
            }
            CHECK(found == expected);
        }
    }
}
