#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/flows/ledger_postings.hpp"
#include "server/http/problem.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/ledger_json.hpp"
#include "server/limits.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

Spending parse_spending(std::string_view body, std::string_view shop) {
    return read_object(body, "the payment", [&](ObjectReader &fields) {
        Spending spending;
        spending.shop = shop;
        spending.id = read_transfer_id(fields);
        spending.member = fields.text("member", 64);
        if (!spending.member.empty() && !is_pseudonym(spending.member)) {
            fields.refuse("member", "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        spending.purpose = fields.optional_text("purpose", max_ledger_name_bytes).value_or("nin");
        spending.amount = fields.integer("amount", 1, INT64_MAX);
        spending.reference = fields.optional_text("reference", max_ledger_name_bytes).value_or("");
        spending.pending = fields.optional_boolean("pending").value_or(false);
        spending.timeout_s = fields.optional_integer("timeout_s", 0, max_pending_timeout_s).value_or(0);
        return spending;
    });
}

http::Response answer_spending(Application &application, const http::Request &request) {
    const std::string_view shop = request.params.at("shop");
    if (auto refusal = refuse_ledger_body(application, request, {"ledger:spend", "ledger:write"}, shop)) {
        return *std::move(refusal);
    }
    return answer_writing(application.store(), request,
                          [&] { return answer_of(post_transfer(application.store(), transfer_of(parse_spending(request.body, shop)), now_us())); });
}

http::Response answer_statement(Application &application, const http::Request &request) {
    const std::string_view shop = request.params.at("shop");
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write", "ledger:spend"}, shop);
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"from", "to", "f"});
    const std::string_view format = request.query.find("f").value_or("json");
    const auto from = request.query.find("from");
    const auto to = request.query.find("to");
    if ((format != "json" && format != "csv") || !from || !to) {
        throw geo::Error(geo::ErrorKind::invalid_input, "a statement needs from and to as instants, and f, where it is given, json or csv");
    }
    const std::int64_t from_us = parse_instant("from", *from);
    const std::int64_t to_us = parse_instant("to", *to);
    if (to_us <= from_us || to_us - from_us > max_statement_days * day_us) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("to: expected an instant after from, and at most {} days later", max_statement_days));
    }
    const data::ShopStatement statement = application.store().shop_statement(shop, from_us, to_us);
    if (statement.accounts.empty()) {
        return http::problem(404, "Not Found", "This shop has no account.");
    }
    return format == "csv" ? http::text(200, statement_csv(statement), "text/csv; charset=utf-8").with_cache_control("private, no-store")
                           : private_ledger_json(200, statement_json(statement).dump());
}

http::Response answer_shops(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"ledger:read", "ledger:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    ordered_json shops = ordered_json::array();
    for (const data::Shop &shop : application.store().shops()) {
        shops.push_back({{"shop", shop.name}, {"class", shop.shop_class}});
    }
    ordered_json purposes = ordered_json::array();
    for (const data::PurposeClass &purpose : application.store().purpose_classes()) {
        purposes.push_back({{"purpose", purpose.purpose}, {"class", purpose.shop_class}});
    }
    return private_ledger_json(200, ordered_json{{"shops", std::move(shops)}, {"purposes", std::move(purposes)}}.dump());
}

constexpr const char *spending_schema =
    R"({"type":"object","required":["id","member","amount"],"properties":{"id":{"type":"string"},"member":{"type":"string"},)"
    R"("purpose":{"type":"string","default":"nin"},"amount":{"type":"integer","minimum":1},"reference":{"type":"string"},)"
    R"("pending":{"type":"boolean"},"timeout_s":{"type":"integer","minimum":0}}})";

} // namespace

void add_ledger_shop_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/ledger/shops", [&application](const http::Request &request) { return answer_shops(application, request); },
               {.name = "ledger-shops",
                .description = {.summary = "Shops with their classes, and which class takes points of which purpose",
                                .tag = "Ledger",
                                .answers = {json_answer("Shops and purposes")},
                                .scopes = {"ledger:read", "ledger:write"}}});
    router.add(
        http::Method::post, "/ledger/shops/{shop}/payments",
        [&application](const http::Request &request) { return answer_spending(application, request); },
        {.body_limit_bytes = max_ledger_body_bytes,
         .name = "shop-payment",
         .shed_priority = http::ShedPriority::essential,
         .description = {.summary = "A member pays a shop with points",
                         .details = "A key with ledger:spend:SHOP may do so for that shop alone. The id is the key for ever, as for transfers.",
                         .tag = "Ledger",
                         .parameters = {path_parameter("shop", "The shop's name, as in shop:NAME")},
                         .bodies = {{.media_type = "application/json", .schema = spending_schema}},
                         .answers = {json_answer("It was there already, the same"), json_answer("The entry", R"({"type":"object"})", 201)},
                         .scopes = {"ledger:spend", "ledger:write"}}});
    router.add(
        http::Method::get, "/ledger/shops/{shop}/statement",
        [&application](const http::Request &request) { return answer_statement(application, request); },
        {.name = "shop-statement",
         .description = {
             .summary = "What a shop took and was paid: opening balance, lines, closing balance, for each purpose",
             .tag = "Ledger",
             .parameters =
                 {path_parameter("shop", "The shop's name, as in shop:NAME"),
                  {.name = "from", .text = "The first instant.", .schema = R"({"type":"string","format":"date-time"})", .is_required = true},
                  {.name = "to", .text = "The first instant after.", .schema = R"({"type":"string","format":"date-time"})", .is_required = true},
                  {.name = "f", .text = "The format.", .schema = R"({"type":"string","enum":["json","csv"],"default":"json"})"}},
             .answers = {json_answer("The statement")},
             .scopes = {"ledger:read", "ledger:write", "ledger:spend"}}});
}

} // namespace keyaki::server
