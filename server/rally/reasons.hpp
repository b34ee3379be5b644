#pragma once

#include <cstdint>
#include <string_view>

namespace keyaki::server::rally {

/// Why an attempt was decided as it was. Names are of checkin.md section 4 and stand in answers, so they never change.
enum class Reason : std::uint8_t {
    rally_not_started,
    rally_over,
    closed_now,
    already_stamped,
    stale_fix,
    future_fix,
    no_evidence,
    outside,
    uncertain,
    low_accuracy,
    needs_more_fixes,
    // evidence
    wait_after_wrong,
    quiz_needed,
    riddle_needed,
    token_needed,
    wrong_answer,
    qr_stale,
    qr_wrong,
    qr_far,
    nfc_wrong,
    nfc_counter_back,
    ticket_wrong,
    ticket_used,
    sig_invalid,
    attest_counter_back,
    too_many_tries,
    dwell_more,
    // courses
    run_unknown,
    run_over,
    run_too_long,
    wrong_order,
    leg_too_fast,
    track_needed,
    track_off_course,
    track_in_doubt,
    // what speaks against the attempt
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
    earlier_doubt,
    // stamps without points
    daily_limit,
    member_limit,
    device_limit,
    spot_limit,
    budget_exhausted,
    awarded_before,
    award_refused,
};

[[nodiscard]] std::string_view reason_code(Reason reason) noexcept;
/// Whether it speaks against the attempt: it adds to a score, and by itself decides nothing.
[[nodiscard]] constexpr bool is_doubt(Reason reason) noexcept { return reason >= Reason::mock_flag && reason <= Reason::earlier_doubt; }
/// A sentence for the member, who reads it on a phone.
[[nodiscard]] std::string_view reason_text_ja(Reason reason) noexcept;
[[nodiscard]] std::string_view reason_text_en(Reason reason) noexcept;

} // namespace keyaki::server::rally
