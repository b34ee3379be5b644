#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/http/problem.hpp"
#include "server/ledger_json.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"
#include "server/routes/parameters.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

http::Response private_json(std::string body) { return http::json(200, std::move(body)).with_cache_control("private, no-store"); }

http::Response no_such_account() { return http::problem(404, "Not Found", "There is no such account."); }

http::Response answer_account(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const auto account = application.store().find_account(request.params.at("id"));
    return account ? private_json(account_json(*account).dump()) : no_such_account();
}

/// Entries by sequence; `after` is the sequence of the last one seen.
http::Response answer_transfers(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const std::int64_t limit = parse_limit(request.query.find("limit").value_or("100"), max_page_transfers);
    const std::string_view after_text = request.query.find("after").value_or("0");
    std::uint64_t after = 0;
    if (const auto [stop, failure] = std::from_chars(after_text.data(), after_text.data() + after_text.size(), after);
        failure != std::errc() || stop != after_text.data() + after_text.size()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("after: expected a transfer's sequence, found \"{}\"", after_text.substr(0, 40)));
    }
    const std::string_view id = request.params.at("id");
    if (!application.store().find_account(id)) {
        return no_such_account();
    }
    ordered_json transfers = ordered_json::array();
    std::uint64_t last = after;
    for (const data::Transfer &transfer : application.store().transfers(id, after, static_cast<std::size_t>(limit))) {
        transfers.push_back(transfer_json(transfer));
        last = transfer.sequence;
    }
    ordered_json answer{{"account", id}, {"transfers", std::move(transfers)}};
    answer["next_after"] = answer["transfers"].size() == static_cast<std::size_t>(limit) ? ordered_json(last) : ordered_json(nullptr);
    return private_json(answer.dump());
}

http::RouteDescription transfers_description() {
    return {
        .summary = "An account's transfers by sequence",
        .tag = "Ledger",
        .parameters = {path_parameter("id", "The account's id"),
                       {.name = "limit",
                        .text = "Transfers on one page; more than the maximum is the maximum.",
                        .schema = fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":100}})", max_page_transfers)},
                       {.name = "after", .text = "The sequence of the last one seen.", .schema = R"({"type":"integer","minimum":0,"default":0})"}},
        .answers = {json_answer("The transfers, and next_after where there may be more")},
        .scopes = {"ledger:read", "ledger:write"}};
}

} // namespace

void add_ledger_routes(http::Router &router, Application &application) {
    // Public: whoever keeps the head finds out a ledger that was put back to an older state.
    router.add(http::Method::get, "/ledger/head",
               [&application](const http::Request &request) {
                   request.query.require_known({});
                   return http::json(200, head_json(application.store().ledger_head()).dump()).with_cache_control("no-store");
               },
               {.name = "ledger-head",
                .description = {.summary = "Sequence and hash of the ledger's last entry", .tag = "Ledger", .answers = {json_answer("The head")}}});
    router.add(http::Method::get, "/ledger/accounts/{id}",
               [&application](const http::Request &request) { return answer_account(application, request); },
               {.name = "account",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "An account: posted, pending, available",
                                .tag = "Ledger",
                                .parameters = {path_parameter("id", "The account's id")},
                                .answers = {json_answer("The account")},
                                .scopes = {"ledger:read", "ledger:write"}}});
    router.add(http::Method::get, "/ledger/accounts/{id}/transfers",
               [&application](const http::Request &request) { return answer_transfers(application, request); },
               {.name = "transfers", .shed_priority = http::ShedPriority::essential, .description = transfers_description()});
}

} // namespace keyaki::server
