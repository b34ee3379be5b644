#include "geo/presence.hpp"

#include "geo/limits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace keyaki::geo {

namespace {

/// A fix that counts.
struct Evidence {
    LonLat position;
    double accuracy_m;
    double sigma_m;
    double probability;
    bool trusted; ///< accurate enough to stamp by itself
};

/// Median; of an even number the middle of both. \pre not empty
double median(std::vector<double> values) {
    const auto half = static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), values.begin() + half, values.end());
    const double upper = values[static_cast<std::size_t>(half)];
    if (values.size() % 2 == 1) {
        return upper;
    }
    return (upper + *std::max_element(values.begin(), values.begin() + half)) / 2;
}

bool is_on_map(LonLat position) noexcept { return is_on_earth(position) && std::abs(position.lat_deg) <= max_mercator_lat_deg; }

/// The whole of one decision: which fixes count, what they say together, and the verdict by the order of the rules.
class Decider {
  public:
    Decider(const Fence &fence, Platform platform, const PresenceRules &rules) : m_fence(fence), m_platform(platform), m_rules(rules) {}

    void take(std::span<const Fix> fixes) {
        std::vector<Fix> usable;
        for (const Fix &fix : fixes) {
            if (!is_on_map(fix.position)) {
                m_seen.insert(PresenceReason::bad_position);
            } else if (!sigma_m(m_platform, fix.accuracy_m, m_rules)) {
                m_seen.insert(PresenceReason::no_accuracy);
                ++m_tries;
            } else {
                usable.push_back(fix);
            }
        }
        // Newest first; of equal times the later in the list.
        std::reverse(usable.begin(), usable.end());
        std::stable_sort(usable.begin(), usable.end(), [](const Fix &a, const Fix &b) { return a.taken_at_ms > b.taken_at_ms; });
        const Fix *previous = nullptr;
        for (const Fix &fix : usable) {
            if (counts(fix, usable.front(), previous)) {
                count(fix);
                previous = &fix;
            }
        }
        m_tries += m_evidence.size();
    }

    void estimate() {
        std::vector<const Evidence *> trusted;
        for (const Evidence &evidence : m_evidence) {
            if (evidence.trusted) {
                trusted.push_back(&evidence);
            }
        }
        m_trusted = trusted.size();
        if (m_evidence.empty()) {
            return;
        }
        if (trusted.empty()) {
            for (const Evidence &evidence : m_evidence) {
                trusted.push_back(&evidence);
            }
        }
        const LocalPlane plane(trusted.front()->position);
        std::vector<double> east_m;
        std::vector<double> north_m;
        std::vector<double> sigmas_m;
        for (const Evidence *evidence : trusted) {
            const PlanePoint point = plane.to_plane(evidence->position);
            east_m.push_back(point.east_m);
            north_m.push_back(point.north_m);
            sigmas_m.push_back(evidence->sigma_m);
        }
        m_decision.estimate = plane.to_lon_lat({median(std::move(east_m)), median(std::move(north_m))});
        m_decision.sigma_m = m_rules.bundle_sigma_factor * median(std::move(sigmas_m));
        m_decision.probability = inside_probability(m_fence, *m_decision.estimate, m_decision.sigma_m);
        std::vector<double> accuracies_m;
        for (const Evidence &evidence : m_evidence) {
            accuracies_m.push_back(evidence.accuracy_m);
        }
        if (median(std::move(accuracies_m)) > m_rules.token_accuracy_m) {
            m_seen.insert(PresenceReason::coarse_accuracy);
        }
    }

