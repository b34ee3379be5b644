#include "geo/fence_index.hpp"

#include "geo/presence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr LonLat station{139.5194, 35.7747};

/// Draws fences and positions; the same for the same seed.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : m_random(seed) {}

    double uniform(double from, double to) { return std::uniform_real_distribution<double>(from, to)(m_random); }
    double log_uniform(double from, double to) { return std::exp(uniform(std::log(from), std::log(to))); }
    int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(m_random); }
    LonLat near(LonLat middle, double radius_m) { return destination(middle, uniform(0, 360), radius_m * std::sqrt(uniform(0, 1))); }

    /// A crooked ring around a point, counter-clockwise.
    std::vector<LonLat> ring(LonLat middle, double radius_m, int corners) {
        std::vector<LonLat> ring;
        const double turn_deg = uniform(0, 360);
        for (int corner = 0; corner < corners; ++corner) {
            ring.push_back(destination(middle, turn_deg - 360.0 * corner / corners, radius_m * uniform(0.6, 1)));
        }
        ring.push_back(ring.front());
        return ring;
    }

    Fence fence(LonLat middle, double radius_m) {
        switch (number(0, 5)) {
        case 0: return Fence::circle(middle, std::max(radius_m, 1.0));
        case 1: return Fence::corridor(line(middle, radius_m), std::clamp(radius_m / 5, 2.0, 5'000.0));
        case 2: {
            Geometry holed = Geometry::polygon({ring(middle, radius_m, number(4, 40))});
            holed.polygon_ends.clear();
            auto hole = ring(middle, radius_m * 0.4, number(3, 12));
            std::reverse(hole.begin(), hole.end());
            holed.add_part(hole);
            holed.end_polygon();
            return Fence::polygon(holed);
        }
        case 3: {
            Geometry several = Geometry::polygon({ring(middle, radius_m * 0.4, number(3, 12))});
            several.type = GeometryType::multi_polygon;
            several.add_part(ring(destination(middle, 90, radius_m), radius_m * 0.4, number(3, 30)));
            several.end_polygon();
            return Fence::polygon(several);
        }
        case 4: return Fence::polygon(Geometry::polygon({ring(middle, radius_m, number(80, 200))}));
        default: return Fence::polygon(Geometry::polygon({ring(middle, radius_m, number(3, 32))}));
        }
    }

    std::vector<Fence> fences(std::size_t count, double spread_m, double least_m, double most_m) {
        std::vector<Fence> list;
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back(fence(near(station, spread_m), log_uniform(least_m, most_m)));
        }
        return list;
    }

    /// Where it is hardest: on a corner, on an edge, a millimetre beside it, in the middle, or anywhere around.
    LonLat position(const Fence &fence, double sigma_m) {
        if (fence.ring_count() == 0) {
            const double to_edge_m = number(0, 1) == 0 ? fence.radius_m() : fence.radius_m() * uniform(0, 2) + uniform(0, 3) * sigma_m;
            return destination(fence.centre(), uniform(0, 360), to_edge_m);
        }
        const auto ring = fence.ring(static_cast<std::size_t>(number(0, static_cast<int>(fence.ring_count()) - 1)));
        const auto corner = static_cast<std::size_t>(number(1, static_cast<int>(ring.size()) - 1));
        const double share = number(0, 1) == 0 ? 0 : uniform(0, 1);
        PlanePoint point{ring[corner].east_m + share * (ring[corner - 1].east_m - ring[corner].east_m),
                         ring[corner].north_m + share * (ring[corner - 1].north_m - ring[corner].north_m)};
        const double off_m = number(0, 2) == 0 ? 0 : log_uniform(1e-4, 4 * sigma_m);
        const double direction = uniform(0, 2 * std::numbers::pi);
        point.east_m += off_m * std::cos(direction);
        point.north_m += off_m * std::sin(direction);
        return fence.plane().to_lon_lat(point);
    }

  private:
    static Geometry line(LonLat middle, double radius_m) {
        return Geometry::line_string(
            {destination(middle, 250, radius_m), middle, destination(middle, 40, radius_m / 2), destination(middle, 100, radius_m)});
    }

    std::mt19937_64 m_random;
};

