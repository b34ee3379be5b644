#include "server/routes/ledger_answers.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/http/problem.hpp"
#include "server/identifiers.hpp"
#include "server/ledger_json.hpp"
#include "server/limits.hpp"
#include "server/routes/json_body.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace keyaki::server {

namespace {

http::Response entry_answer(const data::Transfer &entry, bool is_new) {
    http::Response response = private_ledger_json(is_new ? 201 : 200, transfer_json(entry).dump());
    if (is_new) {
        response.headers.set("Location", "/ledger/transfers/" + http::percent_encode(entry.request.id));
    } else {
        response.headers.set("Idempotent-Replayed", "true");
    }
    return response;
}

/// "exceeds_credits" as a sentence and as "/problems/exceeds-credits".
http::Response refusal(int status, std::string_view outcome, std::string_view sentence) {
    std::string slug(outcome);
    std::replace(slug.begin(), slug.end(), '_', '-');
    http::Response response = http::problem(status, {}, sentence, slug);
    auto json = nlohmann::ordered_json::parse(response.text());
    json["outcome"] = outcome;
    response.body = std::make_shared<const std::string>(json.dump());
    return response;
}

std::string_view sentence_of(data::TransferOutcome outcome) {
    switch (outcome) {
    case data::TransferOutcome::id_already_failed: return "This id was refused before and stays refused: send a new transfer with a new id.";
    case data::TransferOutcome::debit_account_not_found: return "The account that is to pay is not there.";
    case data::TransferOutcome::credit_account_not_found: return "The account that is to be paid is not there.";
    case data::TransferOutcome::accounts_must_be_different: return "A transfer needs two different accounts.";
    case data::TransferOutcome::accounts_must_have_the_same_unit: return "Both accounts must hold points of the same purpose.";
    case data::TransferOutcome::kind_pair_not_allowed: return "Accounts of these kinds may not pay one another.";
    case data::TransferOutcome::purpose_not_allowed: return "This shop does not take points of this purpose.";
    case data::TransferOutcome::expiry_not_allowed: return "Only points of members expire.";
    case data::TransferOutcome::expiry_must_be_later: return "The points would have expired before they were given.";
    case data::TransferOutcome::exceeds_budget: return "The budget does not hold so many points.";
    case data::TransferOutcome::exceeds_credits: return "The account does not hold so many points.";
    default: return "The ledger refused the transfer.";
    }
}

std::string_view sentence_of(data::EndOutcome outcome) {
    switch (outcome) {
    case data::EndOutcome::transfer_not_found: return "There is no such transfer.";
    case data::EndOutcome::transfer_not_pending: return "The transfer does not wait: it was posted at once.";
    case data::EndOutcome::already_posted: return "The transfer was posted before.";
    case data::EndOutcome::already_voided: return "The transfer was voided before.";
    case data::EndOutcome::already_expired: return "The transfer's time is over: its points went back.";
    case data::EndOutcome::exceeds_pending: return "So many points were not reserved.";
    default: return "The ledger refused to end the transfer.";
    }
}

std::string_view sentence_of(data::ReverseOutcome outcome) {
    switch (outcome) {
    case data::ReverseOutcome::transfer_not_found: return "There is no such transfer.";
    case data::ReverseOutcome::transfer_not_posted: return "The transfer has moved no points: it waits, was voided or has expired.";
    case data::ReverseOutcome::correction_not_reversible: return "A reversal or an expiry is not reversed; give the points back by a new transfer.";
    case data::ReverseOutcome::exceeds_budget:
    case data::ReverseOutcome::exceeds_credits: return "The points are not there any more: they were spent on.";
    default: return "The ledger refused the reversal.";
    }
}

constexpr std::string_view other_request = "The same was asked before with another field; nothing was done now.";

bool is_about_other_fields(std::string_view outcome) { return outcome.starts_with("exists_with_different"); }

} // namespace

std::optional<http::Response> refuse_ledger_body(Application &application, const http::Request &request,
                                                 std::initializer_list<std::string_view> scopes, std::string_view shop) {
    const Authorisation who = authorise(application.access(), request, scopes, shop);
    if (who.refusal) {
        return who.refusal;
    }
    request.query.require_known({});
    if (!request.body.empty() && !has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "The body is sent as Content-Type: application/json.");
    }
    return std::nullopt;
}

std::string read_transfer_id(ObjectReader &fields) {
    std::string id = fields.text("id", max_ledger_name_bytes);
    if (auto refusal = refused_client_transfer_id(id)) {
        fields.refuse("id", *std::move(refusal));
    }
    return id;
}

http::Response answer_of(const data::TransferResult &result) {
    const std::string_view name = data::transfer_outcome_name(result.outcome);
    if (result.transfer) {
        return entry_answer(*result.transfer, result.outcome == data::TransferOutcome::created);
    }
    const bool lacks_points = result.outcome == data::TransferOutcome::exceeds_budget || result.outcome == data::TransferOutcome::exceeds_credits;
    return refusal(lacks_points ? 409 : 422, name, is_about_other_fields(name) ? other_request : sentence_of(result.outcome));
}

http::Response answer_of(const data::EndResult &result) {
    const std::string_view name = data::end_outcome_name(result.outcome);
    if (result.outcome == data::EndOutcome::created || result.outcome == data::EndOutcome::exists) {
        return entry_answer(*result.transfer, result.outcome == data::EndOutcome::created);
    }
    const int status = result.outcome == data::EndOutcome::transfer_not_found ? 404 : name.starts_with("already") ? 409 : 422;
    return refusal(status, name, is_about_other_fields(name) ? other_request : sentence_of(result.outcome));
}

http::Response answer_of(const data::ReverseResult &result) {
    const std::string_view name = data::reverse_outcome_name(result.outcome);
    if (result.outcome == data::ReverseOutcome::created || result.outcome == data::ReverseOutcome::exists) {
        return entry_answer(*result.transfer, result.outcome == data::ReverseOutcome::created);
    }
    const int status = result.outcome == data::ReverseOutcome::transfer_not_found ? 404 : is_about_other_fields(name) ? 422 : 409;
    return refusal(status, name, is_about_other_fields(name) ? other_request : sentence_of(result.outcome));
}

http::Response private_ledger_json(int status, std::string body) {
    return http::json(status, std::move(body)).with_cache_control("private, no-store");
}

std::uint64_t parse_sequence(std::string_view text) {
    std::uint64_t sequence = 0;
    const char *const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, sequence);
    if (failure != std::errc() || stop != end) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("after: expected a transfer's sequence, found \"{}\"", text.substr(0, 40)));
    }
    return sequence;
}

std::int64_t parse_instant(std::string_view name, std::string_view text) {
    const auto time_us = parse_rfc3339_us(text);
    if (!time_us) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected an instant such as 2026-04-12T10:00:00+09:00, found \"{}\"", name, text.substr(0, 40)));
    }
    return *time_us;
}

} // namespace keyaki::server
