#include "server/rally/decision.hpp"

#include "server/time.hpp"
#include "tests/server/rally/story.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;
using rally::Proof;
using rally::Reason;
using rally::Token;
using rally::Verdict;
using test::Story;

TEST_CASE("two good fixes at the spot give the stamp and its points") {
    const rally::Outcome outcome = Story().at_the_spot().outcome();
    CHECK(outcome.verdict == Verdict::accepted);
    CHECK(outcome.reasons.empty());
    CHECK(outcome.stamp);
    CHECK(outcome.award_points == 10);
    CHECK_FALSE(outcome.is_sampled);
}

TEST_CASE("one fix of 30 m accuracy at the spot asks for more fixes") {
    const rally::Outcome outcome = Story().fix(0, 30, 1).outcome();
    CHECK(outcome.verdict == Verdict::more_fixes);
    CHECK(outcome.reasons == std::vector{Reason::needs_more_fixes});
    CHECK(outcome.wanted.fixes == 1);
    CHECK(outcome.wanted.seconds_apart == 3);
    CHECK_FALSE(outcome.stamp);
}

TEST_CASE("two agreeing fixes 300 m away are refused with a coarse distance, one is not enough to refuse") {
    const rally::Outcome outcome = Story().fix(300, 10, 6).fix(302, 10, 1).outcome();
    CHECK(outcome.verdict == Verdict::refused);
    CHECK(outcome.reasons == std::vector{Reason::outside});
    CHECK(outcome.band == geo::DistanceBand::under_300_m);
    CHECK(Story().fix(300, 10, 1).outcome().verdict == Verdict::more_fixes);
}

TEST_CASE("the rally's last second still counts, the next does not") {
    Story story;
    story.facts.received_at_us = *parse_rfc3339_us("2027-03-31T23:59:59.9+09:00");
    story.at_the_spot();
    CHECK(story.outcome().verdict == Verdict::accepted);
    story.facts.received_at_us = *parse_rfc3339_us("2027-04-01T00:00:00+09:00");
    CHECK(story.outcome().reasons == std::vector{Reason::rally_over});
    story.facts.received_at_us = *parse_rfc3339_us("2026-03-31T23:59:59+09:00");
    CHECK(story.outcome().reasons == std::vector{Reason::rally_not_started});
}

TEST_CASE("hours of the day are Japan's and may go over midnight") {
    Story story;
    story.rally.spots.hours = {22 * 60, 2 * 60};
    const auto at = [&story](const char *time) {
        story.fixes.clear();
        story.facts.received_at_us = *parse_rfc3339_us(time);
        return story.at_the_spot().outcome();
    };
    CHECK(at("2026-11-23T22:00:00+09:00").verdict == Verdict::accepted);
    CHECK(at("2026-11-24T01:59:59+09:00").verdict == Verdict::accepted);
    CHECK(at("2026-11-24T02:00:00+09:00").reasons == std::vector{Reason::closed_now});
    CHECK(at("2026-11-23T13:00:00Z").verdict == Verdict::accepted); // 22:00 in Japan
}

TEST_CASE("a second stamp of the same spot and period is refused") {
    Story story;
    story.facts.is_stamped = true;
    CHECK(story.at_the_spot().outcome().reasons == std::vector{Reason::already_stamped});
}

TEST_CASE("threat: fixes of yesterday and of tomorrow are no evidence, whatever they say (clock games)") {
    CHECK(Story().fix(0, 10, 86'400).fix(0, 10, 86'396).outcome().reasons == std::vector{Reason::no_evidence, Reason::stale_fix});
    CHECK(Story().fix(0, 10, -86'400).fix(0, 10, -86'404).outcome().reasons == std::vector{Reason::no_evidence, Reason::future_fix});
    CHECK(Story().fix(0, 10, 31).outcome().verdict == Verdict::refused);
    CHECK(Story().fix(0, 10, -6).outcome().verdict == Verdict::refused);
}

