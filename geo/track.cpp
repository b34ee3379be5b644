#include "geo/track.hpp"

#include "geo/geodesic.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::geo {

namespace {

struct TrackPoint {
    PlanePoint place;
    std::int64_t time_ms = 0;
    double sigma_m = 0;
};

double distance(PlanePoint a, PlanePoint b) noexcept { return std::hypot(a.east_m - b.east_m, a.north_m - b.north_m); }

/// Metres a second; what is less than a second apart counts as a second, as clocks of phones jump.
double speed_mps(const TrackPoint &a, const TrackPoint &b) noexcept {
    const double seconds = (static_cast<double>(b.time_ms) - static_cast<double>(a.time_ms)) / 1000;
    return distance(a.place, b.place) / std::max(1.0, seconds);
}

double squared_distance_to_segment(PlanePoint point, PlanePoint a, PlanePoint b) noexcept {
    const double east = b.east_m - a.east_m;
    const double north = b.north_m - a.north_m;
    const double squared = east * east + north * north;
    const double share = squared > 0 ? std::clamp(((point.east_m - a.east_m) * east + (point.north_m - a.north_m) * north) / squared, 0.0, 1.0) : 0;
    const double off_east = point.east_m - a.east_m - share * east;
    const double off_north = point.north_m - a.north_m - share * north;
    return off_east * off_east + off_north * off_north;
}

/// The course at every `step_m` metres, with both ends.
std::vector<PlanePoint> samples_of(std::span<const LonLat> course, const LocalPlane &plane, double step_m) {
    std::vector<PlanePoint> samples{plane.to_plane(course.front())};
    PlanePoint from = samples.front();
    double to_next_m = step_m;
    for (const LonLat position : course.subspan(1)) {
        const PlanePoint to = plane.to_plane(position);
        const double length_m = distance(from, to);
        for (; to_next_m <= length_m; to_next_m += step_m) {
            const double share = to_next_m / length_m;
            samples.push_back({from.east_m + share * (to.east_m - from.east_m), from.north_m + share * (to.north_m - from.north_m)});
        }
        to_next_m -= length_m;
        from = to;
    }
    samples.push_back(from);
    return samples;
}

/// Usable fixes by time, one for each time.
std::vector<TrackPoint> points_of(Platform platform, std::span<const Fix> track, const LocalPlane &plane, const PresenceRules &rules) {
    std::vector<TrackPoint> points;
    points.reserve(track.size());
    for (const Fix &fix : track) {
        const auto sigma = sigma_m(platform, fix.accuracy_m, rules);
        if (is_on_earth(fix.position) && sigma && *fix.accuracy_m <= rules.low_accuracy_m) {
            points.push_back({plane.to_plane(fix.position), fix.taken_at_ms, std::max(rules.smallest_sigma_m, *sigma)});
        }
    }
    std::stable_sort(points.begin(), points.end(), [](const TrackPoint &a, const TrackPoint &b) { return a.time_ms < b.time_ms; });
    std::vector<TrackPoint> single;
    for (const TrackPoint &point : points) {
        if (!single.empty() && single.back().time_ms == point.time_ms) {
            single.back() = point;
        } else {
            single.push_back(point);
        }
    }
    return single;
}

/// Drops a point that would need more than the gate's speed both from the last one kept and to the next.
std::vector<TrackPoint> gated(const std::vector<TrackPoint> &points, double gate_mps) {
    std::vector<TrackPoint> kept;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const bool is_outlier =
            !kept.empty() && i + 1 < points.size() && speed_mps(kept.back(), points[i]) > gate_mps && speed_mps(points[i], points[i + 1]) > gate_mps;
        if (!is_outlier) {
            kept.push_back(points[i]);
        }
    }
    return kept;
}

/// Each place as the mean of those around it in time, as many milliseconds before as behind, so that nobody is drawn ahead at either end. A receiver
/// that errs anew with each fix makes a band as wide as its errors; who cuts a corner would be within the corridor of it by that alone.
/// \param points of one piece that somebody may have walked: across a ride the mean would walk it
void smooth(std::span<TrackPoint> points, std::int64_t smoothing_ms) {
    std::vector<PlanePoint> sums{{}}; // of the places before each
    for (const TrackPoint &point : points) {
        sums.push_back({sums.back().east_m + point.place.east_m, sums.back().north_m + point.place.north_m});
    }
    // In double: times from outside may be anything, and a difference of two may not fit.
    const auto time_ms = [](const TrackPoint &point) { return static_cast<double>(point.time_ms); };
    for (TrackPoint &point : points) {
        const double now_ms = time_ms(point);
        const double reach_ms = std::min({static_cast<double>(smoothing_ms), now_ms - time_ms(points.front()), time_ms(points.back()) - now_ms});
        const auto from =
            std::partition_point(points.begin(), points.end(), [&](const TrackPoint &other) { return time_ms(other) < now_ms - reach_ms; });
        const auto to = std::partition_point(from, points.end(), [&](const TrackPoint &other) { return time_ms(other) <= now_ms + reach_ms; });
        const PlanePoint before = sums[static_cast<std::size_t>(from - points.begin())];
        const PlanePoint all = sums[static_cast<std::size_t>(to - points.begin())];
        const auto count = static_cast<double>(to - from);
        point.place = {(all.east_m - before.east_m) / count, (all.north_m - before.north_m) / count};
    }
}

double middle(std::vector<double> values) {
    const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), half, values.end());
    return *half;
}

struct Segment {
    PlanePoint from;
    PlanePoint to;
};

