#include "server/rally/decision.hpp"

#include "geo/geodesic.hpp"
#include "server/time.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;
using rally::Reason;
using rally::Verdict;

namespace {

const geo::LonLat spot_position{139.534844, 35.791556};

struct Story {
    rally::Rally rally;
    geo::Feature feature;
    rally::Attempt attempt;
    rally::History history;

    Story() {
        rally.id = "preparedness-2026";
        rally.starts_us = *parse_rfc3339_us("2026-04-01T00:00:00+09:00");
        rally.ends_us = *parse_rfc3339_us("2027-03-31T23:59:59+09:00");
        rally.spots = {"shelters", 40, 10, rally::Period::once};
        feature.id = "daisan-chugakko";
        feature.geometry = geo::Geometry::point(spot_position);
        attempt.platform = geo::Platform::android;
        attempt.received_at_us = *parse_rfc3339_us("2026-11-23T10:00:00+09:00");
        history.budget_available = 1000;
    }

    /// A fix so many metres north of the spot, taken so many seconds before the request came.
    Story &fix(double metres, double accuracy_m, int seconds_before, bool mocked = false) {
        const geo::LonLat position = geo::destination(spot_position, 0, metres);
        attempt.fixes.push_back({position, accuracy_m, attempt.received_at_us / 1000 - seconds_before * 1000, mocked});
        return *this;
    }

    [[nodiscard]] rally::Outcome outcome() const {
        const rally::Spot spot = rally::make_spot(rally, feature, 1);
        return rally::decide(rally, spot, attempt, rally::judge_presence(spot, attempt), history);
    }
};

} // namespace

TEST_CASE("two good fixes at the spot give the stamp and its points") {
    const rally::Outcome outcome = Story().fix(3, 10, 6).fix(5, 10, 1).outcome();
    CHECK(outcome.verdict == Verdict::accepted);
    CHECK(outcome.reasons.empty());
    CHECK(outcome.stamp);
    CHECK(outcome.award_points == 10);
}

TEST_CASE("one fix of 30 m accuracy at the spot asks for more fixes") {
    const rally::Outcome outcome = Story().fix(0, 30, 1).outcome();
    CHECK(outcome.verdict == Verdict::more_fixes);
    CHECK(outcome.reasons == std::vector{Reason::needs_more_fixes});
    CHECK_FALSE(outcome.stamp);
}

TEST_CASE("two agreeing fixes 300 m away are refused, one is not enough to refuse") {
    CHECK(Story().fix(300, 10, 6).fix(302, 10, 1).outcome().verdict == Verdict::refused);
    CHECK(Story().fix(300, 10, 6).fix(302, 10, 1).outcome().reasons == std::vector{Reason::outside});
    CHECK(Story().fix(300, 10, 1).outcome().verdict == Verdict::more_fixes);
}

TEST_CASE("the rally's last second still counts, the next does not") {
    Story story;
    story.attempt.received_at_us = *parse_rfc3339_us("2027-03-31T23:59:59.9+09:00");
    story.fix(0, 10, 6).fix(0, 10, 1);
    CHECK(story.outcome().verdict == Verdict::accepted);
    story.attempt.received_at_us = *parse_rfc3339_us("2027-04-01T00:00:00+09:00");
    CHECK(story.outcome().reasons == std::vector{Reason::rally_over});
    story.attempt.received_at_us = *parse_rfc3339_us("2026-03-31T23:59:59+09:00");
    CHECK(story.outcome().reasons == std::vector{Reason::rally_not_started});
}

TEST_CASE("a second stamp of the same spot and period is refused") {
    Story story;
    story.history.stamped_at_us = story.attempt.received_at_us - 1;
    CHECK(story.fix(0, 10, 6).fix(0, 10, 1).outcome().reasons == std::vector{Reason::already_stamped});
}

TEST_CASE("fixes of yesterday, of tomorrow and of an app that makes positions up are no evidence") {
    CHECK(Story().fix(0, 10, 3600).outcome().reasons == std::vector{Reason::no_evidence, Reason::stale_fix});
    CHECK(Story().fix(0, 10, -3600).outcome().reasons == std::vector{Reason::no_evidence, Reason::future_fix});
    CHECK(Story().fix(0, 10, 1, true).outcome().reasons == std::vector{Reason::no_evidence, Reason::mock_flag});
    CHECK(Story().fix(0, 10, 3600).outcome().verdict == Verdict::refused);
}

TEST_CASE("past the day's limit or the budget the stamp is given without points") {
    Story story;
    story.fix(0, 10, 6).fix(0, 10, 1);
    story.rally.limits.points_per_member_per_day = 25;
    story.history.points_today = 20;
    CHECK(story.outcome().stamp);
    CHECK(story.outcome().award_points == 0);
    CHECK(story.outcome().reasons == std::vector{Reason::daily_limit});
    story.history.points_today = 15;
    CHECK(story.outcome().award_points == 10);
    story.history.budget_available = 9;
    CHECK(story.outcome().stamp);
    CHECK(story.outcome().reasons == std::vector{Reason::budget_exhausted});
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
        CHECK(story.fix(0, 10, 6).fix(0, 10, 1).outcome().award_points == 10);
    }
}

TEST_CASE("five vague fixes around the spot ask for a token, whatever the phone claims beyond 100 m") {
    Story story;
    for (int i = 0; i < 5; ++i) {
        story.fix(0, 150, 20 - 4 * i);
    }
    CHECK(story.outcome().verdict == Verdict::token_required);
    CHECK(story.outcome().reasons == std::vector{Reason::uncertain, Reason::low_accuracy});
}