TEST_CASE("threat: a position that an app made up holds the points until somebody has looked (GPS joystick)") {
    const rally::Outcome outcome = Story().fix(3, 10, 6, true).fix(5, 10, 1).outcome();
    CHECK(outcome.verdict == Verdict::held);
    CHECK(outcome.reasons == std::vector{Reason::mock_flag});
    CHECK(outcome.stamp);
    CHECK(outcome.award_points == 10);
    CHECK(outcome.own_score == 70);
    CHECK(Story().fix(300, 10, 6, true).fix(300, 10, 1, true).outcome().reasons == std::vector{Reason::outside});
}

TEST_CASE("past the day's limit or the budget the stamp is given without points") {
    Story story;
    story.at_the_spot();
    story.rally.limits.points_per_member_per_day = 25;
    story.facts.points_today = 20;
    CHECK(story.outcome().stamp);
    CHECK(story.outcome().award_points == 0);
    CHECK(story.outcome().reasons == std::vector{Reason::daily_limit});
    story.facts.points_today = 15;
    CHECK(story.outcome().award_points == 10);
    story.facts.budget_available = 9;
    CHECK(story.outcome().stamp);
    CHECK(story.outcome().reasons == std::vector{Reason::budget_exhausted});
}

TEST_CASE("threat: past the day's number of stamps of a member, a device or a spot there is none (many accounts, one phone)") {
    const auto reasons = [](auto set) {
        Story story;
        set(story);
        const rally::Outcome outcome = story.at_the_spot().outcome();
        CHECK_FALSE(outcome.stamp);
        CHECK(outcome.verdict == Verdict::refused);
        return outcome.reasons;
    };
    CHECK(reasons([](Story &story) {
              story.rally.limits.stamps_per_member_per_day = 3;
              story.facts.member_stamps_today = 3;
          }) == std::vector{Reason::member_limit});
    CHECK(reasons([](Story &story) {
              story.rally.limits.stamps_per_device_per_day = 3;
              story.facts.device_stamps_today = 3;
          }) == std::vector{Reason::device_limit});
    CHECK(reasons([](Story &story) {
              story.rally.limits.stamps_per_spot_per_day = 3;
              story.facts.spot_stamps_today = 3;
          }) == std::vector{Reason::spot_limit});
}

TEST_CASE("the spot's own radius and points win over the rally's") {
    Story story;
    story.feature.properties.set("points", std::int64_t{25});
    story.feature.properties.set("radius_m", 100.0);
    story.fix(70, 10, 6).fix(70, 10, 1);
    CHECK(story.outcome().verdict == Verdict::accepted);
    CHECK(story.outcome().award_points == 25);
    story.feature.properties.set("points", 25.0); // a column of reals
    CHECK(story.outcome().award_points == 25);
}

TEST_CASE("a slip in a spot's row turns nobody away: the rally's own values count") {
    for (const geo::Value &points : {geo::Value(std::string("many")), geo::Value(5.5), geo::Value(std::int64_t{-1}), geo::Value(1e300)}) {
        Story story;
        story.feature.properties.set("points", points);
        story.feature.properties.set("radius_m", -5.0);
        CHECK(story.at_the_spot().outcome().award_points == 10);
    }
}

TEST_CASE("five vague fixes around the spot ask for a token, whatever the phone claims beyond 100 m") {
    Story story;
    for (int i = 0; i < 5; ++i) {
        story.fix(0, 150, 20 - 4 * i);
    }
    CHECK(story.outcome().verdict == Verdict::token_required);
    CHECK(story.outcome().reasons == std::vector{Reason::uncertain, Reason::low_accuracy});
    CHECK(story.outcome().wanted.token == Token::code);
    story.facts.token = Token::code;
    CHECK(story.outcome().verdict == Verdict::accepted);
}

TEST_CASE("an indoor spot asks for a token where satellites do not show anybody in") {
    Story story;
    story.feature.properties.set("indoor", true);
    for (int i = 0; i < 5; ++i) {
        story.fix(90, 30, 20 - 4 * i);
    }
    CHECK(story.outcome().verdict == Verdict::token_required);
    story.feature.properties.set("indoor", false);
    CHECK(story.outcome().verdict == Verdict::refused);
}

