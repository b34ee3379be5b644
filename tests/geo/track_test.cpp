#include "geo/track.hpp"

#include "tests/geo/track_support.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cmath>
#include <functional>
#include <limits>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

using test::Walker;
using Path = std::vector<PlanePoint>;

const LocalPlane plane(LonLat{139.5194, 35.7747});

/// What a walker makes of a course.
using Style = std::function<Path(const Path &course, std::mt19937_64 &random)>;

Path honest(const Path &course, std::mt19937_64 &random) {
    Path path = course;
    if (random() % 10 < 3) { // a detour of 60 m to a shop and back
        const std::size_t at = 1 + random() % (course.size() - 2);
        const PlanePoint corner = course[at];
        path.insert(path.begin() + static_cast<std::ptrdiff_t>(at) + 1, {corner.east_m + 42, corner.north_m + 42});
        path.insert(path.begin() + static_cast<std::ptrdiff_t>(at) + 2, corner);
    }
    return path;
}

Path cuts_between_six_spots(const Path &course, std::mt19937_64 & /*random*/) {
    const Path places = test::resampled(course, 10);
    Path path;
    for (std::size_t i = 0; i < 6; ++i) {
        path.push_back(places[i * (places.size() - 1) / 5]);
    }
    return path;
}

Path backwards(const Path &course, std::mt19937_64 & /*random*/) { return {course.rbegin(), course.rend()}; }

Path parallel_street(const Path &course, std::mt19937_64 & /*random*/) {
    Path path = course;
    for (PlanePoint &point : path) {
        point = {point.east_m + 57, point.north_m + 57};
    }
    return path;
}

struct Shares {
    double pass = 0;
    double fail = 0;
};

Shares shares_of(const Style &style, const Walker &walker, int runs) {
    std::mt19937_64 random(11);
    Shares shares;
    for (int run = 0; run < runs; ++run) {
        const Path course = test::street_course(random, 2600);
        const auto track = test::walk(random, style(course, random), walker, plane);
        const TrackVerdict verdict = judge(cover(test::on_earth(course, plane), Platform::android, track));
        shares.pass += (verdict == TrackVerdict::pass ? 1.0 : 0.0) / runs;
        shares.fail += (verdict == TrackVerdict::fail ? 1.0 : 0.0) / runs;
    }
    return shares;
}

void passes_and_fails_shifted(const std::vector<Fix> &track) {
    REQUIRE(track.size() > 30);
    const std::vector<LonLat> course = test::drawn_along(track, 5);
    const TrackCoverage along = cover(course, Platform::ios, track);
    CAPTURE(track.size(), along.samples, along.coverage, along.fixes_dropped, along.fast_speed_mps);
    CHECK(judge(along) == TrackVerdict::pass);
    for (const auto &[east_m, north_m] : std::vector<std::pair<double, double>>{{57, 57}, {-57, 57}, {57, -57}, {-57, -57}}) {
        const TrackCoverage beside = cover(course, Platform::ios, test::shifted(track, east_m, north_m));
        CAPTURE(east_m, north_m, beside.coverage);
        CHECK(judge(beside) == TrackVerdict::fail);
    }
}

} // namespace

TEST_CASE("honest walkers with outliers, a silence of two minutes and detours pass at every cadence") {
    for (const double sigma_m : {8.0, 20.0}) {
        for (const double cadence_s : {5.0, 30.0}) {
            Walker walker;
            walker.sigma_m = sigma_m;
            walker.cadence_s = cadence_s;
            walker.silence_s = 120;
            CAPTURE(sigma_m, cadence_s);
            CHECK(shares_of(honest, walker, 100).pass >= 0.99);
        }
    }
}

TEST_CASE("threat: who cuts between the spots, walks it backwards or takes the street 80 m away does not pass") {
    for (const double sigma_m : {8.0, 20.0}) {
        for (const double cadence_s : {5.0, 30.0}) {
            Walker walker;
            walker.sigma_m = sigma_m;
            walker.cadence_s = cadence_s;
            CAPTURE(sigma_m, cadence_s);
            CHECK(shares_of(cuts_between_six_spots, walker, 100).pass == 0);
            CHECK(shares_of(backwards, walker, 100).pass == 0);
            CHECK(shares_of(parallel_street, walker, 100).pass == 0);
        }
    }
}

TEST_CASE("threat: a car is too fast for its track to be joined up, and its speed is told") {
    std::mt19937_64 random(5);
    const Path course = test::street_course(random, 2600);
    Walker car;
    car.speed_mps = 11;
    car.outliers = 0;
    const TrackCoverage coverage = cover(test::on_earth(course, plane), Platform::android, test::walk(random, course, car, plane));
    CHECK(judge(coverage) != TrackVerdict::pass);
    Walker bicycle;
    bicycle.speed_mps = 5;
    bicycle.outliers = 0;
    CHECK(cover(test::on_earth(course, plane), Platform::android, test::walk(random, course, bicycle, plane)).fast_speed_mps > 3.5);
}

