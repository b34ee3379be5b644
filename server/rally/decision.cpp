#include "server/rally/decision.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::server::rally {

namespace {

/// Whether the courses of this rally want a stamp that the member has already.
bool is_needed_again(const Facts &facts) { return facts.leg && facts.leg->is_known && facts.leg->is_next && !facts.leg->is_over; }

Reason reason_of(TokenFault fault) {
    switch (fault) {
    case TokenFault::none: break;
    case TokenFault::wrong_code: return Reason::qr_wrong;
    case TokenFault::stale_code: return Reason::qr_stale;
    case TokenFault::wrong_tag: return Reason::nfc_wrong;
    case TokenFault::counter_back: return Reason::nfc_counter_back;
    case TokenFault::wrong_ticket: return Reason::ticket_wrong;
    case TokenFault::ticket_used: return Reason::ticket_used;
    }
    return Reason::qr_wrong;
}

/// One decision, gate after gate: each either ends it or lets it pass.
class Decider {
  public:
    Decider(const Rally &rally, const Facts &facts, const Rules &rules)
        : m_rally(rally), m_facts(facts), m_rules(rules), m_score(score_of(facts.measures, rules.score)) {}

    Outcome decide() {
        m_outcome.score = m_score.total;
        m_outcome.own_score = m_score.own;
        if (passes_window() && passes_hard_rules() && passes_waiting() && passes_presence() && passes_evidence() && passes_course() &&
            passes_score()) {
            accept();
        }
        return std::move(m_outcome);
    }

  private:
    bool end(Verdict verdict, Reason reason) {
        m_outcome.verdict = verdict;
        m_outcome.reasons.push_back(reason);
        return false;
    }
    bool refuse(Reason reason) { return end(Verdict::refused, reason); }
    bool wrong_try(Reason reason) {
        m_outcome.is_wrong_try = true;
        return refuse(reason);
    }

    bool passes_window() {
        const std::int64_t at_us = m_facts.at_us();
        if (at_us < m_rally.starts_us) {
            return refuse(Reason::rally_not_started);
        }
        // The last second belongs to the rally: "ends 23:59:59" is meant to the end of the day.
        if (at_us >= m_rally.ends_us + 1'000'000) {
            return refuse(Reason::rally_over);
        }
        if (m_rally.spots.hours && !m_rally.spots.hours->contain(at_us)) {
            return refuse(Reason::closed_now);
        }
        return true;
    }

    bool passes_hard_rules() {
        if (m_facts.device_fault != DeviceFault::none) {
            return refuse(m_facts.device_fault == DeviceFault::bad_signature ? Reason::sig_invalid : Reason::attest_counter_back);
        }
        if (m_facts.token_fault == TokenFault::ticket_used || m_facts.token_fault == TokenFault::wrong_ticket) {
            return refuse(reason_of(m_facts.token_fault));
        }
        if (m_facts.is_stamped && !is_needed_again(m_facts)) {
            return refuse(Reason::already_stamped);
        }
        return true;
    }

