#include "geo/presence.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace keyaki::geo {

namespace {

/// The verdict on an observation, by the order of the rules.
class Judge {
  public:
    Judge(const Observation &observation, const PresenceRules &rules)
        : m_observation(observation), m_rules(rules), m_seen(observation.seen.begin(), observation.seen.end()) {
        for (const ObservedFix &fix : observation.fixes) {
            m_trusted += fix.trusted ? 1 : 0;
        }
        assert(observation.apart.size() == observation.fixes.size() * (observation.fixes.size() - 1) / 2 || observation.fixes.empty());
    }

    Decision decide(bool has_valid_token, bool indoor) {
        if (indoor) {
            m_seen.insert(PresenceReason::indoor);
        }
        const auto [verdict, reason] = verdict_of(has_valid_token, indoor);
        Decision decision;
        decision.verdict = verdict;
        decision.reasons.assign({reason});
        decision.reasons.insert(decision.reasons.end(), m_seen.begin(), m_seen.end());
        decision.probability = m_observation.exact_probability;
        decision.estimate = m_observation.estimate;
        decision.sigma_m = m_observation.sigma_m;
        decision.fixes_used = m_observation.fixes.size();
        if (verdict == PresenceVerdict::need_more) {
            // Two fixes may suffice; after that each further one may.
            decision.fixes_wanted = m_observation.tries == 0 ? 2 : 1;
            decision.fixes_left = m_rules.most_fixes - m_observation.tries;
            decision.seconds_apart = static_cast<int>((m_rules.least_gap_ms + 999) / 1000);
        }
        if (verdict == PresenceVerdict::out) {
            decision.distance_band = m_observation.band;
        }
        return decision;
    }

  private:
    struct Outcome {
        PresenceVerdict verdict;
        PresenceReason reason;
    };

    bool surely_inside(const ObservedFix &fix) const { return fix.trusted && fix.probability >= m_rules.fast_in_probability; }

    bool surely_outside(const ObservedFix &fix) const {
        // A vague fix has little probability everywhere; it tells of "outside" only where it is also far outside.
        return fix.probability < m_rules.fast_out_probability && (fix.trusted || fix.sigmas_outside >= m_rules.vague_outside_sigmas);
    }

    /// Two fixes that both satisfy `judge` and agree.
    template <typename Condition>
    bool any_two(Condition condition) const {
        const std::vector<ObservedFix> &fixes = m_observation.fixes;
        std::size_t pair = 0;
        for (std::size_t i = 0; i < fixes.size(); ++i) {
            for (std::size_t j = i + 1; j < fixes.size(); ++j, ++pair) {
                if (condition(fixes[i]) && condition(fixes[j]) && m_observation.apart[pair] <= m_rules.agree_sigmas) {
                    return true;
                }
            }
        }
        return false;
    }

    Outcome verdict_of(bool has_valid_token, bool indoor) {
        const double probability = m_observation.probability;
        // From three on the bundle decides: two near fixes among three far ones are no short cut past their median.
        if (m_trusted == 2 && any_two([this](const ObservedFix &fix) { return surely_inside(fix); })) {
            return {PresenceVerdict::in, PresenceReason::two_fixes_inside};
        }
        if (m_trusted >= m_rules.bundle_fixes && probability >= m_rules.in_probability) {
            return {PresenceVerdict::in, PresenceReason::bundle_inside};
        }
        if (any_two([this](const ObservedFix &fix) { return surely_outside(fix); })) {
            return {PresenceVerdict::out, PresenceReason::two_fixes_outside};
        }
        if (has_valid_token) {
            if (is_confirmed(m_observation, m_rules)) {
                return {PresenceVerdict::in, PresenceReason::token_confirmed};
            }
            m_seen.insert(PresenceReason::token_too_far);
        }
        if (m_observation.tries < m_rules.most_fixes) {
            return {PresenceVerdict::need_more, PresenceReason::too_few_fixes};
        }
        const bool between = probability >= m_rules.ask_token_probability && probability < m_rules.in_probability;
        const bool coarse = m_seen.contains(PresenceReason::coarse_accuracy);
        if (!has_valid_token && (between || coarse || indoor || m_trusted < m_rules.bundle_fixes)) {
            return {PresenceVerdict::need_token, PresenceReason::uncertain};
        }
        return {PresenceVerdict::out, PresenceReason::bundle_outside};
    }

    const Observation &m_observation;
    const PresenceRules &m_rules;
    std::size_t m_trusted = 0;
    std::set<PresenceReason> m_seen;
};

} // namespace

bool Observation::saw(PresenceReason reason) const noexcept { return std::find(seen.begin(), seen.end(), reason) != seen.end(); }

bool is_confirmed(const Observation &observation, const PresenceRules &rules) noexcept {
    return std::any_of(observation.fixes.begin(), observation.fixes.end(),
                       [&rules](const ObservedFix &fix) { return fix.probability >= rules.token_probability; });
}

Decision judge(const Observation &observation, bool has_valid_token, bool indoor, const PresenceRules &rules) {
    return Judge(observation, rules).decide(has_valid_token, indoor);
}

std::string_view presence_reason_code(PresenceReason reason) noexcept {
    switch (reason) {
    case PresenceReason::two_fixes_inside: return "TWO_FIXES_INSIDE";
    case PresenceReason::bundle_inside: return "BUNDLE_INSIDE";
    case PresenceReason::token_confirmed: return "TOKEN_CONFIRMED";
    case PresenceReason::two_fixes_outside: return "TWO_FIXES_OUTSIDE";
    case PresenceReason::too_few_fixes: return "TOO_FEW_FIXES";
    case PresenceReason::uncertain: return "UNCERTAIN";
    case PresenceReason::bundle_outside: return "BUNDLE_OUTSIDE";
    case PresenceReason::low_accuracy: return "LOW_ACCURACY";
    case PresenceReason::coarse_accuracy: return "COARSE_ACCURACY";
    case PresenceReason::indoor: return "INDOOR";
    case PresenceReason::no_accuracy: return "NO_ACCURACY";
    case PresenceReason::bad_position: return "BAD_POSITION";
    case PresenceReason::fix_too_old: return "FIX_TOO_OLD";
    case PresenceReason::fixes_too_close: return "FIXES_TOO_CLOSE";
    case PresenceReason::too_many_fixes: return "TOO_MANY_FIXES";
    case PresenceReason::mocked: return "MOCK_FLAG";
    case PresenceReason::token_too_far: return "TOKEN_TOO_FAR";
    }
    return "";
}

} // namespace keyaki::geo
