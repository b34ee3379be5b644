#include "server/rally/bundle.hpp"

#include "geo/geodesic.hpp"
#include "tests/server/rally/story.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace keyaki;
using namespace keyaki::server::rally;

namespace {

/// What an Android phone at the spot sends: noise, times to the millisecond, accuracies as they fall out of its filter.
std::vector<SentFix> honest_bundle(std::mt19937_64 &random, std::size_t count) {
    std::normal_distribution<double> noise(0, 5);
    std::uniform_real_distribution<double> accuracy(4, 30);
    const geo::LocalPlane plane(test::spot_position);
    std::vector<SentFix> fixes;
    std::int64_t time_ms = 1'795'000'000'000 + static_cast<std::int64_t>(random() % 10'000'000);
    for (std::size_t i = 0; i < count; ++i) {
        fixes.push_back({{plane.to_lon_lat({noise(random), noise(random)}), accuracy(random), time_ms, false}, {}, {}, {}, false});
        time_ms += 3500 + static_cast<std::int64_t>(random() % 900);
    }
    return fixes;
}

std::vector<SentFix> copied(std::vector<SentFix> fixes, std::mt19937_64 &random, double jitter_m, std::int64_t later_ms) {
    std::uniform_real_distribution<double> jitter(-jitter_m, jitter_m);
    const geo::LocalPlane plane(test::spot_position);
    for (SentFix &sent : fixes) {
        const geo::PlanePoint place = plane.to_plane(sent.fix.position);
        sent.fix.position = plane.to_lon_lat({place.east_m + jitter(random), place.north_m + jitter(random)});
        sent.fix.taken_at_ms += later_ms;
    }
    return fixes;
}

bool share_one(const std::vector<std::uint64_t> &a, const std::vector<std::uint64_t> &b) {
    return std::any_of(a.begin(), a.end(), [&b](std::uint64_t hash) { return std::find(b.begin(), b.end(), hash) != b.end(); });
}

} // namespace

TEST_CASE("threat: a bundle that is sent again later is known, also with jitter under a metre (slow replay of a recorded walk)") {
    std::mt19937_64 random(3);
    int caught = 0;
    constexpr int rounds = 400;
    for (int round = 0; round < rounds; ++round) {
        const auto bundle = honest_bundle(random, 2 + random() % 4);
        CHECK(share_one(bundle_hashes(bundle), bundle_hashes(copied(bundle, random, 0, 86'400'000))));
        caught += share_one(bundle_hashes(bundle), bundle_hashes(copied(bundle, random, 0.7, 86'400'000))) ? 1 : 0;
    }
    CAPTURE(caught);
    CHECK(caught >= rounds * 95 / 100);
}

TEST_CASE("bundles of honest phones at one spot share no hash") {
    std::mt19937_64 random(4);
    std::set<std::uint64_t> seen;
    for (int round = 0; round < 3000; ++round) {
        for (const std::uint64_t hash : bundle_hashes(honest_bundle(random, 2 + random() % 4))) {
            CHECK(seen.insert(hash).second);
        }
    }
}

TEST_CASE("a phone that tells whole seconds and metres is known by its positions alone, one that stands still by nothing") {
    std::mt19937_64 random(5);
    auto coarse = honest_bundle(random, 3);
    for (std::size_t i = 0; i < coarse.size(); ++i) {
        coarse[i].fix.accuracy_m = 20;
        coarse[i].fix.taken_at_ms = 1'795'000'000'000 + static_cast<std::int64_t>(i) * 4000;
    }
    CHECK(bundle_hashes(coarse).size() == 1);
    auto still = coarse;
    for (SentFix &sent : still) {
        sent.fix.position = still.front().fix.position;
    }
    CHECK(bundle_hashes(still).empty());
    CHECK(is_flat(still));
    still[1].altitude_m = 40;
    CHECK_FALSE(is_flat(still));
    CHECK_FALSE(is_flat({still[0], still[2]}));
    CHECK(bundle_hashes({coarse[0]}).empty());
    CHECK(bundle_hashes({}).empty());
}

TEST_CASE("a bundle is unpacked as it was packed") {
    const std::string packed = pack_bundle(1'795'000'000'000, {1, 0xFFFF'FFFF'FFFF'FFFFU});
    const Bundle bundle = unpack_bundle({packed.begin(), packed.end()});
    CHECK(bundle.begins_ms == 1'795'000'000'000);
    CHECK(bundle.hashes == std::vector<std::uint64_t>{1, 0xFFFF'FFFF'FFFF'FFFFU});
    CHECK(pack_bundle(5, {}).empty());
    CHECK(unpack_bundle({}).hashes.empty());
}
