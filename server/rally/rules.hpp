#pragma once

#include "geo/presence.hpp"
#include "geo/stay.hpp"
#include "geo/track.hpp"
#include "server/rally/reasons.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyaki::server::rally {

/// What speaks against an attempt without deciding it alone (checkin.md, section 4). IP_COUNTRY is not among them: the only table of countries that
/// Debian has is of 2019, and addresses have moved since; and what reaches the server is mostly the address of the app's own server.
enum class Signal : std::uint8_t {
    mock_flag,
    accessory_gps,
    device_integrity_fail,
    attest_missing,
    teleport,
    too_fast_for_mode,
    two_places,
    device_many_users,
    user_many_devices,
    fix_cloned,
    sensor_flat,
    center_hit,
    accuracy_too_good,
    code_burst,
    crowd_pattern,
    offline_late,
};
inline constexpr std::size_t signal_count = static_cast<std::size_t>(Signal::offline_late) + 1;
/// The reason that tells of it, under its name in answers and in the weights.
[[nodiscard]] Reason reason_of(Signal signal) noexcept;

struct ScoreRules {
    /// In the order of the enum.
    std::array<double, signal_count> weights{70, 20, 40, 10, 60, 25, 60, 30, 30, 70, 40, 30, 5, 20, 20, 15};
    double sample_from = 30; ///< posted, and looked at by somebody
    double hold_from = 60;   ///< pending until somebody has looked
    double refuse_from = 90;
    double half_life_days = 7; ///< what an account has shown before fades by half in so many days
    double smallest_carried = 1;

    double jump_mps = 50;            ///< past it nobody moved: TELEPORT, TWO_PLACES
    double walking_mps = 4.2;        ///< 15 km/h between stamps
    double device_members = 5;       ///< in a week; a family has fewer
    double member_devices = 5;       ///< in a week
    double device_minute_stamps = 3; ///< members stamped by one device within a minute
    double least_accuracy_m = 3;
    double center_m = 1;                   ///< so near to the fence's centre …
    double center_sigma_m = 5;             ///< … at a sigma of at least so much no honest estimate lies often
    double center_hits = 2;                ///< attempts in a row whose estimate was the fence's very centre
    double code_uses = 60;                 ///< of one rotating code at one spot: a school class, not a chat group
    double crowd_members = 5;              ///< accounts that stamp one spot after the other in step: a family is fewer, a club is looked at …
    double crowd_gap_s = 10;               ///< … each within so many seconds of the others …
    double crowd_legs = 2;                 ///< … and so many spots before in the same order too
    double offline_late_s = 6 * 3'600.0;   ///< from an offline visit to its check-in: who comes back into the network sends it within hours
    double hold_timeout_s = 14 * 86'400.0; ///< of points that nobody has looked at
};

/// Of evidence beside the position.
struct EvidenceRules {
    double code_step_s = 30;       ///< RFC 6238
    double code_window = 1;        ///< steps before and after that are taken too
    double longest_wait_s = 3'600; ///< after wrong answers, however many
    double hidden_tries = 10;      ///< attempts a day that find nothing at a hidden spot
};

struct CourseRules {
    double longest_run_s = 12 * 3'600.0;
};

/// Every constant of the decision, in one place. `version` stands in each answer; a changed constant is a new version.
struct Rules {
    std::string version = "2026-04-01/8";
    geo::PresenceRules presence;
    geo::StayRules stay;
    geo::TrackRules track;
    ScoreRules score;
    EvidenceRules evidence;
    CourseRules course;
};

/// A constant by its name in JSON, "presence.in_probability" or "score.weights.MOCK_FLAG".
struct Constant {
    std::string name;
    std::variant<double *, std::int64_t *, std::size_t *> value;
    /// Whether a stored attempt can be decided again with another value of it. Constants that turn positions into probabilities cannot: positions
    /// are not kept.
    bool is_replayable = false;
};
/// All of them. The pointers live as long as `rules`.
[[nodiscard]] std::vector<Constant> constants_of(Rules &rules);

/// {"version": …, "presence.in_probability": 0.23, …}
[[nodiscard]] std::string rules_json(const Rules &rules);
/// The rules with those constants that the text gives; `version` is required. Throws FieldErrors that name every wrong field.
[[nodiscard]] Rules parse_rules(std::string_view json);
/// The names of constants that differ and cannot be applied to what was stored.
[[nodiscard]] std::vector<std::string> unreplayable_differences(const Rules &a, const Rules &b);

/// The rules of this program.
[[nodiscard]] const Rules &current_rules();

} // namespace keyaki::server::rally
