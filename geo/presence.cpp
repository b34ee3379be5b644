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
    bool trusted; ///< accurate enough to stamp by itself
    bool mocked;
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

double rounded_down(double value, double steps) { return std::floor(value * steps) / steps; }
double rounded_up(double value, double steps) { return std::ceil(value * steps) / steps; }

DistanceBand band_of(double outside_m) {
    return outside_m <= 0     ? DistanceBand::inside
           : outside_m < 100  ? DistanceBand::under_100_m
           : outside_m < 300  ? DistanceBand::under_300_m
           : outside_m < 1000 ? DistanceBand::under_1_km
                              : DistanceBand::over_1_km;
}

/// Which fixes count, and what they say together.
class Observer {
  public:
    Observer(const Fence &fence, Platform platform, const PresenceRules &rules) : m_fence(fence), m_platform(platform), m_rules(rules) {}

    Observation observe(std::span<const Fix> fixes) {
        take(fixes);
        note_fixes();
        estimate();
        m_observation.seen.assign(m_seen.begin(), m_seen.end());
        return std::move(m_observation);
    }

  private:
    void take(std::span<const Fix> fixes) {
        std::vector<Fix> usable;
        std::size_t without_accuracy = 0;
        for (const Fix &fix : fixes) {
            if (!is_on_map(fix.position)) {
                m_seen.insert(PresenceReason::bad_position);
            } else if (!sigma_m(m_platform, fix.accuracy_m, m_rules)) {
                m_seen.insert(PresenceReason::no_accuracy);
                ++without_accuracy;
            } else {
                usable.push_back(fix);
            }
        }
        // Newest first; of equal times the later in the list.
        std::reverse(usable.begin(), usable.end());
        std::stable_sort(usable.begin(), usable.end(), [](const Fix &a, const Fix &b) { return a.taken_at_ms > b.taken_at_ms; });
        if (!usable.empty()) {
            m_observation.newest_at_ms = usable.front().taken_at_ms;
        }
        const Fix *previous = nullptr;
        for (const Fix &fix : usable) {
            if (counts(fix, usable.front(), previous)) {
                count(fix);
                previous = &fix;
            }
        }
        m_observation.tries = without_accuracy + m_evidence.size();
    }

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
        m_evidence.push_back({fix.position, accuracy_m, fix_sigma_m, trusted, fix.mocked});
    }

    void note_fixes() {
        for (const Evidence &evidence : m_evidence) {
            const double outside_m = std::max(0.0, -m_fence.signed_distance_m(evidence.position));
            m_observation.fixes.push_back({rounded_down(inside_probability(m_fence, evidence.position, evidence.sigma_m), 1000),
                                           rounded_down(outside_m / evidence.sigma_m, 10), evidence.trusted, evidence.mocked});
        }
        for (std::size_t i = 0; i < m_evidence.size(); ++i) {
            for (std::size_t j = i + 1; j < m_evidence.size(); ++j) {
                const Evidence &a = m_evidence[i];
                const Evidence &b = m_evidence[j];
                const double unit_m = std::max({m_rules.agree_floor_m, a.sigma_m, b.sigma_m});
                m_observation.apart.push_back(rounded_up(distance_m(a.position, b.position) / unit_m, 10));
            }
        }
    }

    void estimate() {
        std::vector<const Evidence *> counted;
        std::vector<double> accuracies_m;
        for (const Evidence &evidence : m_evidence) {
            if (evidence.trusted) {
                counted.push_back(&evidence);
            }
            accuracies_m.push_back(evidence.accuracy_m);
        }
        if (m_evidence.empty()) {
            return;
        }
        if (counted.empty()) {
            for (const Evidence &evidence : m_evidence) {
                counted.push_back(&evidence);
            }
        }
        if (median(std::move(accuracies_m)) > m_rules.token_accuracy_m) {
            m_seen.insert(PresenceReason::coarse_accuracy);
        }
        place(counted);
    }

    void place(const std::vector<const Evidence *> &counted) {
        const LocalPlane plane(counted.front()->position);
        std::vector<double> east_m;
        std::vector<double> north_m;
        std::vector<double> sigmas_m;
        for (const Evidence *evidence : counted) {
            const PlanePoint point = plane.to_plane(evidence->position);
            east_m.push_back(point.east_m);
            north_m.push_back(point.north_m);
            sigmas_m.push_back(evidence->sigma_m);
        }
        const LonLat estimate = plane.to_lon_lat({median(std::move(east_m)), median(std::move(north_m))});
        const double estimate_sigma_m = m_rules.bundle_sigma_factor * median(std::move(sigmas_m));
        m_observation.estimate = estimate;
        m_observation.sigma_m = estimate_sigma_m;
        m_observation.exact_probability = inside_probability(m_fence, estimate, estimate_sigma_m);
        m_observation.probability = rounded_down(m_observation.exact_probability, 1000);
        m_observation.band = band_of(-m_fence.signed_distance_m(estimate));
    }

    const Fence &m_fence;
    Platform m_platform;
    const PresenceRules &m_rules;
    std::vector<Evidence> m_evidence; ///< newest first
    std::set<PresenceReason> m_seen;
    Observation m_observation;
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

Observation observe(const Fence &fence, Platform platform, std::span<const Fix> fixes, const PresenceRules &rules) {
    return Observer(fence, platform, rules).observe(fixes);
}

Decision decide_presence(const Fence &fence, Platform platform, std::span<const Fix> fixes, bool has_valid_token, bool indoor,
                         const PresenceRules &rules) {
    return judge(observe(fence, platform, fixes, rules), has_valid_token, indoor, rules);
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