TEST_CASE("threat: a code from far away is refused and says so (shared photo of a QR, relay without presence)") {
    for (const Token token : {Token::qr, Token::code, Token::nfc}) {
        Story story;
        story.facts.token = token;
        CHECK(story.fix(300, 10, 6).fix(300, 10, 1).outcome().reasons == std::vector{Reason::qr_far});
        CHECK_FALSE(story.outcome().stamp);
    }
}

TEST_CASE("threat: a printed code alone, without a position, gives nothing") {
    Story story;
    story.rally.spots.token = Token::qr;
    story.facts.token = Token::qr;
    CHECK(story.outcome().reasons == std::vector{Reason::no_evidence});
    CHECK(story.at_the_spot().outcome().verdict == Verdict::accepted);
}

TEST_CASE("a spot that asks for a code takes a tag and the staff too, but no printed code") {
    Story story;
    story.rally.spots.token = Token::code;
    story.at_the_spot();
    CHECK(story.outcome().verdict == Verdict::token_required);
    CHECK(story.outcome().reasons == std::vector{Reason::token_needed});
    CHECK(story.outcome().wanted.token == Token::code);
    for (const auto &[token, is_enough] :
         std::vector<std::pair<Token, bool>>{{Token::qr, false}, {Token::code, true}, {Token::nfc, true}, {Token::staff, true}}) {
        story.facts.token = token;
        CHECK((story.outcome().verdict == Verdict::accepted) == is_enough);
    }
}

TEST_CASE("threat: whom the staff scans needs no phone, and no phone speaks against it (children, elderly)") {
    Story story;
    story.rally.spots.token = Token::staff;
    story.facts.token = Token::staff;
    story.facts.measures.mocked = true;
    const rally::Outcome outcome = story.outcome();
    CHECK(outcome.verdict == Verdict::accepted);
    CHECK(outcome.award_points == 10);
}

TEST_CASE("threat: a device's bad signature and a counter that goes back are refused at once, whatever else is right") {
    Story story;
    story.at_the_spot();
    story.facts.token = Token::code;
    story.facts.device_fault = rally::DeviceFault::bad_signature;
    CHECK(story.outcome().reasons == std::vector{Reason::sig_invalid});
    CHECK_FALSE(story.outcome().stamp);
    story.facts.device_fault = rally::DeviceFault::counter_back;
    CHECK(story.outcome().reasons == std::vector{Reason::attest_counter_back});
    story.facts.is_stamped = true;
    CHECK(story.outcome().reasons == std::vector{Reason::attest_counter_back});
}

TEST_CASE("a wrong, an old and a used proof are each refused by their own name, and count as tries") {
    const std::vector<std::pair<rally::TokenFault, Reason>> faults{{rally::TokenFault::wrong_code, Reason::qr_wrong},
                                                                   {rally::TokenFault::stale_code, Reason::qr_stale},
                                                                   {rally::TokenFault::wrong_tag, Reason::nfc_wrong},
                                                                   {rally::TokenFault::counter_back, Reason::nfc_counter_back}};
    for (const auto &[fault, reason] : faults) {
        Story story;
        story.rally.spots.token = Token::code;
        story.facts.token_fault = fault;
        const rally::Outcome outcome = story.at_the_spot().outcome();
        CHECK(outcome.reasons == std::vector{reason});
        CHECK(outcome.is_wrong_try);
    }
    Story story;
    story.facts.token_fault = rally::TokenFault::ticket_used;
    CHECK(story.at_the_spot().outcome().reasons == std::vector{Reason::ticket_used});
    story.facts.token_fault = rally::TokenFault::wrong_ticket;
    CHECK(story.outcome().reasons == std::vector{Reason::ticket_wrong});
}