TEST_CASE("no honest walker is told to be fast, how often and how vaguely the phone measures") {
    std::mt19937_64 random(6);
    for (const double cadence_s : {1.0, 5.0, 15.0, 30.0}) {
        for (const double sigma_m : {8.0, 20.0}) {
            for (int round = 0; round < 25; ++round) {
                const Path course = test::street_course(random, 1500);
                const Walker walker{.cadence_s = cadence_s, .sigma_m = sigma_m, .outliers = 0.03, .silence_s = 90};
                const TrackCoverage coverage = cover(test::on_earth(course, plane), Platform::android, test::walk(random, course, walker, plane));
                CAPTURE(cadence_s, sigma_m, round);
                CHECK(coverage.fast_speed_mps > 0.7);
                CHECK(coverage.fast_speed_mps < 3);
            }
        }
    }
}

TEST_CASE("threat: a car that stands at each spot for a while and is there within a minute has walked none of the way between them") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({1800, 0})};
    const auto travelled = [](double speed_mps) {
        std::vector<Fix> track;
        std::int64_t time_ms = 1'775'000'000'000;
        for (int spot = 0; spot <= 3; ++spot) {
            for (int second = 0; second < 120; second += 5, time_ms += 5000) {
                track.push_back({plane.to_lon_lat({600.0 * spot, static_cast<double>(second % 10)}), 10, time_ms, false});
            }
            time_ms += std::llround(600 / speed_mps * 1000); // without a fix: in a pocket, or dropped by the gate
        }
        return track;
    };
    CHECK(cover(course, Platform::android, travelled(11)).coverage < 0.2);
    CHECK(judge(cover(course, Platform::android, travelled(11))) == TrackVerdict::fail);
    // Within the longest silence somebody may run, and noise is not a ride: two fixes 60 m apart in 5 s.
    std::vector<Fix> noisy;
    for (int second = 0; second <= 600; second += 5) {
        noisy.push_back({plane.to_lon_lat({1.25 * second, second % 10 == 0 ? 12.0 : -12.0}), 30, 1'775'000'000'000 + second * 1000, false});
    }
    CHECK(cover({{plane.to_lon_lat({0, 0}), plane.to_lon_lat({750, 0})}}, Platform::android, noisy).coverage == 1);
}

TEST_CASE("a fix that would need 8 m/s from and to its neighbours is dropped, and its neighbours are joined") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({200, 0})};
    std::vector<Fix> track;
    for (int i = 0; i <= 40; ++i) {
        const bool is_outlier = i == 20;
        track.push_back({plane.to_lon_lat({5.0 * i, is_outlier ? 300.0 : 0.0}), 5, 1'775'000'000'000 + i * 4000, false});
    }
    const TrackCoverage coverage = cover(course, Platform::android, track);
    CHECK(coverage.fixes_dropped == 1);
    CHECK(coverage.coverage == 1);
    CHECK(coverage.corridor_m == 25); // a phone that claims 5 m is given 8
}

TEST_CASE("what lies more than a minute apart is not joined, unless the phone always measures so rarely") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({1000, 0})};
    const auto walked = [](const std::vector<std::pair<int, double>> &seconds_and_metres) {
        std::vector<Fix> track;
        for (const auto &[second, metres] : seconds_and_metres) {
            track.push_back({plane.to_lon_lat({metres, 0}), 10, 1'775'000'000'000 + second * 1000, false});
        }
        return track;
    };
    std::vector<std::pair<int, double>> gap;
    for (int i = 0; i <= 20; ++i) {
        gap.emplace_back(i * 10, i * 12.5);
    }
    for (int i = 0; i <= 20; ++i) {
        gap.emplace_back(800 + i * 10, 750 + i * 12.5);
    }
    CHECK(cover(course, Platform::android, walked(gap)).coverage < 0.6);
    std::vector<std::pair<int, double>> rare;
    for (int i = 0; i <= 8; ++i) {
        rare.emplace_back(i * 100, i * 125.0);
    }
    CHECK(cover(course, Platform::android, walked(rare)).coverage == 1);
}

