#pragma once

#include "geo/lon_lat.hpp"
#include "geo/presence.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::geo {

// Did a recorded track follow a course, in its order? Pure. Ordered coverage: by a model of walkers, the discrete Fréchet distance turns every honest
// one away (an outlier is enough) and lets the parallel street in, so it decides nothing here.

struct TrackRules {
    double gate_speed_mps = 8;              ///< a fix that would need more from and to its neighbours is dropped
    std::int64_t longest_join_ms = 60'000;  ///< neighbours further apart in time are not joined …
    std::int64_t silence_join_ms = 180'000; ///< a silence of the phone up to so long is walked, too, if no more than a walker's speed was needed: …
    double silence_join_mps = 2.8;          ///< … that of a leg's least time; nobody gains by it, as it costs a walk's time
    double join_cadences = 2.5;             ///< … unless the phone measures so rarely: so many of its usual gaps
    std::int64_t smoothing_ms = 10'000;     ///< a fix counts as the middle of those up to so long before and as long behind: of many fixes one
                                            ///< is always wrong in the course's favour
    double sample_m = 10;                   ///< the course is asked at every so many metres
    double corridor_sigmas = 2;             ///< half width of the corridor around the track, by the fixes' middle sigma …
    double least_corridor_m = 25;           ///< … at least …
    double most_corridor_m = 40;            ///< … and at most: past it the parallel street would pass
    double pass_coverage = 0.85;
    double review_coverage = 0.70;
    std::int64_t speed_span_ms = 60'000; ///< speeds are taken over a minute: from one fix to the next they are mostly the noise of both
    double speed_share = 0.8;            ///< so much of the way is to be slower than …
    double most_paces = 1.25; ///< … so many times the course's pace (a walk: 3.5 m/s), or the track is looked at: fixes far off may be a tenth
};

enum class TrackVerdict { pass, review, fail };

struct TrackCoverage {
    double coverage = 0; ///< share of the course's samples in the longest chain that runs forward on course and track
    double corridor_m = 0;
    std::size_t samples = 0;
    std::size_t fixes_used = 0;
    std::size_t fixes_dropped = 0; ///< by the gate, off Earth, or without a usable accuracy
    double fast_speed_mps = 0;     ///< over spans of a minute, that speed_share of them were slower than; 0 for a track of less
};

/// Fixes in any order; of equal times the later in the list counts. `course` has at least two positions, or nothing is covered. Time: samples of the
/// course times fixes, 10 ns each.
[[nodiscard]] TrackCoverage cover(std::span<const LonLat> course, Platform platform, std::span<const Fix> track, const TrackRules &track_rules = {},
                                  const PresenceRules &presence_rules = {});
[[nodiscard]] TrackVerdict judge(const TrackCoverage &coverage, const TrackRules &rules = {}) noexcept;

} // namespace keyaki::geo