TEST_CASE("threat: a wrong code is a try wherever it is brought, also where nobody was near or certain (guessing codes)") {
    const std::vector<std::pair<rally::TokenFault, Reason>> faults{{rally::TokenFault::wrong_code, Reason::qr_wrong},
                                                                   {rally::TokenFault::stale_code, Reason::qr_stale},
                                                                   {rally::TokenFault::wrong_tag, Reason::nfc_wrong},
                                                                   {rally::TokenFault::counter_back, Reason::nfc_counter_back}};
    for (const auto &[fault, reason] : faults) {
        for (const Token asked : {Token::none, Token::code}) {
            for (const bool is_hidden : {false, true}) {
                Story story;
                story.rally.spots.is_hidden = is_hidden;
                story.rally.spots.token = asked;
                story.facts.token_fault = fault;
                Story vague = story;
                for (int i = 0; i < 5; ++i) {
                    vague.fix(0, 150, 20 - 4 * i);
                }
                CAPTURE(rally::reason_code(reason), asked, is_hidden);
                CHECK(vague.outcome().is_wrong_try);
                CHECK(Story(story).fix(0, 30, 1).outcome().verdict == Verdict::more_fixes);
                CHECK(Story(story).fix(0, 30, 1).outcome().reasons == std::vector{Reason::needs_more_fixes, reason});
                CHECK(Story(story).fix(0, 30, 1).outcome().is_wrong_try);
                CHECK(Story(story).fix(300, 10, 9).fix(300, 10, 5).fix(300, 10, 1).outcome().reasons == std::vector{Reason::outside});
                CHECK(Story(story).fix(300, 10, 9).fix(300, 10, 5).fix(300, 10, 1).outcome().is_wrong_try);
                CHECK(story.outcome().is_wrong_try); // without any position too
                if (!is_hidden) {
                    CHECK(vague.outcome().verdict == Verdict::token_required);
                    CHECK(vague.outcome().reasons == std::vector{reason, Reason::uncertain, Reason::low_accuracy});
                }
            }
        }
        Story there;
        there.facts.token_fault = fault;
        CHECK(there.at_the_spot().outcome().verdict == Verdict::accepted); // nothing hung on it
        CHECK_FALSE(there.outcome().is_wrong_try);
        there.facts.wait_until_us = there.facts.received_at_us + 1;
        CHECK_FALSE(there.outcome().is_wrong_try); // nobody looked at it
    }
}

TEST_CASE("threat: a quiz is answered at the spot alone, and not by trying (shared answers, brute force)") {
    Story story;
    story.rally.spots.needs_quiz = true;
    story.facts.quiz = Proof::wrong;
    CHECK(Story(story).fix(300, 10, 6).fix(300, 10, 1).outcome().reasons == std::vector{Reason::outside}); // nothing about the answer
    story.at_the_spot();
    CHECK(story.outcome().reasons == std::vector{Reason::wrong_answer});
    CHECK(story.outcome().is_wrong_try);
    story.facts.quiz = Proof::absent;
    CHECK(story.outcome().verdict == Verdict::token_required);
    CHECK(story.outcome().wanted.quiz);
    CHECK_FALSE(story.outcome().is_wrong_try);
    story.facts.quiz = Proof::right;
    CHECK(story.outcome().verdict == Verdict::accepted);
    story.facts.wait_until_us = story.facts.received_at_us + 1'500'000;
    CHECK(story.outcome().reasons == std::vector{Reason::wait_after_wrong});
    CHECK(story.outcome().wanted.wait_s == 2);
}

TEST_CASE("threat: a hidden spot answers inside or outside and nothing between, ten times a day (map probing)") {
    Story story;
    story.rally.spots.is_hidden = true;
    for (const double metres : {60.0, 100.0, 150.0, 300.0, 5000.0}) {
        for (const double accuracy_m : {10.0, 30.0, 60.0, 100.0, 1000.0}) {
            Story probe = story;
            for (int i = 0; i < 5; ++i) {
                probe.fix(metres, accuracy_m, 20 - 4 * i);
            }
            const rally::Outcome outcome = probe.outcome();
            CAPTURE(metres, accuracy_m);
            CHECK((outcome.verdict == Verdict::accepted || outcome.reasons.front() == Reason::outside));
            CHECK_FALSE(outcome.band);
            CHECK(outcome.wanted.token == Token::none);
        }
    }
    story.facts.empty_tries = 10;
    CHECK(story.at_the_spot().outcome().reasons == std::vector{Reason::too_many_tries});
}

