#include "server/rally/score.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace keyaki::server::rally;

namespace {

Measures clean() {
    Measures measures;
    measures.integrity_missing = false;
    return measures;
}

std::vector<Signal> signals_of(const Measures &measures) { return score_of(measures, ScoreRules{}).signals; }

} // namespace

TEST_CASE("an honest phone has no signals, an old one or a browser has one that changes nothing") {
    CHECK(score_of(clean(), {}).own == 0);
    CHECK(score_of(Measures{}, {}).signals == std::vector{Signal::attest_missing});
    CHECK(score_of(Measures{}, {}).band == Band::post);
}

TEST_CASE("each measure speaks up past its threshold and not at it") {
    const auto with = [](auto set) {
        Measures measures = clean();
        set(measures);
        return signals_of(measures);
    };
    const std::vector<Signal> none;
    CHECK(with([](Measures &m) { m.jump_mps = 50; }) == none);
    CHECK(with([](Measures &m) { m.jump_mps = 50.1; }) == std::vector{Signal::teleport});
    CHECK(with([](Measures &m) { m.other_device_jump_mps = 51; }) == std::vector{Signal::two_places});
    CHECK(with([](Measures &m) { m.stamp_mps = 4.2; }) == none);
    CHECK(with([](Measures &m) { m.stamp_mps = 4.3; }) == std::vector{Signal::too_fast_for_mode});
    CHECK(with([](Measures &m) { m.device_members = 5; }) == none);
    CHECK(with([](Measures &m) { m.device_members = 6; }) == std::vector{Signal::device_many_users});
    CHECK(with([](Measures &m) { m.device_minute_members = 4; }) == std::vector{Signal::device_many_users});
    CHECK(with([](Measures &m) { m.member_devices = 6; }) == std::vector{Signal::user_many_devices});
    CHECK(with([](Measures &m) { m.cloned = true; }) == std::vector{Signal::fix_cloned});
    CHECK(with([](Measures &m) { m.flat = true; }) == std::vector{Signal::sensor_flat});
    CHECK(with([](Measures &m) { m.center_hits = 1; }) == none);
    CHECK(with([](Measures &m) { m.center_hits = 2; }) == std::vector{Signal::center_hit});
    CHECK(with([](Measures &m) { m.least_accuracy_m = 3; }) == none);
    CHECK(with([](Measures &m) { m.least_accuracy_m = 2.9; }) == std::vector{Signal::accuracy_too_good});
    CHECK(with([](Measures &m) { m.code_uses = 61; }) == std::vector{Signal::code_burst});
    CHECK(with([](Measures &m) { m.crowd_members = 4; }) == none);
    CHECK(with([](Measures &m) { m.crowd_members = 5; }) == std::vector{Signal::crowd_pattern});
    CHECK(with([](Measures &m) { m.late_s = 6 * 3'600; }) == none);
    CHECK(with([](Measures &m) { m.late_s = 6 * 3'600 + 1; }) == std::vector{Signal::offline_late});
    CHECK(with([](Measures &m) {
              m.integrity_failed = true;
              m.integrity_missing = true;
          }) == std::vector{Signal::device_integrity_fail});
}

TEST_CASE("weights are added up to a hundred, and bands begin at 30, 60 and 90") {
    Measures measures = clean();
    measures.cloned = true;
    CHECK(score_of(measures, {}).own == 70);
    CHECK(score_of(measures, {}).band == Band::hold);
    measures.mocked = true;
    CHECK(score_of(measures, {}).own == 100);
    CHECK(score_of(measures, {}).band == Band::refuse);
}

TEST_CASE("what an account showed fades by half in a week, holds back and refuses nobody") {
    const ScoreRules rules;
    CHECK(faded(70, 0, rules) == 70);
    CHECK(faded(70, 7, rules) == Approx(35));
    CHECK(faded(70, 14, rules) == Approx(17.5));
    CHECK(faded(70, 60, rules) == 0);
    CHECK(faded(70, -3, rules) == 70);
    Measures measures = clean();
    measures.carried = 100;
    CHECK(score_of(measures, rules).band == Band::hold);
    CHECK(score_of(measures, rules).is_carried);
    measures.carried = 35;
    CHECK(score_of(measures, rules).band == Band::sample);
    measures.carried = 29;
    CHECK(score_of(measures, rules).band == Band::post);
}

TEST_CASE("property: more signals never make a score smaller, and it stays within 0 and 100") {
    rc::check([] {
        const auto random = [] {
            Measures measures;
            measures.mocked = *rc::gen::arbitrary<bool>();
            measures.accessory = *rc::gen::arbitrary<bool>();
            measures.cloned = *rc::gen::arbitrary<bool>();
            measures.flat = *rc::gen::arbitrary<bool>();
            measures.jump_mps = *rc::gen::inRange(0, 100);
            measures.carried = *rc::gen::inRange(0, 101);
            return measures;
        };
        const Measures measures = random();
        Measures worse = measures;
        worse.integrity_failed = true;
        const Score score = score_of(measures, {});
        RC_ASSERT(score.total >= 0 && score.total <= 100);
        RC_ASSERT(score_of(worse, {}).own >= score.own);
        RC_ASSERT(score_of(worse, {}).band >= score.band);
    });
}
