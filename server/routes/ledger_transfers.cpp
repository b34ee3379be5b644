#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/flows/ledger_postings.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/ledger_json.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

data::TransferRequest parse_transfer(std::string_view body) {
    return read_object(body, "the transfer", [&](ObjectReader &fields) {
        data::TransferRequest request;
        request.id = read_transfer_id(fields);
        request.debit_account = fields.text("debit", max_ledger_name_bytes);
        request.credit_account = fields.text("credit", max_ledger_name_bytes);
        request.amount = fields.integer("amount", 1, INT64_MAX);
        request.code = fields.text("code", max_ledger_name_bytes);
        request.reference = fields.optional_text("reference", max_ledger_name_bytes).value_or("");
        request.pending = fields.optional_boolean("pending").value_or(false);
        request.timeout_s = fields.optional_integer("timeout_s", 0, max_pending_timeout_s).value_or(0);
        if (fields.has("expires_at")) {
            request.expires_at_us = fields.timestamp_us("expires_at");
        }
        if (request.debit_account.starts_with("issuer:")) {
            fields.refuse("debit", "points are issued by rallies and at the command line (keyaki ledger fund), not here");
        }
        return request;
    });
}

http::Response answer_transfer(Application &application, const http::Request &request) {
    if (auto refusal = refuse_ledger_body(application, request, {"ledger:write"}, {})) {
        return *std::move(refusal);
    }
    return answer_writing(application.store(), request,
                          [&] { return answer_of(post_transfer(application.store(), parse_transfer(request.body), now_us())); });
}

/// What may stand in the body of post, void and reverse; the body may be empty.
struct EndBody {
    std::optional<std::int64_t> amount;
    std::string reference;
};

EndBody parse_end(std::string_view body, bool takes_amount) {
    EndBody wanted;
    if (body.empty()) {
        return wanted;
    }
    return read_object(body, "the request", [&](ObjectReader &fields) {
        if (takes_amount) {
            wanted.amount = fields.optional_integer("amount", 1, INT64_MAX);
        }
        wanted.reference = fields.optional_text("reference", max_ledger_name_bytes).value_or("");
        return wanted;
    });
}

http::Response answer_end(Application &application, const http::Request &request, data::Ending ending) {
    if (auto refusal = refuse_ledger_body(application, request, {"ledger:write"}, {})) {
        return *std::move(refusal);
    }
    return answer_writing(application.store(), request, [&] {
        const EndBody body = parse_end(request.body, ending == data::Ending::post);
        data::EndResult result;
        application.store().write([&](data::WriteTransaction &books) {
            result = books.end_pending({std::string(request.params.at("id")), ending, body.amount, body.reference}, now_us());
        });
        return answer_of(result);
    });
}

http::Response answer_reversal(Application &application, const http::Request &request) {
    if (auto refusal = refuse_ledger_body(application, request, {"ledger:write"}, {})) {
        return *std::move(refusal);
    }
    return answer_writing(application.store(), request, [&] {
        const EndBody body = parse_end(request.body, false);
        data::ReverseResult result;
        application.store().write([&](data::WriteTransaction &books) {
            result = books.reverse({std::string(request.params.at("id")), body.reference}, now_us());
        });
        return answer_of(result);
    });
}

/// The transfer as it was made, and what became of it.
http::Response answer_one(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const auto transfer = application.store().find_transfer(request.params.at("id"));
    if (!transfer) {
        return http::problem(404, "Not Found", "There is no such transfer.");
    }
    ordered_json json = transfer_json(*transfer);
    if (transfer->state == data::TransferState::pending) {
        const auto end = application.store().find_end(transfer->sequence);
        json["end"] = end ? transfer_json(*end) : ordered_json(nullptr);
    }
    return private_ledger_json(200, json.dump());
}

/// Lines of the whole ledger, for programs that follow it.
http::Response answer_list(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after", "f"});
    const std::string_view format = request.query.find("f").value_or("json");
    if (format != "json" && format != "csv" && format != "jsonl") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("f: expected json, jsonl or csv, found \"{}\"", format.substr(0, 40)));
    }
    const std::int64_t limit = parse_limit(request.query.find("limit").value_or("100"), max_page_transfers);
    const auto transfers =
        application.store().transfers("", parse_sequence(request.query.find("after").value_or("0")), static_cast<std::size_t>(limit));
    std::string lines = format == "csv" ? transfer_csv_header() : "";
    ordered_json list = ordered_json::array();
    for (const data::Transfer &transfer : transfers) {
        if (format == "csv") {
            lines += transfer_csv(transfer);
        } else if (format == "jsonl") {
            lines += transfer_json(transfer).dump() + "\n";
        } else {
            list.push_back(transfer_json(transfer));
        }
    }
    if (format != "json") {
        return http::text(200, std::move(lines), format == "csv" ? "text/csv; charset=utf-8" : "application/jsonl")
            .with_cache_control("private, no-store");
    }
    ordered_json answer{{"transfers", std::move(list)}};
    const bool is_full = transfers.size() == static_cast<std::size_t>(limit);
    answer["next_after"] = is_full ? ordered_json(transfers.back().sequence) : ordered_json(nullptr);
    return private_ledger_json(200, answer.dump());
}