TEST_CASE("threat: of a hidden spot an answer depends on how many fixes were sent and how vague they say they are, on no distance (trilateration)") {
    for (const int fixes : {1, 2, 3, 4, 5}) {
        for (const double accuracy_m : {20.0, 90.0, 150.0, 1000.0, 5000.0}) {
            std::optional<rally::Outcome> first;
            for (const double metres : {120.0, 200.0, 299.0, 298.0, 500.0, 2000.0, 2980.0, 12'000.0, 60'000.0}) {
                Story probe;
                probe.rally.spots.is_hidden = true;
                for (int i = 0; i < fixes; ++i) {
                    probe.fix(metres, accuracy_m, 20 - 4 * i);
                }
                rally::Outcome outcome = probe.outcome();
                CAPTURE(fixes, accuracy_m, metres);
                // What the phone itself said is told back; nothing else follows from the accuracy.
                std::vector<Reason> reasons{fixes < 3 ? Reason::needs_more_fixes : Reason::outside};
                if (accuracy_m > 100) {
                    reasons.push_back(Reason::low_accuracy);
                }
                CHECK(outcome.reasons == reasons);
                CHECK(outcome.verdict == (fixes < 3 ? Verdict::more_fixes : Verdict::refused));
                CHECK(outcome.is_wrong_try == (fixes >= 3));
                CHECK(outcome == first.value_or(outcome));
                first = outcome;
            }
        }
    }
}

TEST_CASE("threat: a hidden spot lets nobody in by a bundle that would have been free outside, and a code from there is no free question either") {
    Story story;
    story.rally.spots.is_hidden = true;
    story.fix(3, 10, 10).fix(5, 10, 5);
    CHECK(story.outcome().verdict == Verdict::more_fixes);
    CHECK(story.outcome().wanted.fixes == 1);
    CHECK(story.outcome().wanted.seconds_apart == 3);
    CHECK_FALSE(story.outcome().is_wrong_try);
    CHECK(Story(story).fix(4, 10, 1).outcome().verdict == Verdict::accepted);
    Story scanned;
    scanned.rally.spots.is_hidden = true;
    scanned.facts.token = Token::qr;
    CHECK(Story(scanned).fix(3, 10, 1).outcome().verdict == Verdict::accepted);
    for (const double metres : {150.0, 400.0, 5000.0}) {
        for (const double accuracy_m : {20.0, 90.0, 150.0}) {
            const rally::Outcome outcome = Story(scanned).fix(metres, accuracy_m, 1).outcome();
            CAPTURE(metres, accuracy_m);
            CHECK((outcome.verdict == Verdict::accepted || (outcome.reasons.front() == Reason::qr_far && outcome.is_wrong_try)));
            CHECK_FALSE(outcome.band);
        }
    }
}

TEST_CASE("threat: a coupon is for who has stayed long enough and is still there (coupon scraping)") {
    Story story;
    story.rally.kind = rally::Kind::event;
    story.rally.coupon = rally::Coupon{{"焼き芋", "Sweet potato"}, "shop-1", 600, 30};
    story.at_the_spot();
    CHECK(story.outcome().verdict == Verdict::more_fixes);
    CHECK(story.outcome().reasons == std::vector{Reason::dwell_more});
    CHECK(story.outcome().wanted.seconds_apart == 30);
    story.facts.dwell_ms = 590'000;
    CHECK(story.outcome().wanted.seconds_apart == 10);
    story.facts.dwell_ms = 600'000;
    CHECK(story.outcome().verdict == Verdict::accepted);
}