/// What find() may differ by at this sigma.
double tolerance(double sigma_m) { return FenceIndex::probability_error * std::max(1.0, 8 / sigma_m); }

/// The largest difference between find() and asking each fence, over everything that either holds to be at least the floor.
double worst_difference(const std::vector<Fence> &fences, const FenceIndex &index, LonLat position, double sigma_m, double floor) {
    std::vector<FenceShare> found;
    index.find(position, sigma_m, floor, found);
    std::vector<double> by_index(fences.size(), 0);
    double worst = 0;
    for (const FenceShare share : found) {
        worst = std::max(worst, floor - share.probability);
        by_index.at(share.fence) = share.probability;
    }
    for (std::size_t number = 0; number < fences.size(); ++number) {
        const double exact = inside_probability(fences[number], position, sigma_m);
        // Where the index says nothing it says "below the floor".
        const double difference = by_index[number] > 0 ? std::abs(by_index[number] - exact) : exact - floor;
        worst = std::max(worst, difference);
    }
    return worst;
}

/// So many looks at `fences`, each at a place that is hard for one of them; the worst difference in parts of the tolerance.
double worst_of(Dice &dice, const std::vector<Fence> &fences, int looks, double least_sigma_m, double most_sigma_m) {
    const FenceIndex index(fences);
    REQUIRE(index.size() == fences.size());
    double worst = 0;
    for (int look = 0; look < looks; ++look) {
        const double sigma_m = dice.log_uniform(least_sigma_m, most_sigma_m);
        const auto &fence = fences[static_cast<std::size_t>(dice.number(0, static_cast<int>(fences.size()) - 1))];
        const double floor = dice.log_uniform(FenceIndex::min_floor, 0.9);
        worst = std::max(worst, worst_difference(fences, index, dice.position(fence, sigma_m), sigma_m, floor) / tolerance(sigma_m));
    }
    return worst;
}

} // namespace

