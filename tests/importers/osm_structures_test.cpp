#include "importers/osm_geometry.hpp"
#include "importers/osm_node_places.hpp"
#include "importers/osm_seen_ids.hpp"

#include "geo/predicates.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

/// Ids as files have them: long runs, gaps small and huge, some below zero.
std::vector<std::int64_t> ids_like_those_of_files(std::mt19937_64 &random, std::size_t count) {
    std::vector<std::int64_t> ids;
    std::int64_t id = -1000;
    while (ids.size() < count) {
        const auto kind = random() % 1000;
        id += kind < 900 ? 1 : kind < 990 ? static_cast<std::int64_t>(random() % 5000) + 1 : static_cast<std::int64_t>(random() % 20'000'000'000) + 1;
        ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end(), [](std::int64_t a, std::int64_t b) { return osm_id_order(a) < osm_id_order(b); });
    return ids;
}

} // namespace

TEST_CASE("no two ids have the same place in the order, and negative ones come first") {
    using Limits = std::numeric_limits<std::int64_t>;
    const std::vector<std::int64_t> ordered{0, -1, -2, -1000, Limits::min() + 1, Limits::min(), 1, 2, 1000, Limits::max()};
    for (std::size_t i = 1; i < ordered.size(); ++i) {
        CHECK(osm_id_order(ordered[i - 1]) < osm_id_order(ordered[i]));
    }
}

TEST_CASE("the index of nodes answers as a map does, in order and out of order") {
    std::mt19937_64 random(20240501);
    for (const bool shuffled : {false, true}) {
        std::vector<std::int64_t> ids = ids_like_those_of_files(random, 150'000);
        if (shuffled) {
            std::shuffle(ids.begin() + 70'000, ids.end(), random);
            ids.push_back(ids[5]); // comes again
        }
        std::map<std::int64_t, std::int32_t> expected;
        OsmNodePlaces places;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto lon = static_cast<std::int32_t>(i);
            expected.emplace(ids[i], lon);
            places.add(ids[i], {lon, -lon});
        }
        CHECK(places.finish() == (shuffled ? 1 : 0));
        CHECK(places.size() == expected.size());
        bool all_right = true;
        for (std::size_t i = 0; i < 200'000; ++i) {
            const std::int64_t id = i < ids.size() ? ids[i] : ids[random() % ids.size()] + static_cast<std::int64_t>(random() % 3) - 1;
            const auto found = places.find(id);
            const auto wanted = expected.find(id);
            all_right = all_right && found.has_value() == (wanted != expected.end()) && (!found || found->lon == wanted->second);
        }
        CHECK(all_right);
    }
    OsmNodePlaces empty;
    CHECK(empty.finish() == 0);
    CHECK_FALSE(empty.find(1));
}

TEST_CASE("an id is seen for the first time once, whatever the order") {
    std::mt19937_64 random(7);
    std::vector<std::int64_t> ids = ids_like_those_of_files(random, 5000);
    OsmSeenIds ordered;
    CHECK(std::all_of(ids.begin(), ids.end(), [&](std::int64_t id) { return ordered.first_time(id); }));
    CHECK(ordered.in_order());
    CHECK(std::none_of(ids.begin(), ids.end(), [&](std::int64_t id) { return ordered.first_time(id); }));
    CHECK_FALSE(ordered.in_order());
    std::shuffle(ids.begin(), ids.end(), random);
    OsmSeenIds shuffled;
    CHECK(std::all_of(ids.begin(), ids.end(), [&](std::int64_t id) { return shuffled.first_time(id); }));
    CHECK(std::none_of(ids.begin(), ids.end(), [&](std::int64_t id) { return shuffled.first_time(id); }));
}

TEST_CASE("a line is cut where positions are unknown and loses doubled ones") {
    const geo::LonLat unknown{std::nan(""), std::nan("")};
    const std::vector<geo::LonLat> positions{unknown, {1, 1}, {1, 1}, {2, 1}, unknown, {3, 1}, unknown, {4, 1}, {4, 2}, {4, 2}};
    const geo::Geometry line = line_between_known(positions);
    CHECK(line.type == geo::GeometryType::multi_line_string);
    CHECK(line.positions == std::vector<geo::LonLat>{{1, 1}, {2, 1}, {4, 1}, {4, 2}});
    CHECK(line.part_ends == std::vector<std::uint32_t>{2, 4});
    CHECK(line_between_known(std::vector<geo::LonLat>{{1, 1}, {1, 1}}).part_count() == 0);
    CHECK(line_between_known({}).part_count() == 0);
}

TEST_CASE("the middle of an area lies inside: of a square, a ring and a crescent") {
    const geo::Geometry square = geo::Geometry::polygon({{{1, 1}, {3, 1}, {3, 3}, {1, 3}, {1, 1}}});
    CHECK(middle_of(square).lon_deg == Approx(2));
    CHECK(middle_of(square).lat_deg == Approx(2));
    const geo::Geometry ring = geo::Geometry::polygon({{{0, 0}, {9, 0}, {9, 9}, {0, 9}, {0, 0}}, {{1, 1}, {1, 8}, {8, 8}, {8, 1}, {1, 1}}});
    CHECK(geo::contains(ring, middle_of(ring)));
    const geo::Geometry crescent = geo::Geometry::polygon({{{0, 0}, {10, 0}, {10, 10}, {9, 10}, {9, 1}, {1, 1}, {1, 10}, {0, 10}, {0, 0}}});
    CHECK(geo::contains(crescent, middle_of(crescent)));
}
