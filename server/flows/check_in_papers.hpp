#pragma once

#include "server/flows/check_in_case.hpp"
#include "server/flows/prizes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyaki::server {

/// What happened beside the verdict, for the answer.
struct Consequences {
    std::vector<AwardLine> awards;
    std::vector<std::string> finished;
    std::int64_t draw_tickets = 0;
    std::string run; ///< that the stamp belongs to; empty: none
    std::vector<std::string> opens;
    std::optional<data::CouponGrant> coupon;
};

/// Everything that is written down of an outcome, as text.
struct Papers {
    rally::Outcome outcome;
    std::string evidence; ///< the facts
    std::string accepted; ///< the event's data; empty without a stamp
    std::string awarded;  ///< the event's data; empty without points
    std::string answer;
    std::string answer_headers;
};

/// What is kept of the facts: coarse, and without the fixes.
[[nodiscard]] std::string evidence_json(const rally::Facts &facts);

/// Of an attempt whose only consequence may be its own award. Most are: their texts are written before the one thread that writes is asked, where
/// they would take a third of its time.
[[nodiscard]] Papers write_papers(const CheckInCase &attempt, const rally::Facts &facts, rally::Outcome outcome);
/// The answer with everything that came of it.
[[nodiscard]] std::string answer_json(const CheckInCase &attempt, const rally::Facts &facts, const rally::Outcome &outcome,
                                      const Consequences &consequences);

/// The id of its award, held or posted.
[[nodiscard]] std::string award_of(const CheckInCase &attempt, const rally::Outcome &outcome);

} // namespace keyaki::server
