#include "geo/presence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr LonLat station{139.5194, 35.7747};
const Fence spot = Fence::circle(station, 40);

/// A fix `away_m` metres east of the station, `seconds` after the bundle's first.
Fix fix(double away_m, double accuracy_m, double seconds) {
    return {LocalPlane(station).to_lon_lat({away_m, 0}), accuracy_m, 1'775'000'000'000 + static_cast<std::int64_t>(seconds * 1000), false};
}

std::vector<Fix> same_fixes(std::size_t count, double away_m, double accuracy_m) {
    std::vector<Fix> fixes;
    for (std::size_t i = 0; i < count; ++i) {
        fixes.push_back(fix(away_m, accuracy_m, 4 * static_cast<double>(i)));
    }
    return fixes;
}

Decision decide(const std::vector<Fix> &fixes, bool token = false, bool indoor = false) {
    return decide_presence(spot, Platform::android, fixes, token, indoor);
}

bool has(const Decision &decision, PresenceReason reason) {
    return std::find(decision.reasons.begin(), decision.reasons.end(), reason) != decision.reasons.end();
}

} // namespace

TEST_CASE("two good fixes at the spot are in at once") {
    const Decision decision = decide(same_fixes(2, 5, 10));
    CHECK(decision.verdict == PresenceVerdict::in);
    CHECK(decision.reasons == std::vector{PresenceReason::two_fixes_inside});
    CHECK(decision.fixes_used == 2);
    CHECK(decision.probability > 0.9);
    CHECK(decision.sigma_m == Approx(0.85 * 8));
}

TEST_CASE("one fix of 30 m accuracy at the spot needs more, and is told how") {
    const Decision decision = decide({fix(0, 30, 0)});
    CHECK(decision.verdict == PresenceVerdict::need_more);
    CHECK(decision.reasons == std::vector{PresenceReason::too_few_fixes});
    CHECK(decision.fixes_wanted == 1);
    CHECK(decision.fixes_left == 4);
    CHECK(decision.seconds_apart == 3);
    CHECK_FALSE(decision.distance_band);
}

TEST_CASE("one perfect fix is not enough, nor is none") {
    CHECK(decide({fix(0, 4, 0)}).verdict == PresenceVerdict::need_more);
    const Decision nothing = decide({});
    CHECK(nothing.verdict == PresenceVerdict::need_more);
    CHECK(nothing.fixes_wanted == 2);
    CHECK(nothing.fixes_left == 5);
    CHECK_FALSE(nothing.estimate);
}

TEST_CASE("two fixes that agree 300 m away are out, with a coarse band") {
    const Decision decision = decide(same_fixes(2, 300, 20));
    CHECK(decision.verdict == PresenceVerdict::out);
    CHECK(decision.reasons == std::vector{PresenceReason::two_fixes_outside});
    CHECK(decision.distance_band == DistanceBand::under_300_m);
}

TEST_CASE("one far fix may be an outlier: it is not out, and beside good ones it does no harm") {
    CHECK(decide({fix(300, 5, 0)}).verdict == PresenceVerdict::need_more);
    CHECK(decide({fix(250, 5, 0), fix(3, 10, 4)}).verdict == PresenceVerdict::need_more);
    CHECK(decide({fix(3, 10, 0), fix(250, 5, 4), fix(6, 10, 8)}).verdict == PresenceVerdict::in);
    CHECK(decide({fix(25, 30, 0), fix(250, 5, 4), fix(30, 30, 8)}).verdict == PresenceVerdict::in);
}

TEST_CASE("two far fixes that disagree are not out yet") { CHECK(decide({fix(300, 5, 0), fix(-300, 5, 4)}).verdict == PresenceVerdict::need_more); }

TEST_CASE("three fixes with one chance in five are in") {
    const Decision decision = decide(same_fixes(3, 48, 30));
    CHECK(decision.verdict == PresenceVerdict::in);
    CHECK(decision.reasons.front() == PresenceReason::bundle_inside);
    CHECK(decision.probability >= 0.2);
    CHECK(decide(same_fixes(2, 48, 30)).verdict == PresenceVerdict::need_more);
    CHECK(decide(same_fixes(3, 60, 30)).verdict == PresenceVerdict::need_more);
}

TEST_CASE("five fixes between in and out ask for a token, and the token lets in") {
    const auto fixes = same_fixes(5, 60, 30);
    const Decision without = decide(fixes);
    CHECK(without.verdict == PresenceVerdict::need_token);
    CHECK(without.reasons.front() == PresenceReason::uncertain);
    const Decision with = decide(fixes, true);
    CHECK(with.verdict == PresenceVerdict::in);
    CHECK(with.reasons.front() == PresenceReason::token_confirmed);
}

