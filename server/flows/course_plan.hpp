#pragma once

#include "geo/fence.hpp"
#include "geo/lon_lat.hpp"
#include "server/rally/rally.hpp"

#include <cstddef>
#include <vector>

namespace keyaki::server {

/// A course, as far as a stamp needs it: where its spots are, how far along the path, how wide their fences.
struct CoursePlan {
    std::vector<double> along_m; ///< by spot; empty where no path tells (free order): legs as the crow flies
    std::vector<geo::LonLat> places;
    std::vector<double> radii_m;
    rally::Pace pace = rally::Pace::walk;

    /// Seconds that the way takes at least from one spot to another, by their places in the course.
    [[nodiscard]] double least_leg_s(std::size_t from, std::size_t to) const;
};

/// Metres. Of a circle its radius; of others half their extent, within reason: who stamps a park at one gate is at its other gate soon.
[[nodiscard]] double reach_m(const geo::Fence &fence);

} // namespace keyaki::server