/// Pending transfers that wait, by deadline.
http::Response answer_waiting(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit"});
    const std::int64_t limit = parse_limit(request.query.find("limit").value_or("100"), max_page_transfers);
    ordered_json list = ordered_json::array();
    for (const data::Transfer &transfer : application.store().waiting_transfers(0, 0, static_cast<std::size_t>(limit))) {
        list.push_back(transfer_json(transfer));
    }
    return private_ledger_json(200, ordered_json{{"transfers", std::move(list)}}.dump());
}

constexpr const char *transfer_schema =
    R"({"type":"object","required":["id","debit","credit","amount","code"],"properties":{"id":{"type":"string"},"debit":{"type":"string"},)"
    R"("credit":{"type":"string"},"amount":{"type":"integer","minimum":1},"code":{"type":"string"},"reference":{"type":"string"},)"
    R"("pending":{"type":"boolean"},"timeout_s":{"type":"integer","minimum":0},"expires_at":{"type":"string","format":"date-time"}}})";

std::vector<http::AnswerDescription> posting_answers() {
    return {json_answer("It was there already, the same", R"({"type":"object"})"), json_answer("The entry", R"({"type":"object"})", 201)};
}

void add_ending(http::Router &router, Application &application, const std::string &word, data::Ending ending, const std::string &summary) {
    const bool takes_amount = ending == data::Ending::post;
    router.add(
        http::Method::post, "/ledger/transfers/{id}/" + word,
        [&application, ending](const http::Request &request) { return answer_end(application, request, ending); },
        {.body_limit_bytes = max_ledger_body_bytes,
         .name = "transfer-" + word,
         .shed_priority = http::ShedPriority::essential,
         .description = {.summary = summary,
                         .details = takes_amount ? "The body may name an amount, for a part, and a reference." : "The body may name a reference.",
                         .tag = "Ledger",
                         .parameters = {path_parameter("id", "The pending transfer's id, with %2F for each /")},
                         .bodies = {{.media_type = "application/json"}},
                         .answers = posting_answers(),
                         .scopes = {"ledger:write"}}});
}

void add_reading(http::Router &router, Application &application) {
    router.add(http::Method::get, "/ledger/transfers", [&application](const http::Request &request) { return answer_list(application, request); },
               {.name = "ledger-transfers",
                .description = {
                    .summary = "All entries by sequence, for export",
                    .tag = "Ledger",
                    .parameters =
                        {{.name = "limit",
                          .text = "Entries on one page; more than the maximum is the maximum.",
                          .schema = fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":100}})", max_page_transfers)},
                         {.name = "after", .text = "The sequence of the last one seen.", .schema = R"({"type":"integer","minimum":0,"default":0})"},
                         {.name = "f", .text = "The format.", .schema = R"({"type":"string","enum":["json","jsonl","csv"],"default":"json"})"}},
                    .answers = {json_answer("The entries")},
                    .scopes = {"ledger:read", "ledger:write"}}});
    router.add(http::Method::get, "/ledger/transfers/{id}", [&application](const http::Request &request) { return answer_one(application, request); },
               {.name = "transfer",
                .description = {.summary = "A transfer, and how it ended where it was pending",
                                .tag = "Ledger",
                                .parameters = {path_parameter("id", "The transfer's id, with %2F for each /")},
                                .answers = {json_answer("The transfer")},
                                .scopes = {"ledger:read", "ledger:write"}}});
    router.add(http::Method::get, "/ledger/waiting", [&application](const http::Request &request) { return answer_waiting(application, request); },
               {.name = "waiting-transfers",
                .description = {
                    .summary = "Pending transfers that wait, by deadline",
                    .tag = "Ledger",
                    .parameters = {{.name = "limit",
                                    .text = "Transfers; more than the maximum is the maximum.",
                                    .schema = fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":100}})", max_page_transfers)}},
                    .answers = {json_answer("The transfers")},
                    .scopes = {"ledger:read", "ledger:write"}}});
}

} // namespace

void add_ledger_transfer_routes(http::Router &router, Application &application) {
    add_reading(router, application);
    router.add(
        http::Method::post, "/ledger/transfers", [&application](const http::Request &request) { return answer_transfer(application, request); },
        {.body_limit_bytes = max_ledger_body_bytes,
         .name = "new-transfer",
         .shed_priority = http::ShedPriority::essential,
         .description = {.summary = "Moves points from one account to another",
                         .details = "The id is the key for ever: the same request again answers 200 with the entry that was made then, another "
                                    "request with it, or one whose id was refused before, 422.",
                         .tag = "Ledger",
                         .bodies = {{.media_type = "application/json", .schema = transfer_schema}},
                         .answers = posting_answers(),
                         .scopes = {"ledger:write"}}});
    add_ending(router, application, "post", data::Ending::post, "Posts a pending transfer, all of it or a part");
    add_ending(router, application, "void", data::Ending::cancel, "Voids a pending transfer: its points go back");
    router.add(http::Method::post, "/ledger/transfers/{id}/reverse",
               [&application](const http::Request &request) { return answer_reversal(application, request); },
               {.body_limit_bytes = max_ledger_body_bytes,
                .name = "transfer-reverse",
                .description = {.summary = "Reverses a posted transfer, once, by a new one the other way round",
                                .tag = "Ledger",
                                .parameters = {path_parameter("id", "The transfer's id, with %2F for each /")},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = posting_answers(),
                                .scopes = {"ledger:write"}}});
}

} // namespace keyaki::server