TEST_CASE("a silence of up to three minutes is walked where a walker's speed was enough, and not where only a vehicle is as fast") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({2000, 0})};
    const auto with_silence = [&](int seconds, double metres) {
        std::vector<Fix> track;
        for (int i = 0; i <= 80; ++i) {
            track.push_back({plane.to_lon_lat({12.5 * i, 0}), 10, 1'775'000'000'000 + i * 10'000, false});
        }
        for (int i = 0; 1000 + metres + 12.5 * i <= 2000; ++i) {
            track.push_back({plane.to_lon_lat({1000 + metres + 12.5 * i, 0}), 10, 1'775'000'000'000 + 800'000 + (seconds + i * 10) * 1000, false});
        }
        return cover(course, Platform::android, track).coverage;
    };
    CHECK(with_silence(120, 150) == 1);
    CHECK(with_silence(180, 500) == 1);   // 2.8 m/s
    CHECK(with_silence(120, 500) < 0.8);  // 4.2 m/s
    CHECK(with_silence(190, 250) < 0.91); // too long
}

TEST_CASE("a vague phone widens the corridor to 40 m and no further, and past 100 m of accuracy nothing counts") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({200, 0})};
    const auto walked = [](double accuracy_m) {
        std::vector<Fix> track;
        for (int i = 0; i <= 20; ++i) {
            track.push_back({plane.to_lon_lat({10.0 * i, 0}), accuracy_m, 1'775'000'000'000 + i * 8000, false});
        }
        return track;
    };
    CHECK(cover(course, Platform::android, walked(22.65)).corridor_m == Approx(30));
    CHECK(cover(course, Platform::android, walked(90)).corridor_m == 40);
    CHECK(cover(course, Platform::android, walked(101)).coverage == 0);
}

TEST_CASE("threat: a receiver's noise does not carry a way 50 m beside the course into its corridor") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({600, 0})};
    const auto walked_beside = [](double away_m) {
        std::vector<Fix> track; // 18 m to either side of the way, by turns
        for (int i = 0; i <= 96; ++i) {
            track.push_back({plane.to_lon_lat({6.25 * i, away_m + (i % 2 == 0 ? 18 : -18)}), 30, 1'775'000'000'000 + i * 5000, false});
        }
        return track;
    };
    CHECK(judge(cover(course, Platform::android, walked_beside(50))) == TrackVerdict::fail);
    CHECK(cover(course, Platform::android, walked_beside(0)).coverage == 1);
    TrackRules rough;
    rough.smoothing_ms = 0;
    CHECK(cover(course, Platform::android, walked_beside(50), rough).coverage > 0.85);
}

TEST_CASE("threat: a ride in a short silence is not walked by the mean of the fixes around it") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({400, 0})};
    std::vector<Fix> track; // each 2 s on foot, and between 120 and 240 m six seconds of silence at 20 m/s
    for (int i = 0; i <= 48; ++i) {
        track.push_back({plane.to_lon_lat({2.5 * i, 0}), 8, 1'775'000'000'000 + i * 2000, false});
    }
    for (int i = 0; i <= 64; ++i) {
        track.push_back({plane.to_lon_lat({240 + 2.5 * i, 0}), 8, 1'775'000'000'000 + 102'000 + i * 2000, false});
    }
    CHECK(cover(course, Platform::android, track).coverage < 0.85);
}

TEST_CASE("a loop must be walked round, not touched at its start") {
    const Path loop{{0, 0}, {300, 0}, {300, 300}, {0, 300}, {0, 0}};
    std::mt19937_64 random(3);
    const auto course = test::on_earth(loop, plane);
    CHECK(judge(cover(course, Platform::android, test::walk(random, loop, Walker{}, plane))) == TrackVerdict::pass);
    CHECK(judge(cover(course, Platform::android, test::walk(random, {{0, 0}, {300, 0}, {0, 0}}, Walker{}, plane))) == TrackVerdict::fail);
}

TEST_CASE("tracks and courses of nothing, one place or nonsense are covered by nothing and do no harm") {
    const std::vector<LonLat> course{plane.to_lon_lat({0, 0}), plane.to_lon_lat({200, 0})};
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Fix> nonsense{{{nothing, 0}, 5, 0, false},
                                    {{139, 35}, nothing, 1, false},
                                    {{139, 91}, 5, 2, false},
                                    {{139, 35}, -5, 3, false},
                                    {{139.5194, 35.7747}, 5, std::numeric_limits<std::int64_t>::max(), false},
                                    {{139.5194, 35.7747}, 5, std::numeric_limits<std::int64_t>::min(), false}};
    CHECK(cover(course, Platform::android, nonsense).coverage <= 1);
    CHECK(cover(course, Platform::android, {}).coverage == 0);
    CHECK(cover({}, Platform::android, nonsense).coverage == 0);
    CHECK(cover(std::vector<LonLat>{{139, 35}}, Platform::android, nonsense).coverage == 0);
    CHECK(cover(std::vector<LonLat>{{139, 35}, {139, 35}}, Platform::android, nonsense).coverage == 0);
}

TEST_CASE("a real walk in Japan passes over the course drawn along it and fails 80 m beside it") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "jp/gisoer/track.zip");
    passes_and_fails_shifted(test::read_gpx(test::unzipped(test::bytes_of(file), "track/track.gpx"), 10));
}

TEST_CASE("real runs and walks pass over courses drawn along them and fail 80 m beside them") {
    for (const char *name : {"apple_watch_route.gpx", "run.gpx", "run_gpxtpx.gpx"}) {
        KEYAKI_SHARED_DATA_OR_SKIP(file, "gps/togeojson/" + std::string(name));
        CAPTURE(name);
        passes_and_fails_shifted(test::read_gpx(test::bytes_of(file), 10));
    }
}

TEST_CASE("a real walk of an hour through Zürich passes over the course drawn along it and fails 80 m beside it") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "gps/trackintel/gpsies_trajectory.csv");
    passes_and_fails_shifted(test::read_trackintel(test::bytes_of(file)));
}

} // namespace keyaki::geo
