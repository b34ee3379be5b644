#pragma once

#include "geo/feature.hpp"
#include "geo/fence.hpp"
#include "geo/presence.hpp"
#include "server/rally/rally.hpp"
#include "server/rally/reasons.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::rally {

/// A feature that this rally takes as a spot.
struct Spot {
    std::string name; ///< "layer/feature-id"
    geo::Fence fence;
    std::int64_t points = 0;
    std::uint64_t layer_revision = 0;
};

/// Makes the spot from the feature's geometry and properties (`radius_m`, `width_m`, `points` win over the rally's, where they are
/// values that a rally could have).
/// Error invalid_input where the feature cannot be a spot; that is a mistake of the city, not of the caller.
[[nodiscard]] Spot make_spot(const Rally &rally, const geo::Feature &feature, std::uint64_t layer_revision);

/// What the caller claims.
struct Attempt {
    geo::Platform platform = geo::Platform::unknown;
    std::vector<geo::Fix> fixes;
    std::int64_t received_at_us = 0; ///< the server's clock decides windows and periods
};

/// What the books say when the attempt is decided, read in the transaction that will write the verdict.
struct History {
    std::optional<std::int64_t> stamped_at_us; ///< this spot, this period
    std::int64_t points_today = 0;             ///< awards of this rally on this day in Japan
    std::int64_t budget_available = 0;
};

enum class Verdict : std::uint8_t { accepted, more_fixes, token_required, refused };
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

/// Whether the phone is there: needs only the fence and the fixes, so it is worked out before the books are opened.
struct Presence {
    geo::Decision decision;
    std::vector<Reason> dropped; ///< why fixes were not looked at: stale, future, mocked
    bool has_evidence = false;   ///< at least one fix was left
};
[[nodiscard]] Presence judge_presence(const Spot &spot, const Attempt &attempt, const geo::PresenceRules &rules = {});

struct Outcome {
    Verdict verdict = Verdict::refused;
    std::vector<Reason> reasons; ///< the deciding one first
    bool stamp = false;
    std::int64_t award_points = 0; ///< 0: no transfer

    friend bool operator==(const Outcome &, const Outcome &) = default;
};

/// The verdict on an attempt. In this order: outside the rally's window; already stamped in this period; fixes without evidence; presence.
/// A stamp is given also when the budget or the day's limit leaves no points for it: it says that somebody was there, which stays true.
[[nodiscard]] Outcome decide(const Rally &rally, const Spot &spot, const Attempt &attempt, const Presence &presence, const History &history);

} // namespace keyaki::server::rally
