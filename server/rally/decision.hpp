#pragma once

#include "geo/feature.hpp"
#include "geo/fence.hpp"
#include "geo/presence.hpp"
#include "server/rally/facts.hpp"
#include "server/rally/rally.hpp"
#include "server/rally/reasons.hpp"
#include "server/rally/rules.hpp"
#include "server/rally/score.hpp"

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
    bool is_indoor = false;
};

/// Makes the spot from the feature's geometry and properties (`radius_m`, `width_m`, `points`, `indoor` win over the rally's, where they are
/// values that a rally could have).
/// Error invalid_input where the feature cannot be a spot; that is a mistake of the city, not of the caller.
[[nodiscard]] Spot make_spot(const Rally &rally, const geo::Feature &feature, std::uint64_t layer_revision);

/// What the fixes of a request say about a spot's fence, and which were left out for their time.
struct Sighting {
    geo::Observation seen;
    bool has_stale = false;
    bool has_future = false;
};
/// When fixes of an offline ticket may have been taken.
struct TicketWindow {
    std::int64_t from_us = 0;
    std::int64_t until_us = 0;
};
[[nodiscard]] Sighting sight(const Spot &spot, geo::Platform platform, std::span<const geo::Fix> fixes, std::int64_t received_at_us,
                             const Rules &rules, const std::optional<TicketWindow> &offline = std::nullopt);

enum class Verdict : std::uint8_t { accepted, held, more_fixes, token_required, refused };
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

/// What the next attempt needs.
struct Wanted {
    std::size_t fixes = 0;
    std::int64_t seconds_apart = 0;
    bool quiz = false;
    bool riddle = false;
    Token token = Token::none;
    std::int64_t wait_s = 0;

    friend bool operator==(const Wanted &, const Wanted &) = default;
};

struct Outcome {
    Verdict verdict = Verdict::refused;
    std::vector<Reason> reasons; ///< the deciding one first
    bool stamp = false;
    bool is_sampled = false;       ///< posted, and to be looked at
    std::int64_t award_points = 0; ///< 0: no transfer; pending where the verdict is held
    bool course_stamp = false;     ///< the run goes on by this stamp
    bool finishes_course = false;
    bool is_wrong_try = false; ///< counts against further tries; also a wrong code or tag of somebody who is not let in by the position
    Wanted wanted;
    double score = 0;                      ///< that decided the band
    double own_score = 0;                  ///< of this attempt alone
    std::optional<geo::DistanceBand> band; ///< how far outside; never of a hidden spot

    friend bool operator==(const Outcome &, const Outcome &) = default;
};

/// The verdict on an attempt. In this order: outside the rally's window or hours, by when the member was there (Facts::at_us); already stamped in
/// this period (a course may still need it); hard refusals; waiting after wrong tries; presence; what else the spot asks for; the course's order and
/// times; the score; the day's limits. Who is not there learns nothing about answers and codes. A stamp is given also when the budget or
/// the day's limit leaves no points for it: it says that somebody was there, which stays true.
[[nodiscard]] Outcome decide(const Rally &rally, const Facts &facts, const Rules &rules = current_rules());

} // namespace keyaki::server::rally
