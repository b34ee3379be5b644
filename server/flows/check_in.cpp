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

std::string answer_json(const Case &attempt, const rally::Outcome &outcome, const std::optional<data::Transfer> &award) {
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
    if (award) {
        answer["awards"].push_back({{"transfer", award->request.id}, {"points", award->request.amount}, {"state", "posted"}});
    }
    answer["next"] = nullptr;
    if (outcome.verdict == rally::Verdict::more_fixes) {
        answer["next"] = {{"fixes", decision.fixes_wanted}, {"seconds_apart", decision.seconds_apart}};
    }
    return answer.dump();
}

/// Stamp and award of an accepted attempt. An award that the ledger does not create although the decision saw room for it is a mistake of ours.
std::optional<data::Transfer> write_stamp_and_award(data::WriteTransaction &books, const Case &attempt, const rally::Outcome &outcome) {
    const CheckInRequest &request = attempt.request;
    books.insert_stamp({request.rally, request.spot, request.member, attempt.period, attempt.id, attempt.now_us});
    if (outcome.award_points == 0) {
        return std::nullopt;
    }
    const std::string member = rally::member_account(request.member);
    books.ensure_account(member, "nin");
    data::TransferRequest transfer;
    transfer.id = award_id(request.rally, request.spot, request.member, attempt.period);
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
    return result.transfer;
}

void write_events(data::WriteTransaction &books, const Case &attempt, const std::optional<data::Transfer> &award) {
    const CheckInRequest &request = attempt.request;
    const ordered_json accepted{{"check_in", attempt.id}, {"rally", request.rally}, {"spot", request.spot}, {"member", request.member}};
    books.insert_event({attempt.id + "/accepted", "checkin.accepted", request.member, accepted.dump(), attempt.now_us});
    if (award) {
        const ordered_json awarded{
            {"transfer", award->request.id}, {"member", request.member}, {"rally", request.rally}, {"points", award->request.amount}};
        books.insert_event({attempt.id + "/awarded", "points.awarded", request.member, awarded.dump(), attempt.now_us});
    }
}

/// Decides and writes one new attempt, all inside the transaction that is given.
CheckInAnswer settle(data::WriteTransaction &books, const Case &attempt) {
    const rally::Outcome outcome =
        rally::decide(attempt.versioned->rally, attempt.spot, attempt.request.attempt, attempt.presence, read_history(books, attempt));
    std::optional<data::Transfer> award;
    if (outcome.stamp) {
        award = write_stamp_and_award(books, attempt, outcome);
        write_events(books, attempt, award);
    }
    CheckInAnswer answer;
    answer.body = answer_json(attempt, outcome, award);
    answer.location = "/checkins/" + attempt.id;
    answer.verdict = rally::verdict_name(outcome.verdict);
    answer.first_reason = outcome.reasons.empty() ? std::string_view() : rally::reason_code(outcome.reasons.front());
    books.insert_check_in({attempt.id, attempt.request.member, attempt.request.rally, attempt.request.spot, attempt.request.device, answer.verdict,
                           attempt.rules, attempt.spot.layer_revision, attempt.presence.decision.probability, evidence_json(attempt), answer.body,
                           attempt.now_us});
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
    std::exception_ptr refusal;
    try {
        attempt.emplace(prepare(m_snapshots, m_rallies, request, language, now_us));
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
        answer = settle(books, *attempt);
        books.store_answer(client, route, idempotency_key,
                           {request.body_hash, answer.status, nlohmann::json{{"Location", answer.location}}.dump(), answer.body}, now_us);
    });
    return answer;
}

} // namespace keyaki::server
