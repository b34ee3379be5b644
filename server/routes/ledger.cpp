#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/auth.hpp"
#include "server/http/problem.hpp"
#include "server/ledger_json.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

http::Response no_such_account() { return http::problem(404, "Not Found", "There is no such account."); }

http::Response answer_account(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"at"});
    const std::string_view id = request.params.at("id");
    const auto at = request.query.find("at");
    const auto account = at ? application.store().account_at(id, parse_instant("at", *at)) : application.store().find_account(id);
    return account ? private_ledger_json(200, account_json(*account).dump()) : no_such_account();
}

/// Entries by sequence; `after` is the sequence of the last one seen.
http::Response answer_transfers(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const std::int64_t limit = parse_limit(request.query.find("limit").value_or("100"), max_page_transfers);
    const std::uint64_t after = parse_sequence(request.query.find("after").value_or("0"));
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
    return private_ledger_json(200, answer.dump());
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
                .description = {
                    .summary = "An account: posted, pending, available",
                    .tag = "Ledger",
                    .parameters = {path_parameter("id", "The account's id"),
                                   {.name = "at", .text = "As it was then; now without.", .schema = R"({"type":"string","format":"date-time"})"}},
                    .answers = {json_answer("The account")},
                    .scopes = {"ledger:read", "ledger:write"}}});
    router.add(http::Method::get, "/ledger/accounts/{id}/transfers",
               [&application](const http::Request &request) { return answer_transfers(application, request); },
               {.name = "transfers", .shed_priority = http::ShedPriority::essential, .description = transfers_description()});
}

} // namespace keyaki::server