/// A silence of the phone that only a vehicle bridges: nobody walked it, however well its ends fit. From one fix to the next in the phone's own
/// rhythm, and within the corridor's width, speed may be the receiver's noise.
bool is_ride(const TrackPoint &from, const TrackPoint &to, double usual_gap_ms, double corridor_m, const TrackRules &rules) {
    constexpr double silent_from_gaps = 1.5;
    const double gap_ms = static_cast<double>(to.time_ms) - static_cast<double>(from.time_ms);
    return gap_ms > silent_from_gaps * usual_gap_ms && distance(from.place, to.place) > 2 * corridor_m && speed_mps(from, to) > rules.gate_speed_mps;
}

/// Neighbours in time between which somebody may have walked, as the smoothed track has them.
std::vector<Segment> joined(const std::vector<TrackPoint> &points, double corridor_m, const TrackRules &rules) {
    std::vector<double> gaps_ms;
    for (std::size_t i = 1; i < points.size(); ++i) {
        gaps_ms.push_back(static_cast<double>(points[i].time_ms) - static_cast<double>(points[i - 1].time_ms));
    }
    std::vector<Segment> segments;
    if (gaps_ms.empty()) {
        return segments;
    }
    const double usual_gap_ms = middle(gaps_ms);
    const double longest_ms = std::max(static_cast<double>(rules.longest_join_ms), rules.join_cadences * usual_gap_ms);
    const auto is_short = [&](std::size_t i) {
        return gaps_ms[i - 1] <= longest_ms ||
               (gaps_ms[i - 1] <= static_cast<double>(rules.silence_join_ms) && speed_mps(points[i - 1], points[i]) <= rules.silence_join_mps);
    };
    std::vector<TrackPoint> walked = points;
    std::size_t begin = 0; // of the piece at hand
    for (std::size_t i = 1; i <= points.size(); ++i) {
        if (i < points.size() && is_short(i) && !is_ride(points[i - 1], points[i], usual_gap_ms, corridor_m, rules)) {
            continue;
        }
        smooth(std::span(walked).subspan(begin, i - begin), rules.smoothing_ms);
        for (std::size_t j = begin + 1; j < i; ++j) {
            segments.push_back({walked[j - 1].place, walked[j].place});
        }
        begin = i;
    }
    return segments;
}

/// Samples in the longest chain in which neither the sample nor the segment goes back.
std::size_t longest_chain(const std::vector<PlanePoint> &samples, const std::vector<Segment> &segments, double corridor_m) {
    std::vector<std::size_t> best(segments.size(), 0); // of the chains that end in this segment
    const double squared_m2 = corridor_m * corridor_m;
    for (const PlanePoint sample : samples) {
        std::size_t longest = 0; // of the chains up to this segment, without this sample
        for (std::size_t j = 0; j < segments.size(); ++j) {
            longest = std::max(longest, best[j]);
            if (squared_distance_to_segment(sample, segments[j].from, segments[j].to) <= squared_m2) {
                best[j] = longest + 1;
            }
        }
    }
    return best.empty() ? 0 : *std::max_element(best.begin(), best.end());
}

double fast_speed_mps(const std::vector<TrackPoint> &points, const TrackRules &rules) {
    const auto span_ms = static_cast<double>(rules.speed_span_ms);
    // In double: times from outside may be anything, and a difference of two may not fit.
    const auto apart_ms = [](const TrackPoint &a, const TrackPoint &b) { return static_cast<double>(b.time_ms) - static_cast<double>(a.time_ms); };
    std::vector<double> speeds_mps;
    std::size_t to = 0;
    for (const TrackPoint &from : points) {
        while (to < points.size() && apart_ms(from, points[to]) < span_ms) {
            ++to;
        }
        // Across a long silence nobody knows how the way went.
        if (to < points.size() && apart_ms(from, points[to]) <= 3 * span_ms) {
            speeds_mps.push_back(speed_mps(from, points[to]));
        }
    }
    if (speeds_mps.empty()) {
        return 0;
    }
    const auto place =
        speeds_mps.begin() + static_cast<std::ptrdiff_t>(std::min(1.0, rules.speed_share) * static_cast<double>(speeds_mps.size() - 1));
    std::nth_element(speeds_mps.begin(), place, speeds_mps.end());
    return *place;
}

} // namespace

TrackCoverage cover(std::span<const LonLat> course, Platform platform, std::span<const Fix> track, const TrackRules &track_rules,
                    const PresenceRules &presence_rules) {
    TrackCoverage result;
    if (course.size() < 2) {
        return result;
    }
    const LocalPlane plane(course[course.size() / 2]);
    const std::vector<PlanePoint> samples = samples_of(course, plane, track_rules.sample_m);
    const std::vector<TrackPoint> points = gated(points_of(platform, track, plane, presence_rules), track_rules.gate_speed_mps);
    result.samples = samples.size();
    result.fixes_used = points.size();
    result.fixes_dropped = track.size() - points.size();
    if (points.size() < 2) {
        return result;
    }
    std::vector<double> sigmas_m;
    for (const TrackPoint &point : points) {
        sigmas_m.push_back(point.sigma_m);
    }
    result.corridor_m =
        std::clamp(track_rules.corridor_sigmas * middle(std::move(sigmas_m)), track_rules.least_corridor_m, track_rules.most_corridor_m);
    const std::vector<Segment> segments = joined(points, result.corridor_m, track_rules);
    result.coverage = static_cast<double>(longest_chain(samples, segments, result.corridor_m)) / static_cast<double>(samples.size());
    result.fast_speed_mps = fast_speed_mps(points, track_rules);
    return result;
}

TrackVerdict judge(const TrackCoverage &coverage, const TrackRules &rules) noexcept {
    return coverage.coverage >= rules.pass_coverage     ? TrackVerdict::pass
           : coverage.coverage >= rules.review_coverage ? TrackVerdict::review
                                                        : TrackVerdict::fail;
}

} // namespace keyaki::geo