    bool passes_waiting() {
        if (m_facts.wait_until_us > m_facts.received_at_us) {
            m_outcome.wanted.wait_s = (m_facts.wait_until_us - m_facts.received_at_us + 999'999) / 1'000'000;
            return refuse(Reason::wait_after_wrong);
        }
        if (m_rally.spots.is_hidden && static_cast<double>(m_facts.empty_tries) >= m_rules.evidence.hidden_tries) {
            return refuse(Reason::too_many_tries);
        }
        return true;
    }

    /// A staff's eyes need no phone; everything else needs a position that the rules of presence let in.
    bool passes_presence() {
        if (m_facts.token == Token::staff) {
            return true;
        }
        if (m_facts.seen.tries == 0) {
            refuse(Reason::no_evidence);
            note_wrong_token();
            note_fixes();
            return false;
        }
        const geo::Decision presence = geo::judge(m_facts.seen, m_facts.token != Token::none, m_facts.is_indoor, m_rules.presence);
        if (m_rally.spots.is_hidden ? passes_hidden(presence) : passes_visible(presence)) {
            return true;
        }
        note_wrong_token();
        note_fixes();
        return false;
    }

    bool passes_visible(const geo::Decision &presence) {
        switch (presence.verdict) {
        case geo::PresenceVerdict::in: return true;
        case geo::PresenceVerdict::need_more:
            m_outcome.wanted.fixes = presence.fixes_wanted;
            m_outcome.wanted.seconds_apart = presence.seconds_apart;
            return end(Verdict::more_fixes, Reason::needs_more_fixes);
        case geo::PresenceVerdict::need_token:
            m_outcome.wanted.token = std::max(m_rally.spots.token, Token::code);
            return end(Verdict::token_required, Reason::uncertain);
        case geo::PresenceVerdict::out: break;
        }
        m_outcome.band = presence.distance_band;
        return refuse(m_facts.token != Token::none ? Reason::qr_far : Reason::outside);
    }

    /// A code or tag that is not the spot's counts as a try where nobody is let in: the verdict that a right one would have changed is an answer to a
    /// guess. Whoever is told to bring something is told that this was not it.
    void note_wrong_token() {
        if (m_facts.token_fault == TokenFault::none) {
            return;
        }
        m_outcome.is_wrong_try = true;
        if (m_outcome.verdict != Verdict::refused) {
            m_outcome.reasons.insert(m_outcome.reasons.begin() + (m_outcome.verdict == Verdict::more_fixes ? 1 : 0), reason_of(m_facts.token_fault));
        }
    }

    /// Of a hidden spot nothing between inside and outside is told, and every "outside" counts: a ring of "perhaps", or a question that is free,
    /// would show where it is. So a bundle that is too small is asked to grow wherever it lies, inside too, and a full one is decided. Who brings
    /// the spot's code or tag has been there, or pays for the try as well.
    bool passes_hidden(const geo::Decision &presence) {
        const bool has_token = m_facts.token != Token::none;
        if (!has_token && m_facts.seen.tries < m_rules.presence.bundle_fixes) {
            m_outcome.wanted.fixes = m_rules.presence.bundle_fixes - m_facts.seen.tries;
            m_outcome.wanted.seconds_apart = (m_rules.presence.least_gap_ms + 999) / 1000;
            return end(Verdict::more_fixes, Reason::needs_more_fixes);
        }
        return presence.verdict == geo::PresenceVerdict::in || wrong_try(has_token ? Reason::qr_far : Reason::outside);
    }

    void note_fixes() {
        std::vector<Reason> &reasons = m_outcome.reasons;
        if (m_facts.seen.saw(geo::PresenceReason::low_accuracy)) {
            reasons.push_back(Reason::low_accuracy);
        }
        if (m_facts.has_stale) {
            reasons.push_back(Reason::stale_fix);
        }
        if (m_facts.has_future) {
            reasons.push_back(Reason::future_fix);
        }
    }

    bool passes_evidence() {
        if (m_facts.token_fault != TokenFault::none && m_facts.token < m_rally.spots.token) {
            return wrong_try(reason_of(m_facts.token_fault));
        }
        if (m_facts.token < m_rally.spots.token) {
            m_outcome.wanted.token = m_rally.spots.token;
            return end(Verdict::token_required, Reason::token_needed);
        }
        if (m_rally.spots.needs_quiz && m_facts.quiz != Proof::right) {
            m_outcome.wanted.quiz = true;
            return m_facts.quiz == Proof::wrong ? wrong_try(Reason::wrong_answer) : end(Verdict::token_required, Reason::quiz_needed);
        }
        if (m_rally.spots.needs_riddle && m_facts.riddle != Proof::right) {
            m_outcome.wanted.riddle = true;
            return m_facts.riddle == Proof::wrong ? wrong_try(Reason::wrong_answer) : end(Verdict::token_required, Reason::riddle_needed);
        }
        return passes_dwell();
    }

    bool passes_dwell() {
        if (!m_rally.coupon || m_rally.coupon->dwell_s == 0) {
            return true;
        }
        const std::int64_t left_ms = m_rally.coupon->dwell_s * 1000 - m_facts.dwell_ms.value_or(0);
        if (m_facts.dwell_ms && left_ms <= 0) {
            return true;
        }
        m_outcome.wanted.fixes = 1;
        m_outcome.wanted.seconds_apart = std::clamp<std::int64_t>((left_ms + 999) / 1000, 3, m_rules.stay.longest_gap_ms / 2000);
        return end(Verdict::more_fixes, Reason::dwell_more);
    }

    bool passes_course() {
        if (!m_facts.leg) {
            return true;
        }
        const Leg &leg = *m_facts.leg;
        if (!leg.is_known) {
            return refuse(Reason::run_unknown);
        }
        if (leg.is_over) {
            return refuse(Reason::run_over);
        }
        if (!leg.is_next) {
            return refuse(Reason::wrong_order);
        }
        if (!leg.is_same_day || leg.run_s > m_rules.course.longest_run_s) {
            return refuse(Reason::run_too_long);
        }
        if (leg.leg_s < leg.least_leg_s && !leg.run.empty()) {
            m_outcome.wanted.wait_s = static_cast<std::int64_t>(std::ceil(leg.least_leg_s - leg.leg_s));
            return refuse(Reason::leg_too_fast);
        }
        return passes_track(leg);
    }

    bool passes_track(const Leg &leg) {
        if (!leg.finishes || !leg.needs_track) {
            return true;
        }
        if (!leg.coverage) {
            return end(Verdict::token_required, Reason::track_needed);
        }
        if (*leg.coverage < m_rules.track.review_coverage) {
            return refuse(Reason::track_off_course);
        }
        m_is_track_in_doubt = *leg.coverage < m_rules.track.pass_coverage || leg.track_paces > m_rules.track.most_paces;
        return true;
    }

    /// The codes of what speaks against the attempt, where that changes what it gets.
    void note_signals() {
        for (const Signal signal : m_score.signals) {
            m_outcome.reasons.push_back(reason_of(signal));
        }
        if (m_score.is_carried) {
            m_outcome.reasons.push_back(Reason::earlier_doubt);
        }
    }

    bool passes_score() {
        if (m_facts.measures.stamp_mps > m_rules.score.walking_mps && m_facts.token != Token::staff) {
            return refuse(Reason::too_fast_for_mode);
        }
        // Somebody of the staff saw the member: no phone speaks against that.
        if (m_facts.token == Token::staff || m_score.band == Band::post) {
            m_outcome.verdict = Verdict::accepted;
        } else if (m_score.band == Band::sample) {
            m_outcome.verdict = Verdict::accepted;
            m_outcome.is_sampled = true;
        } else {
            m_outcome.verdict = m_score.band == Band::hold ? Verdict::held : Verdict::refused;
            note_signals();
        }
        if (m_is_track_in_doubt && m_outcome.verdict == Verdict::accepted) {
            m_outcome.verdict = Verdict::held;
            m_outcome.reasons.push_back(Reason::track_in_doubt);
        }
        return m_outcome.verdict != Verdict::refused;
    }

    bool is_past(const std::optional<std::int64_t> &limit, std::int64_t count) { return limit && count >= *limit; }

    void accept() {
        const Limits &limits = m_rally.limits;
        if (!m_facts.is_stamped) {
            const auto stop = is_past(limits.stamps_per_member_per_day, m_facts.member_stamps_today)   ? std::optional(Reason::member_limit)
                              : is_past(limits.stamps_per_device_per_day, m_facts.device_stamps_today) ? std::optional(Reason::device_limit)
                              : is_past(limits.stamps_per_spot_per_day, m_facts.spot_stamps_today)     ? std::optional(Reason::spot_limit)
                                                                                                       : std::nullopt;
            if (stop) {
                m_outcome.reasons.clear();
                m_outcome.is_sampled = false;
                refuse(*stop);
                return;
            }
            m_outcome.stamp = true;
            award();
        }
        m_outcome.course_stamp = m_facts.leg.has_value();
        m_outcome.finishes_course = m_facts.leg && m_facts.leg->finishes;
    }

    void award() {
        m_outcome.award_points = m_facts.points;
        const auto limit = m_rally.limits.points_per_member_per_day;
        if (m_facts.award_fault != AwardFault::none) {
            m_outcome.reasons.push_back(m_facts.award_fault == AwardFault::given_before ? Reason::awarded_before : Reason::award_refused);
            m_outcome.award_points = 0;
        } else if (m_facts.points > 0 && limit && m_facts.points_today + m_facts.points > *limit) {
            m_outcome.reasons.push_back(Reason::daily_limit);
            m_outcome.award_points = 0;
        } else if (m_facts.budget_available < m_facts.points) {
            m_outcome.reasons.push_back(Reason::budget_exhausted);
            m_outcome.award_points = 0;
        }
    }

    const Rally &m_rally;
    const Facts &m_facts;
    const Rules &m_rules;
    Score m_score;
    bool m_is_track_in_doubt = false;
    Outcome m_outcome;
};

} // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
    switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::held: return "held";
    case Verdict::more_fixes: return "more_fixes";
    case Verdict::token_required: return "token_required";
    case Verdict::refused: return "refused";
    }
    return "";
}

Sighting sight(const Spot &spot, geo::Platform platform, std::span<const geo::Fix> fixes, std::int64_t received_at_us, const Rules &rules,
               const std::optional<TicketWindow> &offline) {
    Sighting sighting;
    std::vector<geo::Fix> usable;
    for (const geo::Fix &fix : fixes) {
        const std::int64_t received_at_ms = received_at_us / 1000;
        switch (offline
                    ? geo::offline_capture_time(fix.taken_at_ms, offline->from_us / 1000, offline->until_us / 1000, received_at_ms, rules.presence)
                    : geo::capture_time(fix.taken_at_ms, received_at_ms, rules.presence)) {
        case geo::CaptureTime::stale: sighting.has_stale = true; break;
        case geo::CaptureTime::future: sighting.has_future = true; break;
        case geo::CaptureTime::in_time: usable.push_back(fix); break;
        }
    }
    sighting.seen = geo::observe(spot.fence, platform, usable, rules.presence);
    return sighting;
}

Outcome decide(const Rally &rally, const Facts &facts, const Rules &rules) { return Decider(rally, facts, rules).decide(); }

} // namespace keyaki::server::rally
