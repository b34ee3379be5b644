#include "server/flows/check_in.hpp"

#include "geo/error.hpp"
#include "geo/tile_id.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/time.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cassert>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

/// Rooms of about 120 m at Japan's latitudes: what is kept of where somebody was (checkin.md, section 6).
constexpr std::uint8_t evidence_cell_zoom = 18;

/// Everything that is known of an attempt before the books are opened.
struct Case {
    const CheckInRequest &request;
    std::shared_ptr<const VersionedRally> versioned;
    rally::Spot spot;
    rally::Presence presence;
    std::string id;
    std::string period;
    std::string rules;
    std::int64_t now_us = 0;
    http::Language language = http::Language::ja;
};

/// "2026-04-01/3+preparedness-2026/2": the constants of the decision and the version of the rally.
std::string rules_version(const VersionedRally &rally) {
    return fmt::format("{}+{}/{}", geo::PresenceRules{}.version, rally.rally.id, rally.version);
}

double rounded(double value) { return std::round(value * 10'000) / 10'000; }

rally::Spot find_spot(const Snapshots &snapshots, const rally::Rally &rally, const CheckInRequest &request) {
    const std::string prefix = rally.spots.layer + "/";
    if (request.spot.rfind(prefix, 0) != 0) {
        throw FieldErrors("the check-in",
                          {{"/spot", fmt::format("expected a spot of layer {} (\"{}…\"), found \"{}\"", rally.spots.layer, prefix, request.spot)}});
    }
    const auto snapshot = snapshots.published(rally.spots.layer);
    const auto feature = snapshot ? snapshot->find(request.spot.substr(prefix.size())) : std::nullopt;
    if (!feature) {
        throw FieldErrors("the check-in",
                          {{"/spot", fmt::format("layer {} has no feature \"{}\"", rally.spots.layer, request.spot.substr(prefix.size()))}});
    }
    return rally::make_spot(rally, *feature, snapshot->description().revision);
}

rally::History read_history(data::WriteTransaction &books, const Case &attempt) {
    rally::History history;
    const CheckInRequest &request = attempt.request;
    if (const auto stamp = books.find_stamp(request.rally, request.spot, request.member, attempt.period)) {
        history.stamped_at_us = stamp->stamped_at_us;
    }
    const std::int64_t day_begins_us = jst_day_start_us(attempt.now_us);
    history.points_today = books.points_awarded(request.member, request.rally, day_begins_us, day_begins_us + day_us);
    const auto budget = books.find_account(rally::budget_account(request.rally));
    history.budget_available = budget ? budget->available() : 0;
    return history;
}

/// Coarse, and without the fixes: the cell, the probability and its sigma, and how many fixes said so.
std::string evidence_json(const Case &attempt) {
    const geo::Decision &decision = attempt.presence.decision;
    ordered_json evidence{
        {"fixes_used", decision.fixes_used}, {"sigma_m", rounded(decision.sigma_m)}, {"probability", rounded(decision.probability)}};
    ordered_json codes = ordered_json::array();
    for (const geo::PresenceReason reason : decision.reasons) {
        codes.push_back(geo::presence_reason_code(reason));
    }
    evidence["presence"] = std::move(codes);
    if (decision.estimate && std::abs(decision.estimate->lat_deg) < 85) {
        const geo::TileId cell = geo::tile_at(*decision.estimate, evidence_cell_zoom);
        evidence["cell"] = fmt::format("{}/{}/{}", cell.z, cell.x, cell.y);
    }
    return evidence.dump();
}

ordered_json reasons_json(const std::vector<rally::Reason> &reasons) {
    ordered_json codes = ordered_json::array();
    for (const rally::Reason reason : reasons) {
        codes.push_back(rally::reason_code(reason));
    }
    return codes;
}

std::string message_of(const std::vector<rally::Reason> &reasons, http::Language language) {
    if (reasons.empty()) {
        return language == http::Language::ja ? "スタンプが押されました。" : "You have the stamp.";
    }
    return std::string(language == http::Language::ja ? rally::reason_text_ja(reasons.front()) : rally::reason_text_en(reasons.front()));
}

std::string award_of(const Case &attempt) { return award_id(attempt.request.rally, attempt.request.spot, attempt.request.member, attempt.period); }

std::string answer_json(const Case &attempt, const rally::Outcome &outcome) {
    const geo::Decision &decision = attempt.presence.decision;
    ordered_json answer;
    answer["id"] = attempt.id;
    answer["verdict"] = rally::verdict_name(outcome.verdict);
    answer["reasons"] = reasons_json(outcome.reasons);
    answer["message"] = message_of(outcome.reasons, attempt.language);
    answer["inside_probability"] = rounded(decision.probability);
    answer["revision"] = fmt::format("{}={}", attempt.versioned->rally.spots.layer, attempt.spot.layer_revision);
    answer["rules"] = attempt.rules;
    answer["stamp"] = nullptr;
    if (outcome.stamp) {
        answer["stamp"] = {{"rally", attempt.request.rally}, {"spot", attempt.request.spot}, {"stamped_at", format_rfc3339_jst(attempt.now_us)}};
    }
    answer["awards"] = ordered_json::array();
    if (outcome.award_points != 0) {
        answer["awards"].push_back({{"transfer", award_of(attempt)}, {"points", outcome.award_points}, {"state", "posted"}});
    }
    answer["next"] = nullptr;
    if (outcome.verdict == rally::Verdict::more_fixes) {
        answer["next"] = {{"fixes", decision.fixes_wanted}, {"seconds_apart", decision.seconds_apart}};
    }
    return answer.dump();
}

/// Everything that is written down of an outcome, as text.
struct Papers {
    rally::Outcome outcome;
    std::string evidence;
    std::string accepted; ///< the event's data; empty without a stamp
    std::string awarded;  ///< the event's data; empty without points
    std::string answer;
    std::string answer_headers;
};

Papers write_papers(const Case &attempt, rally::Outcome outcome) {
    const CheckInRequest &request = attempt.request;
    Papers papers{std::move(outcome), evidence_json(attempt), {}, {}, {}, {}};
    if (papers.outcome.stamp) {
        papers.accepted = ordered_json{{"check_in", attempt.id}, {"rally", request.rally}, {"spot", request.spot}, {"member", request.member}}.dump();
    }
    if (papers.outcome.award_points != 0) {
        papers.awarded =
            ordered_json{
                {"transfer", award_of(attempt)}, {"member", request.member}, {"rally", request.rally}, {"points", papers.outcome.award_points}}
                .dump();
    }
    papers.answer = answer_json(attempt, papers.outcome);
    papers.answer_headers = nlohmann::json{{"Location", "/checkins/" + attempt.id}}.dump();
    return papers;
}

/// What will be written unless the books say otherwise: no stamp yet, no points today, and enough in the budget. Written before the one thread that
/// writes is asked: in there, texts would take a third of its time.
Papers write_papers_ahead(const Case &attempt) {
    const rally::History usual{std::nullopt, 0, rally::max_budget};
    return write_papers(attempt, rally::decide(attempt.versioned->rally, attempt.spot, attempt.request.attempt, attempt.presence, usual));
}

/// Stamp and award of an accepted attempt. An award that the ledger does not create although the decision saw room for it is a mistake of ours.
void write_stamp_and_award(data::WriteTransaction &books, const Case &attempt, const rally::Outcome &outcome) {
    const CheckInRequest &request = attempt.request;
    books.insert_stamp({request.rally, request.spot, request.member, attempt.period, attempt.id, attempt.now_us});
    if (outcome.award_points == 0) {
        return;
    }
    const std::string member = rally::member_account(request.member);
    books.ensure_account(member, "nin");
    data::TransferRequest transfer;
    transfer.id = award_of(attempt);
    transfer.debit_account = rally::budget_account(request.rally);
    transfer.credit_account = member;
    transfer.amount = outcome.award_points;
    transfer.code = "award";
    transfer.reference = attempt.id;
    const data::TransferResult result = books.transfer(transfer, attempt.now_us);
    if (result.outcome != data::TransferOutcome::created) {
        // Without the award's id: this sentence goes to the log, and the id names the member.
        throw geo::Error(geo::ErrorKind::internal, fmt::format("the award of check-in {} was answered {} by the ledger", attempt.id,
                                                               data::transfer_outcome_name(result.outcome)));
    }
}

void write_events(data::WriteTransaction &books, const Case &attempt, const Papers &papers) {
    const std::string &member = attempt.request.member;
    books.insert_event({attempt.id + "/accepted", "checkin.accepted", member, papers.accepted, attempt.now_us});
    if (!papers.awarded.empty()) {
        books.insert_event({attempt.id + "/awarded", "points.awarded", member, papers.awarded, attempt.now_us});
    }
}

/// Decides and writes one new attempt, all inside the transaction that is given; `papers` are those of its outcome then.
CheckInAnswer settle(data::WriteTransaction &books, const Case &attempt, Papers &papers) {
    rally::Outcome outcome =
        rally::decide(attempt.versioned->rally, attempt.spot, attempt.request.attempt, attempt.presence, read_history(books, attempt));
    if (outcome != papers.outcome) {
        papers = write_papers(attempt, std::move(outcome));
    }
    if (papers.outcome.stamp) {
        write_stamp_and_award(books, attempt, papers.outcome);
        write_events(books, attempt, papers);
    }
    CheckInAnswer answer;
    answer.location = "/checkins/" + attempt.id;
    answer.verdict = rally::verdict_name(papers.outcome.verdict);
    answer.first_reason = papers.outcome.reasons.empty() ? std::string_view() : rally::reason_code(papers.outcome.reasons.front());
    books.insert_check_in({attempt.id, attempt.request.member, attempt.request.rally, attempt.request.spot, attempt.request.device, answer.verdict,
                           attempt.rules, attempt.spot.layer_revision, attempt.presence.decision.probability, papers.evidence, papers.answer,
                           attempt.now_us});
    answer.body = papers.answer;
    return answer;
}

Case prepare(const Snapshots &snapshots, const Rallies &rallies, const CheckInRequest &request, http::Language language, std::int64_t now_us) {
    auto versioned = rallies.find(request.rally);
    if (!versioned) {
        throw FieldErrors("the check-in", {{"/rally", fmt::format("there is no rally \"{}\"", request.rally)}});
    }
    rally::Spot spot = find_spot(snapshots, versioned->rally, request);
    rally::Presence presence = rally::judge_presence(spot, request.attempt);
    std::string period = rally::period_key(versioned->rally.spots.per, now_us);
    std::string rules = rules_version(*versioned);
    return {request, std::move(versioned), std::move(spot), std::move(presence), make_ulid(now_us), std::move(period), std::move(rules), now_us,
            language};
}

constexpr std::string_view route = "POST /checkins";

} // namespace

