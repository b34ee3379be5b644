#pragma once

#include "geo/geodesic.hpp"
#include "tests/sim/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyaki::sim {

using Way = std::vector<geo::PlanePoint>;

[[nodiscard]] double length_m(const Way &way);
/// The place at so many metres of the way; its end past it.
[[nodiscard]] geo::PlanePoint at_m(const Way &way, double along_m);
/// The part of a way between two lengths.
[[nodiscard]] Way part_of(const Way &way, double from_m, double to_m);
[[nodiscard]] Way shifted(Way way, double east_m, double north_m);
[[nodiscard]] Way reversed(Way way);
/// A street-like way of so many metres: legs of 60 to 180 m with turns of 90° (the courses of the check-in rules' study).
[[nodiscard]] Way street_way(Random &random, double length_m);
/// The street so many metres to the left (negative: to the right).
[[nodiscard]] Way beside(const Way &way, double left_m);
/// With a detour of 60 m and back, somewhere in the middle.
[[nodiscard]] Way with_detour(const Way &way, Random &random);
/// On Earth.
[[nodiscard]] std::vector<geo::LonLat> on_earth(const Way &way);

/// Where along a way somebody stops at a spot.
struct Stop {
    Place spot;
    double along_m = 0;
};
/// The stops at these spots, in this order, where the way is nearest to them.
[[nodiscard]] std::vector<Stop> stops_of(const Way &way, const std::vector<Place> &spots);

/// How somebody goes along a way.
struct Walk {
    Way way;
    std::vector<Stop> stops;
    std::string course;
    double speed_mps = 1.25;
    double cadence_s = 5;                ///< between two fixes of the track
    double pauses_per_minute = 0;        ///< each of 10 to 120 s
    double silence_s = 0;                ///< once, without any fix
    bool goes_back = false;              ///< passes one spot without a stamp, notices it after 150 m, and goes back
    double rides_from_m = 1e9;           ///< from here on by car, at 11 m/s
    bool waits_for_legs = true;          ///< where an answer says how long a leg takes at least
    int most_tries = 4;                  ///< at one spot, a minute apart
    std::vector<geo::Fix> other_track{}; ///< sent instead of the own one, where it is not empty
};
/// The fixes of somebody who goes along the way and records, without a server.
[[nodiscard]] std::vector<geo::Fix> recorded(Phone &phone, Random &random, const Walk &walk, std::int64_t begins_us);

/// Goes along the way, stamps at the stops, sends the track before the last one. The outcome is that of the last stamp, or of the one at which it
/// ended. `walk` must live until the end.
struct WalkOutcome {
    VisitOutcome visit;
    bool finished = false;
    std::optional<double> coverage; ///< of the track that was sent
};
Task<WalkOutcome> walk_course(World &world, Person &person, const Walk &walk);

} // namespace keyaki::sim
