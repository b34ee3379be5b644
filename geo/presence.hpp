#pragma once

#include "geo/fence.hpp"
#include "geo/lon_lat.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace keyaki::geo {

// Is the phone inside this fence? Pure functions without a clock: the same fixes and rules give the same verdict, so every verdict can be replayed.

/// Decides what a reported accuracy means.
enum class Platform { android, ios, web, unknown };
/// "android", "ios" or "web"; unknown for any other name.
[[nodiscard]] Platform platform_of(std::string_view name) noexcept;

/// One reading of a phone's position.
struct Fix {
    LonLat position;
    std::optional<double> accuracy_m; ///< as the phone reported it, in the meaning of its platform
    std::int64_t taken_at_ms = 0;     ///< milliseconds since 1970 by the phone's clock
    bool mocked = false;              ///< the phone says that an app made it up
};

/// Every constant of the decision. `version` goes into each answer and log line; a changed constant is a new version.
struct PresenceRules {
    std::string_view version = "2026-04-01/4";

    // From reported accuracy to one standard deviation per axis: sqrt(-2 ln(1 - share)), Rayleigh.
    double android_accuracy_per_sigma = 1.510; ///< radius of 68 % (android.location.Location.getAccuracy)
    double ios_accuracy_per_sigma = 1.414;     ///< sqrt(sigma_e^2 + sigma_n^2)
    double web_accuracy_per_sigma = 2.448;     ///< radius of 95 % (W3C Geolocation, accuracy)
    double smallest_sigma_m = 8;               ///< a tighter claim is not believed
    double low_accuracy_m = 100;               ///< past this, position alone never stamps
    double token_accuracy_m = 60;              ///< past this, five fixes that did not suffice ask for a token

    // Which fixes count.
    std::size_t most_fixes = 5;
    std::int64_t least_gap_ms = 3'000;
    std::int64_t longest_bundle_ms = 30'000;
    double bundle_sigma_factor = 0.85; ///< not 1/sqrt(n): errors of satellite navigation are correlated over a minute

    // Verdict.
    double agree_floor_m = 10; ///< two fixes agree within agree_sigmas * max(agree_floor_m, sigma)
    double agree_sigmas = 3;
    double fast_in_probability = 0.9;
    double fast_out_probability = 0.001;
    double vague_outside_sigmas = 3; ///< a fix past low_accuracy_m tells of "outside" only from here on
    std::size_t bundle_fixes = 3;
    double in_probability = 0.23; ///< with 0.20 of iPhones that claim 30 m 0.58 % are let in 100 m away, so 0.47 % (tests/sim)
    double ask_token_probability = 0.02;
    double token_probability = 0.05;

    // Capture time against the server's receipt time, online.
    std::int64_t stale_after_ms = 30'000;
    std::int64_t future_after_ms = 5'000;
    std::int64_t offline_settle_ms = 86'400'000; ///< an offline ticket is settled within a day of its fix
};

/// Metres per axis from a reported accuracy; nothing for one that says nothing (missing, not finite, zero or less).
[[nodiscard]] std::optional<double> sigma_m(Platform platform, std::optional<double> accuracy_m, const PresenceRules &rules = {});

/// The share of a normal distribution around `estimate` (sigma_m metres per axis, no correlation) that lies inside the fence, to 1e-6 for sigmas from
/// 0.1 to 10,000 m. Circle: Rice's distribution. Polygon, corridor: exact for the rings in the fence's plane, edge by edge with Owen's T function.
[[nodiscard]] double inside_probability(const Fence &fence, LonLat estimate, double sigma_m);

/// Names in the API: accepted (or held), more_fixes, token_required, refused.
enum class PresenceVerdict { in, need_more, need_token, out };

enum class PresenceReason {
    // what the verdict rests on: exactly one of these comes first
    two_fixes_inside,  ///< fast in
    bundle_inside,     ///< three fixes or more, probability high enough
    token_confirmed,   ///< a valid token and a fix that does not contradict it
    two_fixes_outside, ///< fast out
    too_few_fixes,
    uncertain,      ///< five fixes, probability between out and in
    bundle_outside, ///< five fixes, no case for inside
    // what else was seen
    low_accuracy,    ///< a fix past low_accuracy_m: counts only beside a token
    coarse_accuracy, ///< the middle accuracy is past token_accuracy_m
    indoor,          ///< the fence is marked indoor, where satellites are not seen
    no_accuracy,     ///< a fix without a usable accuracy: no evidence
    bad_position,    ///< a fix that is not on Earth: no evidence
    fix_too_old,     ///< more than longest_bundle_ms before the newest: ignored
    fixes_too_close, ///< less than least_gap_ms from a newer one: ignored
    too_many_fixes,  ///< older ones past most_fixes: ignored
    mocked,          ///< a fix that counted was made up by an app; scored elsewhere, it does not change the verdict
    token_too_far,   ///< a valid token, but no fix with the token's probability
};
/// "LOW_ACCURACY" and so on, as in answers and logs.
[[nodiscard]] std::string_view presence_reason_code(PresenceReason reason) noexcept;

/// How far outside the estimate lies, coarse on purpose.
enum class DistanceBand { inside, under_100_m, under_300_m, under_1_km, over_1_km };

