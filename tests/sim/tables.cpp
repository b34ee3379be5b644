#include "tests/sim/tables.hpp"

#include "geo/fence.hpp"
#include "geo/track.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::sim {

namespace {

constexpr std::int64_t noon_us = 1'795'400'000'000'000;
constexpr double normal_99 = 2.3263;

double wilson(const Count &count, double z) noexcept {
    if (count.of == 0) {
        return z > 0 ? 1 : 0;
    }
    const auto n = static_cast<double>(count.of);
    const double p = count.share();
    return (p + z * z / (2 * n) + z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
}

/// The way that somebody goes who should go the course.
Way way_of(Going going, const Way &course, Random &random) {
    const double length = length_m(course);
    Way way;
    switch (going) {
    case Going::honest: return random.happens(0.3) ? with_detour(course, random) : course;
    case Going::skips_the_end:
        way = part_of(course, 0, 0.7 * length);
        way.push_back(course.back());
        return way;
    case Going::cuts:
        for (int spot = 0; spot < 6; ++spot) {
            way.push_back(at_m(course, length * spot / 5));
        }
        return way;
    case Going::reverse: return reversed(course);
    case Going::parallel: return shifted(course, 57, 57);
    }
    return way;
}

} // namespace

double upper_limit(const Count &count) noexcept { return std::min(1.0, wilson(count, normal_99)); }
double lower_limit(const Count &count) noexcept { return std::max(0.0, wilson(count, -normal_99)); }

PresenceCell presence(const PhoneModel &model, double away_m, std::size_t trials, std::uint64_t seed) {
    const geo::Fence fence = geo::Fence::circle(plane().to_lon_lat({0, 0}), 40);
    PresenceCell cell;
    cell.trials = trials;
    Random random(seed, "presence", static_cast<std::uint64_t>(1000 * away_m + model.accuracy_m) * 8 + static_cast<std::uint64_t>(model.platform));
    for (std::size_t trial = 0; trial < trials; ++trial) {
        Phone phone(model, random);
        std::vector<geo::Fix> fixes;
        geo::Decision decision;
        while (decision.verdict == geo::PresenceVerdict::need_more) {
            const std::int64_t now_us = noon_us + static_cast<std::int64_t>(fixes.size()) * 4'000'000;
            fixes.push_back(phone.measure({away_m, 0}, now_us).fix);
            decision = geo::decide_presence(fence, model.platform, fixes, false, false);
        }
        cell.in += decision.verdict == geo::PresenceVerdict::in ? 1 : 0;
        cell.token += decision.verdict == geo::PresenceVerdict::need_token ? 1 : 0;
        cell.out += decision.verdict == geo::PresenceVerdict::out ? 1 : 0;
        cell.fixes += fixes.size();
    }
    return cell;
}

std::string_view going_name(Going going) noexcept {
    switch (going) {
    case Going::honest: return "honest, a silence of 2 min, 30 % with a detour";
    case Going::skips_the_end: return "skips the last 30 %";
    case Going::cuts: return "cuts straight between six spots";
    case Going::reverse: return "backwards";
    case Going::parallel: return "the street 80 m away";
    }
    return "";
}

CoverageCell coverage(Going going, double accuracy_m, double cadence_s, std::size_t trials, std::uint64_t seed) {
    CoverageCell cell;
    cell.trials = trials;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        Random random(seed, "coverage", (static_cast<std::uint64_t>(accuracy_m) * 1000 + static_cast<std::uint64_t>(cadence_s)) * 1'000'000 + trial);
        const Way course = street_way(random, 2600);
        PhoneModel model;
        model.accuracy_m = accuracy_m;
        Phone phone(model, random);
        Walk walk;
        walk.way = way_of(going, course, random);
        walk.cadence_s = cadence_s;
        walk.silence_s = going == Going::honest ? 120 : 0;
        const geo::TrackCoverage covered = geo::cover(on_earth(course), model.platform, recorded(phone, random, walk, noon_us));
        const geo::TrackVerdict verdict = geo::judge(covered);
        cell.pass += verdict == geo::TrackVerdict::pass ? 1 : 0;
        cell.review += verdict == geo::TrackVerdict::review ? 1 : 0;
        cell.mean += covered.coverage / static_cast<double>(trials);
        cell.least = std::min(cell.least, covered.coverage);
        cell.most = std::max(cell.most, covered.coverage);
    }
    return cell;
}

} // namespace keyaki::sim
