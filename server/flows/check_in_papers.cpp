#include "server/flows/check_in_papers.hpp"

#include "geo/tile_id.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

/// Rooms of about 120 m at Japan's latitudes: what is kept of where somebody was (checkin.md, section 6).
constexpr std::uint8_t evidence_cell_zoom = 18;

double rounded(double value) { return std::round(value * 10'000) / 10'000; }

ordered_json reasons_json(const std::vector<rally::Reason> &reasons) {
    ordered_json codes = ordered_json::array();
    for (const rally::Reason reason : reasons) {
        codes.push_back(rally::reason_code(reason));
    }
    return codes;
}

std::string message_of(const rally::Outcome &outcome, http::Language language) {
    const bool is_japanese = language == http::Language::ja;
    const bool is_accepted = outcome.verdict == rally::Verdict::accepted;
    // Whoever is let in is not told what little spoke against it.
    const auto told = std::find_if(outcome.reasons.begin(), outcome.reasons.end(),
                                   [is_accepted](rally::Reason reason) { return !is_accepted || !rally::is_doubt(reason); });
    if (told == outcome.reasons.end()) {
        return is_japanese ? "スタンプが押されました。" : "You have the stamp.";
    }
    std::string message(is_japanese ? rally::reason_text_ja(*told) : rally::reason_text_en(*told));
    if (outcome.verdict == rally::Verdict::held) {
        message += is_japanese ? "確認のあとでポイントが付きます。" : " Points wait until somebody has looked at it.";
    }
    return message;
}

std::string_view band_name(geo::DistanceBand band) {
    switch (band) {
    case geo::DistanceBand::inside: return "inside";
    case geo::DistanceBand::under_100_m: return "under_100_m";
    case geo::DistanceBand::under_300_m: return "under_300_m";
    case geo::DistanceBand::under_1_km: return "under_1_km";
    case geo::DistanceBand::over_1_km: return "over_1_km";
    }
    return "";
}

/// What the next attempt needs; null where there is nothing to say.
ordered_json next_json(const rally::Outcome &outcome) {
    const rally::Wanted &wanted = outcome.wanted;
    if (wanted == rally::Wanted()) {
        return nullptr;
    }
    ordered_json next;
    if (wanted.fixes > 0) {
        next["fixes"] = wanted.fixes;
        next["seconds_apart"] = wanted.seconds_apart;
    }
    ordered_json evidence = ordered_json::array();
    if (wanted.quiz) {
        evidence.push_back("quiz");
    }
    if (wanted.riddle) {
        evidence.push_back("riddle");
    }
    if (wanted.token != rally::Token::none) {
        evidence.push_back(rally::token_name(wanted.token));
    }
    if (!evidence.empty()) {
        next["evidence"] = std::move(evidence);
    }
    if (wanted.wait_s > 0) {
        next["wait_s"] = wanted.wait_s;
    }
    return next;
}

ordered_json awards_json(const std::vector<AwardLine> &awards) {
    ordered_json list = ordered_json::array();
    for (const AwardLine &award : awards) {
        if (award.points > 0) {
            list.push_back({{"transfer", award.transfer}, {"points", award.points}, {"state", award.is_pending ? "pending" : "posted"}});
        }
    }
    return list;
}

void add_consequences(ordered_json &answer, const Consequences &consequences) {
    if (!consequences.run.empty()) {
        answer["run"] = consequences.run;
    }
    if (!consequences.finished.empty()) {
        answer["finished"] = consequences.finished;
    }
    if (consequences.draw_tickets > 0) {
        answer["draw_tickets"] = consequences.draw_tickets;
    }
    if (!consequences.opens.empty()) {
        answer["opens"] = consequences.opens;
    }
    if (consequences.coupon) {
        answer["coupon"] = {{"code", consequences.coupon->code},
                            {"shop", consequences.coupon->shop},
                            {"title", consequences.coupon->title},
                            {"valid_until", format_rfc3339_jst(consequences.coupon->valid_until_us)}};
    }
}

} // namespace

std::string evidence_json(const rally::Facts &facts) {
    std::string cell;
    if (facts.seen.estimate && std::abs(facts.seen.estimate->lat_deg) < 85) {
        const geo::TileId tile = geo::tile_at(*facts.seen.estimate, evidence_cell_zoom);
        cell = fmt::format(R"("cell":"{}/{}/{}",)", tile.z, tile.x, tile.y);
    }
    return fmt::format(R"({{{}"facts":{}}})", cell, rally::facts_json(facts));
}

std::string award_of(const CheckInCase &attempt, const rally::Outcome &outcome) {
    return outcome.verdict == rally::Verdict::held ? held_award_id(attempt.request.rally, attempt.id)
                                                   : award_id(attempt.request.rally, attempt.request.spot, attempt.request.member, attempt.period);
}

std::string answer_json(const CheckInCase &attempt, const rally::Facts &facts, const rally::Outcome &outcome, const Consequences &consequences) {
    ordered_json answer;
    answer["id"] = attempt.id;
    answer["verdict"] = rally::verdict_name(outcome.verdict);
    answer["reasons"] = reasons_json(outcome.reasons);
    answer["message"] = message_of(outcome, attempt.language);
    // How probably somebody is at a hidden spot tells how far away it is.
    answer["inside_probability"] = attempt.rally().spots.is_hidden ? ordered_json(nullptr) : ordered_json(rounded(facts.seen.exact_probability));
    answer["revision"] = fmt::format("{}={}", attempt.rally().spots.layer, attempt.spot->layer_revision);
    answer["rules"] = attempt.rules;
    answer["stamp"] = nullptr;
    if (outcome.stamp) {
        answer["stamp"] = {{"rally", attempt.request.rally}, {"spot", attempt.request.spot}, {"stamped_at", format_rfc3339_jst(attempt.at_us)}};
    }
    answer["awards"] = awards_json(consequences.awards);
    answer["next"] = next_json(outcome);
    if (outcome.band) {
        answer["distance"] = band_name(*outcome.band);
    }
    add_consequences(answer, consequences);
    return answer.dump();
}

Papers write_papers(const CheckInCase &attempt, const rally::Facts &facts, rally::Outcome outcome) {
    const CheckInRequest &request = attempt.request;
    Papers papers{std::move(outcome), evidence_json(facts), {}, {}, {}, {}};
    Consequences consequences;
    if (papers.outcome.stamp) {
        papers.accepted = ordered_json{{"check_in", attempt.id}, {"rally", request.rally}, {"spot", request.spot}, {"member", request.member}}.dump();
    }
    if (papers.outcome.award_points > 0) {
        const std::string transfer = award_of(attempt, papers.outcome);
        papers.awarded =
            ordered_json{{"transfer", transfer}, {"member", request.member}, {"rally", request.rally}, {"points", papers.outcome.award_points}}
                .dump();
        consequences.awards.push_back({transfer, papers.outcome.award_points, papers.outcome.verdict == rally::Verdict::held});
    }
    papers.answer = answer_json(attempt, facts, papers.outcome, consequences);
    papers.answer_headers = fmt::format(R"({{"Location":"/checkins/{}"}})", attempt.id);
    return papers;
}

} // namespace keyaki::server
