#pragma once

#include "geo/presence.hpp"
#include "server/rally/rally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// All that a verdict rests on, as it is written down: probabilities, counts and times, no positions (checkin.md, section 6). The same facts, rally
/// and rules give the same verdict, whenever that is asked.
namespace keyaki::server::rally {

/// What became of a thing that the member brought.
enum class Proof : std::uint8_t { absent, right, wrong };

/// Why a token that was brought does not count.
enum class TokenFault : std::uint8_t { none, wrong_code, stale_code, wrong_tag, counter_back, wrong_ticket, ticket_used };

/// What is wrong with the signature of a device that signs what it sends.
enum class DeviceFault : std::uint8_t { none, bad_signature, counter_back };

/// Why an award cannot be given, whatever the budget holds: the ledger has its id already, of a member who was erased since; or it would refuse it.
enum class AwardFault : std::uint8_t { none, given_before, refused };

/// What the phone and its past say, as numbers; ScoreRules say from where on they speak against the attempt.
struct Measures {
    bool mocked = false;
    bool accessory = false;
    bool integrity_failed = false;
    bool integrity_missing = true;
    bool cloned = false;              ///< the bundle came before, from whomever
    bool flat = false;                ///< three fixes or more without any jitter
    double jump_mps = 0;              ///< from the account's last place on the same device, what accuracy allows taken away
    double other_device_jump_mps = 0; ///< the same, from another device
    double stamp_mps = 0;             ///< from the last stamp's spot, fence to fence
    double least_accuracy_m = 0;      ///< 0: none was claimed
    std::int64_t device_members = 0;  ///< in a week, this one included
    std::int64_t member_devices = 0;
    std::int64_t device_minute_members = 0; ///< others that this device stamped within a minute, this one included
    std::int64_t center_hits = 0;   ///< attempts in a row, this one included, whose estimate was within 1 m of the centre at a sigma of 5 m or more
    std::int64_t code_uses = 0;     ///< of this code at this spot, this one included
    std::int64_t crowd_members = 0; ///< accounts that stamped this spot and the ones before in step, this one included; 0 for nobody else
    double late_s = 0;              ///< from an offline visit to its receipt, in whole seconds
    double carried = 0;             ///< what the account showed before, faded

    friend bool operator==(const Measures &, const Measures &) = default;
};

/// What a course's run says to a stamp.
struct Leg {
    std::string course;
    std::string run;         ///< empty: this stamp opens one
    bool is_known = true;    ///< false: there is no such run of this member and course
    bool is_over = false;    ///< finished before
    bool is_next = true;     ///< the spot comes now, by the course's order, and was not stamped in this run
    double run_s = 0;        ///< since its first stamp
    bool is_same_day = true; ///< as that
    double leg_s = 0;        ///< since its last stamp
    double least_leg_s = 0;  ///< that the way takes
    bool finishes = false;   ///< this is the last stamp that it needs
    bool needs_track = false;
    std::optional<double> coverage = std::nullopt; ///< of the track that was sent, in thousandths
    double track_paces = 0;                        ///< how fast most of it was, by the course's pace, in hundredths

    friend bool operator==(const Leg &, const Leg &) = default;
};

struct Facts {
    std::int64_t received_at_us = 0;                ///< by the server's clock
    std::optional<std::int64_t> visited_at_us = {}; ///< of an offline ticket, whose fixes come later: when the newest that counts was taken
    std::int64_t points = 0;                        ///< what the spot is worth

    // Presence.
    geo::Observation seen;
    bool has_stale = false;  ///< fixes were left out as too old …
    bool has_future = false; ///< … or from the future
    bool is_indoor = false;
    std::optional<std::int64_t> dwell_ms; ///< of the stay so far, where the rally asks for one; nothing while outside

    // Evidence.
    Token token = Token::none; ///< the strongest that is valid
    TokenFault token_fault = TokenFault::none;
    DeviceFault device_fault = DeviceFault::none;
    Proof quiz = Proof::absent;
    Proof riddle = Proof::absent;
    std::int64_t wait_until_us = 0; ///< no further try before, after wrong ones
    std::int64_t empty_tries = 0;   ///< of today at this hidden spot, before this one

    std::optional<Leg> leg;
    Measures measures;

    // The books, read in the transaction that writes the verdict.
    bool is_stamped = false;       ///< this spot, this period
    std::int64_t points_today = 0; ///< awards of this rally on this day in Japan
    std::int64_t member_stamps_today = 0;
    std::int64_t device_stamps_today = 0;
    std::int64_t spot_stamps_today = 0;
    std::int64_t budget_available = 0;
    AwardFault award_fault = AwardFault::none; ///< of this spot and period

    /// When the member was there: what the rally's window and hours, periods, stamps, legs and days of stamps go by. Who comes online is there when
    /// the request comes; without a network the day may be over by then, and the rally too.
    [[nodiscard]] std::int64_t at_us() const noexcept { return visited_at_us.value_or(received_at_us); }

    friend bool operator==(const Facts &, const Facts &) = default;
};

/// Round trip: facts_of_json(facts_json(x)) decides as x. Fields with their usual value are left out.
[[nodiscard]] std::string facts_json(const Facts &facts);
/// Throws Error corrupt for text that this program did not write.
[[nodiscard]] Facts facts_of_json(std::string_view json);

} // namespace keyaki::server::rally