    Decision decide(bool has_valid_token, bool indoor) {
        if (indoor) {
            m_seen.insert(PresenceReason::indoor);
        }
        m_decision.fixes_used = m_evidence.size();
        const auto [verdict, reason] = verdict_of(has_valid_token, indoor);
        m_decision.verdict = verdict;
        m_decision.reasons.assign({reason});
        m_decision.reasons.insert(m_decision.reasons.end(), m_seen.begin(), m_seen.end());
        if (verdict == PresenceVerdict::need_more) {
            // Two fixes may suffice; after that each further one may.
            m_decision.fixes_wanted = m_tries == 0 ? 2 : 1;
            m_decision.fixes_left = m_rules.most_fixes - m_tries;
            m_decision.seconds_apart = static_cast<int>((m_rules.least_gap_ms + 999) / 1000);
        }
        if (verdict == PresenceVerdict::out && m_decision.estimate) {
            m_decision.distance_band = band(-m_fence.signed_distance_m(*m_decision.estimate));
        }
        return std::move(m_decision);
    }

  private:
    struct Outcome {
        PresenceVerdict verdict;
        PresenceReason reason;
    };

    bool counts(const Fix &fix, const Fix &newest, const Fix *previous) {
        // In double: times from outside may be anything, and a difference of two may not fit.
        const double age_ms = static_cast<double>(newest.taken_at_ms) - static_cast<double>(fix.taken_at_ms);
        if (age_ms > static_cast<double>(m_rules.longest_bundle_ms)) {
            m_seen.insert(PresenceReason::fix_too_old);
        } else if (previous != nullptr && previous->taken_at_ms - fix.taken_at_ms < m_rules.least_gap_ms) {
            m_seen.insert(PresenceReason::fixes_too_close);
        } else if (m_evidence.size() >= m_rules.most_fixes) {
            m_seen.insert(PresenceReason::too_many_fixes);
        } else {
            return true;
        }
        return false;
    }

    void count(const Fix &fix) {
        const double accuracy_m = *fix.accuracy_m;
        const double fix_sigma_m = std::max(m_rules.smallest_sigma_m, *sigma_m(m_platform, accuracy_m, m_rules));
        const bool trusted = accuracy_m <= m_rules.low_accuracy_m;
        if (!trusted) {
            m_seen.insert(PresenceReason::low_accuracy);
        }
        if (fix.mocked) {
            m_seen.insert(PresenceReason::mocked);
        }
        m_evidence.push_back({fix.position, accuracy_m, fix_sigma_m, inside_probability(m_fence, fix.position, fix_sigma_m), trusted});
    }

    bool surely_inside(const Evidence &evidence) const { return evidence.trusted && evidence.probability >= m_rules.fast_in_probability; }

    bool surely_outside(const Evidence &evidence) const {
        // A vague fix has little probability everywhere; it tells of "outside" only where it is also far outside.
        return evidence.probability < m_rules.fast_out_probability &&
               (evidence.trusted || m_fence.signed_distance_m(evidence.position) < -3 * evidence.sigma_m);
    }

    bool agree(const Evidence &a, const Evidence &b) const {
        const double slack_m = m_rules.agree_sigmas * std::max({m_rules.agree_floor_m, a.sigma_m, b.sigma_m});
        return distance_m(a.position, b.position) <= slack_m;
    }

    /// Two fixes that both satisfy `judge` and agree.
    template <typename Judge>
    bool any_two(Judge judge) const {
        for (std::size_t i = 0; i < m_evidence.size(); ++i) {
            for (std::size_t j = i + 1; j < m_evidence.size(); ++j) {
                if (judge(m_evidence[i]) && judge(m_evidence[j]) && agree(m_evidence[i], m_evidence[j])) {
                    return true;
                }
            }
        }
        return false;
    }