struct Decision {
    PresenceVerdict verdict = PresenceVerdict::need_more;
    std::vector<PresenceReason> reasons; ///< each once, in the order of the enum
    double probability = 0;              ///< of the bundle's estimate; 0 without evidence
    std::optional<LonLat> estimate;
    double sigma_m = 0; ///< of the estimate
    std::size_t fixes_used = 0;
    std::size_t fixes_wanted = 0;              ///< need_more: new fixes after which to ask again
    std::size_t fixes_left = 0;                ///< need_more: new fixes that can still count in this bundle
    int seconds_apart = 0;                     ///< need_more: at least, from the newest fix and between them
    std::optional<DistanceBand> distance_band; ///< out: of the estimate
};

/// A fix that counts, as far as the verdict needs it. Figures are rounded to the safe side, so that what is written down of an attempt (section 6 of
/// the check-in rules allows probability and sigma, not positions) decides exactly as the fixes did.
struct ObservedFix {
    double probability = 0;    ///< of being inside, in thousandths, rounded down
    double sigmas_outside = 0; ///< distance to the fence in the fix's own sigmas, in tenths, rounded down; 0 inside
    bool trusted = false;      ///< accurate enough to stamp by itself
    bool mocked = false;

    friend bool operator==(const ObservedFix &, const ObservedFix &) = default;
};

/// What a bundle of fixes says about a fence: all that the verdict rests on.
struct Observation {
    std::vector<ObservedFix> fixes; ///< that count, newest first
    /// How far apart the fixes i < j lie, in units of max(agree_floor_m, their larger sigma), in tenths, rounded up: (0,1) (0,2) … (1,2) …
    std::vector<double> apart;
    std::size_t tries = 0;            ///< fixes that count, and those without accuracy
    double probability = 0;           ///< of the estimate, in thousandths, rounded down; 0 without evidence
    double sigma_m = 0;               ///< of the estimate, in tenths of a metre
    std::optional<DistanceBand> band; ///< of the estimate
    std::vector<PresenceReason> seen; ///< what else was seen, each once, in the order of the enum
    std::optional<LonLat> estimate;   ///< not needed for the verdict
    double exact_probability = 0;     ///< not needed for the verdict
    /// When the newest fix that counts was taken, by the phone's clock; not needed for the verdict.
    std::optional<std::int64_t> newest_at_ms;

    [[nodiscard]] bool saw(PresenceReason reason) const noexcept;
    friend bool operator==(const Observation &, const Observation &) = default;
};

/// First half of the decision: which fixes count, and what they say. See decide_presence().
[[nodiscard]] Observation observe(const Fence &fence, Platform platform, std::span<const Fix> fixes, const PresenceRules &rules = {});
/// Whether some fix does not contradict a token: probability of at least token_probability.
[[nodiscard]] bool is_confirmed(const Observation &observation, const PresenceRules &rules = {}) noexcept;
/// Second half: the verdict by the order of the rules.
[[nodiscard]] Decision judge(const Observation &observation, bool has_valid_token, bool indoor, const PresenceRules &rules = {});

/// The verdict for a tap at a spot: judge() of what observe() saw.
///
/// Which fixes count: those on the map with a usable accuracy, from the newest backwards, each at least 3 s older than the one taken before it (of
/// equal times the later in the list), at most 5, none more than 30 s before the newest. Others are left out, each with its reason. Fixes without
/// a usable accuracy count as tries only, so that a phone that never has one is not asked for ever. Fixes past low_accuracy_m count as tries and
/// beside a token; neither for "in" nor in the estimate (where there are others), and for "out" only where they lie more than 3 sigma outside.
/// Estimate: median east and median north in the plane around the newest fix; its sigma 0.85 times the median sigma.
///
/// In this order: two accurate fixes (and no third) that agree, both surely inside -> in; three or more with P >= 0.23 -> in; two that agree, both
/// surely outside -> out; a valid token and any fix with P >= 0.05 -> in; fewer than five -> need_more; no token yet and 0.02 <= P < 0.23, a median
/// accuracy past 60 m, an indoor fence, or fewer than three fixes that can be counted on -> need_token; else out.
///
/// Whatever accuracy is claimed, in a circle of radius R no "in" without a token has its estimate beyond 1.29 R (the largest distance at which any
/// sigma gives P = 0.23 is 1.2822 R, at sigma 0.70 R), and none with a token is without a fix within 2.714 R (P = 0.05, at sigma 1.84 R).
[[nodiscard]] Decision decide_presence(const Fence &fence, Platform platform, std::span<const Fix> fixes, bool has_valid_token, bool indoor,
                                       const PresenceRules &rules = {});

enum class CaptureTime { in_time, stale, future };
/// Online: a fix's time against the server's receipt of it.
[[nodiscard]] CaptureTime capture_time(std::int64_t taken_at_ms, std::int64_t received_at_ms, const PresenceRules &rules = {}) noexcept;
/// Offline: the fix was taken while the ticket was valid and is settled within a day: else stale (before, or settled late) or future (after).
[[nodiscard]] CaptureTime offline_capture_time(std::int64_t taken_at_ms, std::int64_t ticket_from_ms, std::int64_t ticket_until_ms,
                                               std::int64_t received_at_ms, const PresenceRules &rules = {}) noexcept;

} // namespace keyaki::geo