TEST_CASE("a token with any one plausible fix is enough, a token without is not") {
    CHECK(decide({fix(20, 80, 0)}, true).verdict == PresenceVerdict::in);
    const Decision far = decide(same_fixes(5, 90, 30), true);
    CHECK(far.verdict == PresenceVerdict::out);
    CHECK(has(far, PresenceReason::token_too_far));
    CHECK(decide({}, true).verdict == PresenceVerdict::need_more);
    CHECK(decide(same_fixes(2, 500, 20), true).verdict == PresenceVerdict::out);
}

TEST_CASE("five fixes without a case for inside are out, unless the spot is indoors") {
    std::vector<Fix> scattered;
    for (int i = 0; i < 5; ++i) {
        scattered.push_back(fix(90 + 100.0 * i, 5, 4.0 * i)); // no two agree
    }
    CHECK(decide(scattered).verdict == PresenceVerdict::out);
    CHECK(decide(scattered).reasons.front() == PresenceReason::bundle_outside);
    CHECK(decide(scattered, false, true).verdict == PresenceVerdict::need_token);
}

TEST_CASE("accuracy past 60 m asks for a token after five fixes") {
    const Decision decision = decide(same_fixes(5, 150, 90));
    CHECK(decision.probability < 0.02);
    CHECK(decision.verdict == PresenceVerdict::need_token);
    CHECK(has(decision, PresenceReason::coarse_accuracy));
}

TEST_CASE("accuracy past 100 m never stamps by itself, even in a fence as large as a park") {
    const Fence park = Fence::circle(station, 1000);
    const auto fixes = same_fixes(5, 0, 101);
    const Decision without = decide_presence(park, Platform::android, fixes, false, false);
    CHECK(without.probability > 0.99);
    CHECK(without.verdict == PresenceVerdict::need_token);
    CHECK(has(without, PresenceReason::low_accuracy));
    CHECK(decide_presence(park, Platform::android, fixes, true, false).verdict == PresenceVerdict::in);
    CHECK(decide_presence(park, Platform::android, same_fixes(5, 0, 100), false, false).verdict == PresenceVerdict::in);
}