    Outcome verdict_of(bool has_valid_token, bool indoor) {
        const double probability = m_decision.probability;
        // From three on the bundle decides: two near fixes among three far ones are no short cut past their median.
        if (m_trusted == 2 && any_two([this](const Evidence &evidence) { return surely_inside(evidence); })) {
            return {PresenceVerdict::in, PresenceReason::two_fixes_inside};
        }
        if (m_trusted >= m_rules.bundle_fixes && probability >= m_rules.in_probability) {
            return {PresenceVerdict::in, PresenceReason::bundle_inside};
        }
        if (any_two([this](const Evidence &evidence) { return surely_outside(evidence); })) {
            return {PresenceVerdict::out, PresenceReason::two_fixes_outside};
        }
        if (has_valid_token) {
            if (std::any_of(m_evidence.begin(), m_evidence.end(),
                            [this](const Evidence &evidence) { return evidence.probability >= m_rules.token_probability; })) {
                return {PresenceVerdict::in, PresenceReason::token_confirmed};
            }
            m_seen.insert(PresenceReason::token_too_far);
        }
        if (m_tries < m_rules.most_fixes) {
            return {PresenceVerdict::need_more, PresenceReason::too_few_fixes};
        }
        const bool between = probability >= m_rules.ask_token_probability && probability < m_rules.in_probability;
        const bool coarse = m_seen.contains(PresenceReason::coarse_accuracy);
        if (!has_valid_token && (between || coarse || indoor || m_trusted < m_rules.bundle_fixes)) {
            return {PresenceVerdict::need_token, PresenceReason::uncertain};
        }
        return {PresenceVerdict::out, PresenceReason::bundle_outside};
    }

    static DistanceBand band(double outside_m) {
        return outside_m <= 0     ? DistanceBand::inside
               : outside_m < 100  ? DistanceBand::under_100_m
               : outside_m < 300  ? DistanceBand::under_300_m
               : outside_m < 1000 ? DistanceBand::under_1_km
                                  : DistanceBand::over_1_km;
    }

    const Fence &m_fence;
    Platform m_platform;
    const PresenceRules &m_rules;
    std::vector<Evidence> m_evidence; ///< newest first
    std::size_t m_trusted = 0;
    std::size_t m_tries = 0; ///< fixes that count, and those without accuracy
    std::set<PresenceReason> m_seen;
    Decision m_decision;
};

} // namespace

Platform platform_of(std::string_view name) noexcept {
    return name == "android" ? Platform::android : name == "ios" ? Platform::ios : name == "web" ? Platform::web : Platform::unknown;
}

std::optional<double> sigma_m(Platform platform, std::optional<double> accuracy_m, const PresenceRules &rules) {
    if (!accuracy_m || !std::isfinite(*accuracy_m) || *accuracy_m <= 0) {
        return std::nullopt;
    }
    switch (platform) {
    case Platform::ios: return *accuracy_m / rules.ios_accuracy_per_sigma;
    case Platform::web: return *accuracy_m / rules.web_accuracy_per_sigma;
    case Platform::android:
    case Platform::unknown: break;
    }
    return *accuracy_m / rules.android_accuracy_per_sigma;
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

Decision decide_presence(const Fence &fence, Platform platform, std::span<const Fix> fixes, bool has_valid_token, bool indoor,
                         const PresenceRules &rules) {
    Decider decider(fence, platform, rules);
    decider.take(fixes);
    decider.estimate();
    return decider.decide(has_valid_token, indoor);
}

CaptureTime capture_time(std::int64_t taken_at_ms, std::int64_t received_at_ms, const PresenceRules &rules) noexcept {
    const double age_ms = static_cast<double>(received_at_ms) - static_cast<double>(taken_at_ms);
    return age_ms > static_cast<double>(rules.stale_after_ms)     ? CaptureTime::stale
           : age_ms < -static_cast<double>(rules.future_after_ms) ? CaptureTime::future
                                                                  : CaptureTime::in_time;
}

CaptureTime offline_capture_time(std::int64_t taken_at_ms, std::int64_t ticket_from_ms, std::int64_t ticket_until_ms, std::int64_t received_at_ms,
                                 const PresenceRules &rules) noexcept {
    const double age_ms = static_cast<double>(received_at_ms) - static_cast<double>(taken_at_ms);
    if (taken_at_ms < ticket_from_ms || age_ms > static_cast<double>(rules.offline_settle_ms)) {
        return CaptureTime::stale;
    }
    const bool future = taken_at_ms > ticket_until_ms || age_ms < -static_cast<double>(rules.future_after_ms);
    return future ? CaptureTime::future : CaptureTime::in_time;
}

} // namespace keyaki::geo
