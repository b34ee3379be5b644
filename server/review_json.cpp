#include "server/review_json.hpp"

#include "server/time.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

using nlohmann::ordered_json;

ordered_json review_json(const data::Review &review, const std::optional<data::KeptCheckIn> &check_in) {
    ordered_json json{{"check_in", review.check_in},
                      {"kind", data::review_kind_name(review.kind)},
                      {"state", data::review_state_name(review.state)},
                      {"rally", review.rally},
                      {"member", review.member},
                      {"opened_at", format_rfc3339_jst(review.opened_at_us)},
                      {"due_at", format_rfc3339_jst(review.due_at_us)}};
    if (review.decided_at_us) {
        json["decided_at"] = format_rfc3339_jst(*review.decided_at_us);
        json["actor"] = review.actor;
        json["note"] = review.note;
    }
    if (check_in) {
        json["spot"] = check_in->spot;
        json["score"] = check_in->score;
        json["rules"] = check_in->rules;
        const auto answer = ordered_json::parse(check_in->answer_json);
        json["reasons"] = answer.value("reasons", ordered_json::array());
        json["awards"] = answer.value("awards", ordered_json::array());
        // What decided, without a position; nothing once its retention is over.
        json["evidence"] = check_in->evidence_json.empty() ? ordered_json(nullptr) : ordered_json::parse(check_in->evidence_json);
    }
    return json;
}

ordered_json outcome_json(const ReviewOutcome &outcome) {
    ordered_json json = review_json(outcome.review, std::nullopt);
    json["points"] = outcome.points;
    ordered_json awards = ordered_json::array();
    for (const AwardLine &award : outcome.prizes.awards) {
        if (award.points > 0) {
            awards.push_back({{"transfer", award.transfer}, {"points", award.points}, {"state", "posted"}});
        }
    }
    json["awards"] = std::move(awards);
    json["finished"] = outcome.prizes.finished;
    return json;
}

} // namespace keyaki::server