CheckInAnswer CheckInFlow::check_in(std::string_view client, std::string_view idempotency_key, CheckInRequest request, http::Language language,
                                    std::int64_t now_us) {
    request.attempt.received_at_us = now_us;
    // A request that came before gets its answer again, whatever has become of the rally or the spot since: so a refusal waits for the look-up.
    std::optional<Case> attempt;
    Papers papers;
    std::exception_ptr refusal;
    try {
        attempt.emplace(prepare(m_snapshots, m_rallies, request, language, now_us));
        papers = write_papers_ahead(*attempt);
    } catch (const geo::Error &) {
        refusal = std::current_exception();
    }
    CheckInAnswer answer;
    m_store.write([&](data::WriteTransaction &books) {
        // A client that repeats a request while the first is in flight waits here for the writer, and then finds the first one's answer.
        if (const auto stored = books.find_answer(client, route, idempotency_key)) {
            answer.replayed = stored->body_hash == request.body_hash;
            answer.key_reused = !answer.replayed;
            if (answer.replayed) {
                answer.status = stored->status;
                answer.body = stored->body;
                answer.location = nlohmann::json::parse(stored->headers_json).value("Location", "");
                answer.verdict = nlohmann::json::parse(stored->body).value("verdict", "");
            }
            return;
        }
        if (refusal) {
            std::rethrow_exception(refusal);
        }
        answer = settle(books, *attempt, papers);
        books.store_answer(client, route, idempotency_key, {request.body_hash, answer.status, papers.answer_headers, answer.body}, now_us);
    });
    return answer;
}

} // namespace keyaki::server
