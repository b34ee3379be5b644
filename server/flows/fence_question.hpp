#pragma once

#include "geo/lon_lat.hpp"
#include "geo/presence.hpp"
#include "server/flows/collection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// The body of `POST /collections/{layer}/fences`: in which fences are these positions, and how probably? Nothing of it is kept or logged.
struct FenceQuestion {
    struct Asked {
        geo::LonLat position;
        double sigma_m = 0; ///< by the platform's meaning of accuracy, never below PresenceRules::smallest_sigma_m
    };
    std::vector<Asked> positions;
    double at_least = 0; ///< probabilities below are left out
};

/// Throws FieldErrors that name every wrong field, or Error for text that is not JSON.
[[nodiscard]] FenceQuestion parse_fence_question(std::string_view body);

/// The answer as JSON: for each position its sigma and the fences it may be in, the most probable first. Probabilities only: no distances.
/// Throws FieldErrors where there are more than max_answered_fences. \pre collection.snapshot->fences_are_ready()
[[nodiscard]] std::string answer_fence_question(const Collection &collection, const FenceQuestion &question);

} // namespace keyaki::server