TEST_CASE("a course takes its spots in order, at no more than its pace, within a day and half a day's time") {
    Story story;
    story.at_the_spot();
    story.facts.leg = rally::Leg{.course = "yanase", .run = "r1", .run_s = 600, .leg_s = 600, .least_leg_s = 300};
    CHECK(story.outcome().verdict == Verdict::accepted);
    CHECK(story.outcome().course_stamp);
    const auto reason_with = [&story](auto change) {
        Story changed = story;
        change(*changed.facts.leg);
        const rally::Outcome outcome = changed.outcome();
        CHECK_FALSE(outcome.stamp);
        CHECK_FALSE(outcome.course_stamp);
        return outcome.reasons.at(0);
    };
    CHECK(reason_with([](rally::Leg &leg) { leg.is_known = false; }) == Reason::run_unknown);
    CHECK(reason_with([](rally::Leg &leg) { leg.is_over = true; }) == Reason::run_over);
    CHECK(reason_with([](rally::Leg &leg) { leg.is_next = false; }) == Reason::wrong_order);
    CHECK(reason_with([](rally::Leg &leg) { leg.leg_s = 299; }) == Reason::leg_too_fast);
    CHECK(reason_with([](rally::Leg &leg) { leg.run_s = 12 * 3600 + 1; }) == Reason::run_too_long);
    CHECK(reason_with([](rally::Leg &leg) { leg.is_same_day = false; }) == Reason::run_too_long);
}

TEST_CASE("a stamp that is there already still takes a course on, without a second award") {
    Story story;
    story.facts.is_stamped = true;
    story.facts.leg = rally::Leg{.course = "yanase", .run = "r1", .leg_s = 600, .least_leg_s = 300};
    const rally::Outcome outcome = story.at_the_spot().outcome();
    CHECK(outcome.verdict == Verdict::accepted);
    CHECK_FALSE(outcome.stamp);
    CHECK(outcome.award_points == 0);
    CHECK(outcome.course_stamp);
}

TEST_CASE("the finish of a prize course needs its track: on it passes, near it waits for a review, beside it fails") {
    Story story;
    story.facts.leg = rally::Leg{.course = "yanase", .run = "r1", .leg_s = 600, .least_leg_s = 300, .finishes = true, .needs_track = true};
    story.at_the_spot();
    CHECK(story.outcome().reasons == std::vector{Reason::track_needed});
    story.facts.leg->coverage = 0.85;
    CHECK(story.outcome().verdict == Verdict::accepted);
    CHECK(story.outcome().finishes_course);
    story.facts.leg->coverage = 0.849;
    CHECK(story.outcome().verdict == Verdict::held);
    CHECK(story.outcome().reasons == std::vector{Reason::track_in_doubt});
    story.facts.leg->coverage = 1;
    story.facts.leg->track_paces = 1.25;
    CHECK(story.outcome().verdict == Verdict::accepted);
    story.facts.leg->track_paces = 1.26; // of a car that waited at the spots
    CHECK(story.outcome().verdict == Verdict::held);
    CHECK(story.outcome().reasons == std::vector{Reason::track_in_doubt});
    story.facts.leg->coverage = 0.699;
    CHECK(story.outcome().reasons == std::vector{Reason::track_off_course});
}

TEST_CASE("threat: faster than 15 km/h from the last stamp is no walk, and the stamp may be done again (vehicle)") {
    Story story;
    story.facts.measures.stamp_mps = 4.3;
    CHECK(story.at_the_spot().outcome().reasons == std::vector{Reason::too_fast_for_mode});
    story.facts.measures.stamp_mps = 4.2;
    CHECK(story.outcome().verdict == Verdict::accepted);
}

TEST_CASE("doubt between 30 and 60 is posted and looked at, from 60 held, from 90 refused") {
    Story story;
    story.at_the_spot();
    story.facts.measures.integrity_failed = true; // 40
    CHECK(story.outcome().verdict == Verdict::accepted);
    CHECK(story.outcome().is_sampled);
    CHECK(story.outcome().reasons.empty());
    story.facts.measures.accessory = true; // 60
    CHECK(story.outcome().verdict == Verdict::held);
    CHECK(story.outcome().reasons == std::vector{Reason::accessory_gps, Reason::device_integrity_fail});
    story.facts.measures.flat = true; // 100
    CHECK(story.outcome().verdict == Verdict::refused);
    CHECK_FALSE(story.outcome().stamp);
}
