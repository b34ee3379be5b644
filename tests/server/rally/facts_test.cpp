#include "server/rally/facts.hpp"

#include "geo/error.hpp"
#include "server/time.hpp"
#include "tests/server/rally/story.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>

using namespace keyaki;
using namespace keyaki::server;
using test::Story;

namespace {

/// A story that may be anything.
Story any_story() {
    Story story;
    story.rally.spots.needs_quiz = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});
    story.rally.spots.token = *rc::gen::weightedElement<rally::Token>({{5, rally::Token::none}, {1, rally::Token::code}});
    story.rally.spots.is_hidden = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
    const int count = *rc::gen::inRange(0, 7);
    for (int i = 0; i < count; ++i) {
        story.fix(*rc::gen::inRange(0, 120), *rc::gen::inRange(3, 140), 4 * i, *rc::gen::weightedElement<bool>({{9, false}, {1, true}}));
    }
    rally::Facts &facts = story.facts;
    facts.token = *rc::gen::element(rally::Token::none, rally::Token::qr, rally::Token::code, rally::Token::staff);
    facts.quiz = *rc::gen::element(rally::Proof::absent, rally::Proof::right, rally::Proof::wrong);
    facts.is_stamped = *rc::gen::weightedElement<bool>({{9, false}, {1, true}});
    facts.budget_available = *rc::gen::inRange(0, 40);
    facts.points_today = *rc::gen::inRange(0, 40);
    if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) {
        facts.visited_at_us = facts.received_at_us - *rc::gen::inRange(0, 86'400) * std::int64_t{1'000'000};
    }
    facts.measures.flat = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
    facts.measures.jump_mps = *rc::gen::inRange(0, 80);
    facts.measures.carried = *rc::gen::inRange(0, 101);
    story.rally.limits.points_per_member_per_day = 30;
    if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) {
        facts.leg = rally::Leg{.course = "c", .run = "r", .leg_s = 100, .least_leg_s = static_cast<double>(*rc::gen::inRange(0, 200))};
        facts.leg->finishes = *rc::gen::arbitrary<bool>();
        facts.leg->needs_track = *rc::gen::arbitrary<bool>();
        facts.leg->coverage = *rc::gen::inRange(0, 1001) / 1000.0;
    }
    return story;
}

} // namespace

TEST_CASE("property: what was written down of an attempt decides as the attempt did") {
    static std::set<rally::Verdict> seen;
    rc::check([] {
        const Story story = any_story();
        const rally::Facts facts = story.all_facts();
        const std::string text = rally::facts_json(facts);
        const rally::Outcome live = rally::decide(story.rally, facts);
        const rally::Outcome replayed = rally::decide(story.rally, rally::facts_of_json(text));
        seen.insert(live.verdict);
        RC_ASSERT(replayed == live);
        RC_ASSERT(rally::facts_json(rally::facts_of_json(text)) == text);
    });
    CHECK(seen.size() >= 4);
}

TEST_CASE("facts of before the time of a visit was kept decide as they did: by when the request came") {
    Story story;
    story.rally.spots.hours = {9 * 60, 12 * 60};
    rally::Facts facts = story.at_the_spot().all_facts();
    const std::string old = rally::facts_json(facts);
    CHECK(old.find("visited") == std::string::npos);
    CHECK(rally::decide(story.rally, rally::facts_of_json(old)).verdict == rally::Verdict::accepted);
    facts.visited_at_us = facts.received_at_us - 2 * std::int64_t{3'600'000'000}; // at eight
    CHECK(rally::decide(story.rally, rally::facts_of_json(rally::facts_json(facts))).reasons == std::vector{rally::Reason::closed_now});
    facts.visited_at_us = story.rally.starts_us - 1;
    CHECK(rally::decide(story.rally, facts).reasons == std::vector{rally::Reason::rally_not_started});
    facts.visited_at_us = story.rally.ends_us + 1'000'000;
    CHECK(rally::decide(story.rally, facts).reasons == std::vector{rally::Reason::rally_over});
}

TEST_CASE("what is written down of an attempt holds no position") {
    Story story;
    story.at_the_spot();
    const std::string text = rally::facts_json(story.all_facts());
    CHECK(text.find("lon") == std::string::npos);
    CHECK(text.find("lat") == std::string::npos);
    CHECK(text.find("139.") == std::string::npos);
    CHECK(text.find("35.79") == std::string::npos);
    CHECK(text.size() < 500);
}

TEST_CASE("facts that this program did not write are corrupt, not guessed at") {
    for (const char *text :
         {"", "{}", "[]", R"({"seen":5})", R"({"seen":{"probability":1,"sigma_m":8,"tries":2,"fixes":[[1,0,1,0],[1,0,1,0]],"apart":[]}})"}) {
        CHECK_THROWS_AS(rally::facts_of_json(text), geo::Error);
    }
}