TEST_CASE("an approximate location of kilometres at the spot asks for a token, one clearly far away is out") {
    CHECK(decide(same_fixes(2, 0, 3000)).verdict == PresenceVerdict::need_more);
    CHECK(decide(same_fixes(5, 0, 3000)).verdict == PresenceVerdict::need_token);
    CHECK(decide(same_fixes(2, 20'000, 3000)).verdict == PresenceVerdict::out);
}

TEST_CASE("a vague fix among good ones does not spoil them") {
    const Decision decision = decide({fix(400, 500, 0), fix(30, 40, 4), fix(45, 40, 8), fix(35, 40, 12)});
    CHECK(decision.verdict == PresenceVerdict::in);
    CHECK(decision.sigma_m == Approx(0.85 * 40 / 1.510));
}

TEST_CASE("a fix without accuracy is no evidence, and is not asked for without end") {
    std::vector<Fix> fixes = same_fixes(5, 0, 10);
    for (Fix &one : fixes) {
        one.accuracy_m = std::nullopt;
    }
    const Decision decision = decide(fixes);
    CHECK(decision.verdict == PresenceVerdict::need_token);
    CHECK(has(decision, PresenceReason::no_accuracy));
    CHECK(decision.fixes_used == 0);
    CHECK(decide({fixes[0], fixes[1]}).verdict == PresenceVerdict::need_more);
    for (const double bad : {0.0, -5.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        std::vector<Fix> two = same_fixes(2, 0, bad);
        CHECK(decide(two).verdict == PresenceVerdict::need_more);
        CHECK(decide(two).fixes_used == 0);
        CHECK(decide(two, true).verdict == PresenceVerdict::need_more);
    }
}

TEST_CASE("fixes off Earth or past the map are no evidence") {
    for (const LonLat bad : {LonLat{std::nan(""), 35}, LonLat{200, 35}, LonLat{139, 89}, LonLat{1e300, -1e300}}) {
        Fix one = fix(0, 10, 0);
        one.position = bad;
        const Decision decision = decide({one, fix(0, 10, 4)});
        CHECK(decision.verdict == PresenceVerdict::need_more);
        CHECK(decision.fixes_used == 1);
        CHECK(has(decision, PresenceReason::bad_position));
    }
}

TEST_CASE("fixes less than 3 s apart are one, older than 30 s are none, past five the oldest fall away") {
    const Decision close = decide({fix(0, 10, 0), fix(0, 10, 2.999)});
    CHECK(close.verdict == PresenceVerdict::need_more);
    CHECK(has(close, PresenceReason::fixes_too_close));
    CHECK(decide({fix(0, 10, 0), fix(0, 10, 3)}).verdict == PresenceVerdict::in);

    const Decision old = decide({fix(0, 10, 0), fix(0, 10, 30.001)});
    CHECK(old.verdict == PresenceVerdict::need_more);
    CHECK(has(old, PresenceReason::fix_too_old));
    CHECK(decide({fix(0, 10, 0), fix(0, 10, 30)}).verdict == PresenceVerdict::in);

    auto many = same_fixes(5, 60, 30);
    many.insert(many.begin(), {fix(0, 5, -8), fix(0, 5, -4)}); // seven, the two oldest at the spot
    const Decision seven = decide(many);
    CHECK(seven.fixes_used == 5);
    CHECK(has(seven, PresenceReason::too_many_fixes));
    CHECK(seven.verdict == PresenceVerdict::need_token);
}

TEST_CASE("a flood of copies of one fix is one fix") {
    std::vector<Fix> copies(50, fix(0, 5, 0));
    const Decision decision = decide(copies);
    CHECK(decision.fixes_used == 1);
    CHECK(decision.verdict == PresenceVerdict::need_more);
}

TEST_CASE("the order in which fixes are sent does not change the verdict") {
    std::mt19937_64 random(21);
    std::uniform_real_distribution<double> away(0, 120);
    std::uniform_real_distribution<double> accuracy(3, 130);
    for (int i = 0; i < 500; ++i) {
        std::vector<Fix> fixes;
        for (int k = 0; k < 6; ++k) {
            fixes.push_back(fix(away(random), accuracy(random), 2.3 * k));
        }
        const Decision first = decide(fixes, i % 3 == 0, i % 5 == 0);
        std::shuffle(fixes.begin(), fixes.end(), random);
        const Decision again = decide(fixes, i % 3 == 0, i % 5 == 0);
        REQUIRE(first.verdict == again.verdict);
        REQUIRE(first.reasons == again.reasons);
        REQUIRE(first.probability == again.probability);
    }
}

TEST_CASE("a made-up fix is told, not judged, here") {
    auto fixes = same_fixes(2, 0, 10);
    fixes[1].mocked = true;
    const Decision decision = decide(fixes);
    CHECK(decision.verdict == PresenceVerdict::in);
    CHECK(has(decision, PresenceReason::mocked));
    CHECK(presence_reason_code(PresenceReason::mocked) == "MOCK_FLAG");
    CHECK(presence_reason_code(PresenceReason::low_accuracy) == "LOW_ACCURACY");
}

TEST_CASE("times and numbers from the edge of their types do no harm") {
    std::vector<Fix> fixes{fix(0, 10, 0), fix(0, 10, 4), fix(0, 1e308, 8), fix(0, 5e-324, 12)};
    fixes[0].taken_at_ms = std::numeric_limits<std::int64_t>::min();
    fixes[1].taken_at_ms = std::numeric_limits<std::int64_t>::max();
    CHECK(decide(fixes).fixes_used == 1);
    CHECK(capture_time(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()) == CaptureTime::stale);
}

TEST_CASE("however large an accuracy is claimed, no estimate beyond 1.29 R stamps without a token and none beyond 2.714 R with one") {
    double furthest_without = 0;
    double furthest_with = 0;
    for (const double radius_m : {25.0, 40.0, 60.0, 100.0}) {
        const Fence fence = Fence::circle(station, radius_m);
        for (double accuracy_m = 1; accuracy_m <= 10'000; accuracy_m *= 1.08) {
            for (double share = 1.0; share <= 3.2; share += 0.01) {
                const auto fixes = same_fixes(5, share * radius_m, accuracy_m);
                if (decide_presence(fence, Platform::android, fixes, false, false).verdict == PresenceVerdict::in) {
                    furthest_without = std::max(furthest_without, share);
                }
                if (decide_presence(fence, Platform::android, fixes, true, false).verdict == PresenceVerdict::in) {
                    furthest_with = std::max(furthest_with, share);
                }
            }
        }
    }
    CAPTURE(furthest_without, furthest_with);
    CHECK(furthest_without <= 1.29);
    CHECK(furthest_with <= 2.714);
    CHECK(furthest_without > 1.2); // the sweep has reached the edge of the rules
    CHECK(furthest_with > 2.3);
}

TEST_CASE("whatever bundle is sent, in without a token means an estimate within 1.29 R, with one a fix within 2.714 R") {
    std::mt19937_64 random(22);
    std::uniform_real_distribution<double> metres(-220, 220);
    std::uniform_real_distribution<double> log_accuracy(0, std::log(10'000));
    std::uniform_int_distribution<int> count(1, 8);
    int accepted = 0;
    for (int i = 0; i < 40'000; ++i) {
        const double radius_m = i % 2 == 0 ? 40 : 100;
        const Fence fence = Fence::circle(station, radius_m);
        const bool token = i % 3 == 0;
        std::vector<Fix> fixes;
        double nearest_m = 1e9;
        const double spread = i % 5 == 0 ? 1 : 0.3;
        for (int k = count(random); k > 0; --k) {
            const LonLat position = LocalPlane(station).to_lon_lat({metres(random) * spread, metres(random) * spread});
            fixes.push_back({position, std::exp(log_accuracy(random)), 1'775'000'000'000 + 4000 * k, false});
            nearest_m = std::min(nearest_m, distance_m(position, station));
        }
        const Decision decision = decide_presence(fence, Platform::android, fixes, token, false);
        if (decision.verdict == PresenceVerdict::in) {
            ++accepted;
            const bool by_token = decision.reasons.front() == PresenceReason::token_confirmed;
            REQUIRE((token || !by_token));
            REQUIRE((by_token ? nearest_m / 2.714 : distance_m(*decision.estimate, station) / 1.29) <= radius_m);
        }
    }
    CHECK(accepted > 4000);
}

TEST_CASE("two near fixes among three far ones are no short cut") {
    const Decision decision = decide({fix(300, 10, 0), fix(200, 10, 4), fix(0, 10, 8), fix(400, 10, 12), fix(0, 10, 16)});
    CHECK(decision.verdict == PresenceVerdict::out);
}

TEST_CASE("the verdict rests on the observation alone, whose figures are rounded") {
    std::mt19937 random(17);
    std::uniform_real_distribution<double> away(0, 160);
    std::uniform_real_distribution<double> accuracy(3, 160);
    std::set<PresenceVerdict> seen;
    for (int round = 0; round < 3000; ++round) {
        std::vector<Fix> fixes;
        for (std::size_t i = 0; i < 1 + random() % 6; ++i) {
            fixes.push_back(fix(away(random), accuracy(random), 3.5 * static_cast<double>(i)));
        }
        const bool token = random() % 2 == 0;
        Observation observation = observe(spot, Platform::android, fixes);
        for (const ObservedFix &observed : observation.fixes) {
            CHECK(observed.probability == std::floor(observed.probability * 1000 + 1e-9) / 1000);
        }
        const Decision whole = decide_presence(spot, Platform::android, fixes, token, false);
        observation.estimate.reset(); // what is not kept
        observation.exact_probability = 0;
        observation.sigma_m = 0;
        const Decision replayed = judge(observation, token, false);
        CHECK(replayed.verdict == whole.verdict);
        CHECK(replayed.reasons == whole.reasons);
        seen.insert(whole.verdict);
    }
    CHECK(seen.size() == 4);
}

TEST_CASE("capture times from 30 s ago to 5 s ahead are in time") {
    constexpr std::int64_t now = 1'775'000'000'000;
    CHECK(capture_time(now, now) == CaptureTime::in_time);
    CHECK(capture_time(now - 30'000, now) == CaptureTime::in_time);
    CHECK(capture_time(now - 30'001, now) == CaptureTime::stale);
    CHECK(capture_time(now + 5'000, now) == CaptureTime::in_time);
    CHECK(capture_time(now + 5'001, now) == CaptureTime::future);
}

TEST_CASE("an offline fix counts within its ticket and for a day") {
    constexpr std::int64_t from = 1'775'000'000'000;
    constexpr std::int64_t until = from + 3'600'000;
    constexpr std::int64_t day = 86'400'000;
    CHECK(offline_capture_time(from, from, until, from + day) == CaptureTime::in_time);
    CHECK(offline_capture_time(from, from, until, from + day + 1) == CaptureTime::stale);
    CHECK(offline_capture_time(from - 1, from, until, from + 10) == CaptureTime::stale);
    CHECK(offline_capture_time(until + 1, from, until, until + 10) == CaptureTime::future);
    CHECK(offline_capture_time(until, from, until, from) == CaptureTime::future); // a clock ahead of the server's
}

} // namespace keyaki::geo