TEST_CASE("the index says what each fence alone says, for the sigmas of phones, on corners and edges, in holes, of fences small and large") {
    Dice dice(1);
    double worst = 0;
    for (int city = 0; city < 8; ++city) {
        worst = std::max(worst, worst_of(dice, dice.fences(40, 1'500, 20, 600), 300, 8, 100));
    }
    CHECK(worst < 1);
}

TEST_CASE("the index says what each tiny fence alone says") {
    Dice dice(2);
    CHECK(worst_of(dice, dice.fences(60, 300, 1.5, 20), 1'000, 8, 100) < 1);
}

TEST_CASE("the index says what each fence of many kilometres alone says") {
    Dice dice(3);
    CHECK(worst_of(dice, dice.fences(30, 20'000, 2'000, 45'000), 600, 8, 100) < 1);
}

TEST_CASE("the index says what each fence alone says for sigmas that no phone has") {
    Dice dice(4);
    const auto fences = dice.fences(60, 3'000, 10, 8'000);
    CHECK(worst_of(dice, fences, 400, 1, 8) < 1);
    CHECK(worst_of(dice, fences, 400, 100, 10'000) < 1);
}

TEST_CASE("the index says what each fence alone says far in the north and south and at the antimeridian") {
    Dice dice(5);
    for (const LonLat middle : {LonLat{20, 84.9}, LonLat{-70, -84.9}, LonLat{179.999, 52}, LonLat{-179.999, -16}, LonLat{0, 0}}) {
        std::vector<Fence> fences;
        for (int i = 0; i < 30; ++i) {
            fences.push_back(Fence::circle(dice.near(middle, 300), dice.log_uniform(5, 900)));
        }
        CHECK(worst_of(dice, fences, 300, 8, 100) < 1);
    }
}

TEST_CASE("what lies on the other side of the antimeridian is found") {
    const std::vector<Fence> fences{Fence::circle({179.9999, 10}, 100)};
    const FenceIndex index(fences);
    std::vector<FenceShare> found;
    index.find({-179.9999, 10}, 8, 0.5, found);
    REQUIRE(found.size() == 1);
    CHECK(found.front().probability > 0.999F);
}

TEST_CASE("an index without fences finds nothing, and a position off the map is in no fence") {
    std::vector<FenceShare> found{{7, 0.5F}};
    FenceIndex().find(station, 8, 0.5, found);
    CHECK(found.empty());
    FenceIndex(std::vector<Fence>{}).find(station, 8, 0.5, found);
    CHECK(found.empty());
    const FenceIndex index(std::vector<Fence>{Fence::circle(station, 100)});
    for (const LonLat nowhere :
         {LonLat{139.5, 89}, LonLat{200, 35}, LonLat{std::nan(""), 35}, LonLat{139, std::numeric_limits<double>::infinity()}}) {
        index.find(nowhere, 8, 0.5, found);
        CHECK(found.empty());
    }
}

TEST_CASE("the floor is kept, and a look-up in the caller's list allocates nothing once it is wide enough") {
    Dice dice(6);
    const auto fences = dice.fences(200, 400, 30, 300);
    const FenceIndex index(fences);
    std::vector<FenceShare> found;
    index.find(station, 30, FenceIndex::min_floor, found);
    const std::size_t all = found.size();
    const FenceShare *const where = found.data();
    REQUIRE(all > 5);
    for (const double floor : {0.02, 0.2, 0.9, 1.0}) {
        index.find(station, 30, floor, found);
        CHECK(found.size() <= all);
        CHECK(found.data() == where);
        CHECK(std::all_of(found.begin(), found.end(), [&](FenceShare share) { return static_cast<double>(share.probability) >= floor - 1e-7; }));
    }
}

TEST_CASE("any number of threads read one index and get the same") {
    Dice dice(7);
    const auto fences = dice.fences(100, 600, 20, 300);
    const FenceIndex index(fences);
    std::vector<LonLat> positions;
    for (int i = 0; i < 500; ++i) {
        positions.push_back(dice.near(station, 800));
    }
    const auto all_of = [&] {
        std::vector<FenceShare> all;
        std::vector<FenceShare> found;
        for (const LonLat position : positions) {
            index.find(position, 20, 0.02, found);
            all.insert(all.end(), found.begin(), found.end());
        }
        return all;
    };
    const auto expected = all_of();
    std::vector<std::vector<FenceShare>> answers(4);
    {
        std::vector<std::jthread> threads;
        for (auto &answer : answers) {
            threads.emplace_back([&answer, &all_of] { answer = all_of(); });
        }
    }
    for (const auto &answer : answers) {
        CHECK(answer == expected);
    }
}

TEST_CASE("a prepared position lies in the planes of many origins where each plane has it") {
    Dice dice(8);
    double worst_m = 0;
    for (const LonLat around : {station, LonLat{10, 0}, LonLat{10, 60}, LonLat{-70, -55}, LonLat{179.9, 20}}) {
        for (int i = 0; i < 200; ++i) {
            const LonLat origin = dice.near(around, 50'000);
            const LonLat position = dice.near(origin, 50'000);
            const PlanePoint expected = LocalPlane(origin).to_plane(position);
            const PlanePoint placed = PlacedPosition(position).in_plane_of(origin.lon_deg, meridian_arc_m(origin.lat_deg));
            worst_m = std::max(worst_m, std::hypot(placed.east_m - expected.east_m, placed.north_m - expected.north_m));
        }
    }
    CHECK(worst_m < 1e-5);
    CHECK(meridian_arc_m(90) == Approx(10'001'965.729).margin(0.001)); // a quarter of GRS 80's meridian
}

} // namespace keyaki::geo
