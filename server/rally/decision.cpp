#include "server/rally/decision.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::server::rally {

namespace {

/// The feature's own number where it is one that a rally could have, else the rally's: a slip in one row of a table must not turn people away at the
/// spot. Whole numbers come as reals from tables whose column is real.
std::int64_t points_of(const Rally &rally, const geo::Feature &feature) {
    const auto points = feature.properties.number("points");
    const bool is_usable = points && *points >= 0 && *points <= static_cast<double>(max_budget) && std::floor(*points) == *points;
    return is_usable ? static_cast<std::int64_t>(*points) : rally.spots.points;
}

double radius_of(const Rally &rally, const geo::Feature &feature) {
    const auto radius_m = feature.properties.number("radius_m");
    return radius_m && *radius_m >= min_radius_m && *radius_m <= max_radius_m ? *radius_m : rally.spots.radius_m;
}

void add_once(std::vector<Reason> &reasons, Reason reason) {
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
        reasons.push_back(reason);
    }
}

bool saw(const geo::Decision &decision, geo::PresenceReason reason) {
    return std::find(decision.reasons.begin(), decision.reasons.end(), reason) != decision.reasons.end();
}

/// A member who is there gets the stamp, and points as far as the day's limit and the budget go.
Outcome accepted(const Rally &rally, const Spot &spot, const History &history) {
    Outcome outcome{Verdict::accepted, {}, true, spot.points};
    const auto limit = rally.limits.points_per_member_per_day;
    if (limit && history.points_today + spot.points > *limit) {
        outcome.reasons.push_back(Reason::daily_limit);
        outcome.award_points = 0;
    } else if (history.budget_available < spot.points) {
        outcome.reasons.push_back(Reason::budget_exhausted);
        outcome.award_points = 0;
    }
    return outcome;
}

} // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
    switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::more_fixes: return "more_fixes";
    case Verdict::token_required: return "token_required";
    case Verdict::refused: return "refused";
    }
    return "";
}

Spot make_spot(const Rally &rally, const geo::Feature &feature, std::uint64_t layer_revision) {
    const bool is_point = feature.geometry.is_point();
    std::optional<double> radius_m;
    if (is_point) {
        radius_m = radius_of(rally, feature);
    }
    const std::optional<double> width_m = feature.geometry.is_line() ? feature.properties.number("width_m") : std::nullopt;
    return {rally.spots.layer + "/" + feature.id, geo::Fence::of_feature(feature.geometry, radius_m, width_m), points_of(rally, feature),
            layer_revision};
}

Presence judge_presence(const Spot &spot, const Attempt &attempt, const geo::PresenceRules &rules) {
    Presence presence;
    std::vector<geo::Fix> usable;
    for (const geo::Fix &fix : attempt.fixes) {
        const geo::CaptureTime time = geo::capture_time(fix.taken_at_ms, attempt.received_at_us / 1000, rules);
        if (time == geo::CaptureTime::stale) {
            add_once(presence.dropped, Reason::stale_fix);
        } else if (time == geo::CaptureTime::future) {
            add_once(presence.dropped, Reason::future_fix);
        } else if (fix.mocked) {
            // Until awards in doubt can be held and reviewed, a position that an app made up is no evidence at all.
            add_once(presence.dropped, Reason::mock_flag);
        } else {
            usable.push_back(fix);
        }
    }
    presence.has_evidence = !usable.empty();
    presence.decision = geo::decide_presence(spot.fence, attempt.platform, usable, false, false, rules);
    return presence;
}

Outcome decide(const Rally &rally, const Spot &spot, const Attempt &attempt, const Presence &presence, const History &history) {
    if (attempt.received_at_us < rally.starts_us) {
        return {Verdict::refused, {Reason::rally_not_started}, false, 0};
    }
    // The last second belongs to the rally: "ends 23:59:59" is meant to the end of the day.
    if (attempt.received_at_us >= rally.ends_us + 1'000'000) {
        return {Verdict::refused, {Reason::rally_over}, false, 0};
    }
    if (history.stamped_at_us) {
        return {Verdict::refused, {Reason::already_stamped}, false, 0};
    }
    Outcome outcome;
    if (!presence.has_evidence) {
        outcome = {Verdict::refused, {Reason::no_evidence}, false, 0};
    } else {
        switch (presence.decision.verdict) {
        case geo::PresenceVerdict::in: outcome = accepted(rally, spot, history); break;
        case geo::PresenceVerdict::need_more: outcome = {Verdict::more_fixes, {Reason::needs_more_fixes}, false, 0}; break;
        case geo::PresenceVerdict::need_token: outcome = {Verdict::token_required, {Reason::uncertain}, false, 0}; break;
        case geo::PresenceVerdict::out: outcome = {Verdict::refused, {Reason::outside}, false, 0}; break;
        }
    }
    if (saw(presence.decision, geo::PresenceReason::low_accuracy) && outcome.verdict != Verdict::accepted) {
        outcome.reasons.push_back(Reason::low_accuracy);
    }
    outcome.reasons.insert(outcome.reasons.end(), presence.dropped.begin(), presence.dropped.end());
    return outcome;
}

} // namespace keyaki::server::rally
