#include "server/routes/routes.hpp"

#include "server/auth.hpp"
#include "server/flows/coupons.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

Redemption parse_redemption(std::string_view body, std::string_view shop) {
    return read_object(body, "the redemption", [&](ObjectReader &fields) {
        Redemption redemption;
        redemption.shop = shop;
        redemption.id = fields.text("id", max_idempotency_key_bytes);
        redemption.code = fields.text("code", max_ledger_name_bytes);
        return redemption;
    });
}

/// 201 with the coupon; 200 with Idempotent-Replayed where it was redeemed by this id before; 404, 409 with the reason, 422 for wrong fields and for
/// an id that came with another code.
http::Response answer_redemption(Application &application, const http::Request &request) {
    const std::string_view shop = request.params.at("shop");
    const Authorisation who = authorise(application.access(), request, {"ledger:spend", "ledger:write", "checkins:staff"}, shop);
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A redemption is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        const RedemptionAnswer answer = redeem_coupon(application.store(), parse_redemption(request.body, shop), who.client, who.author, now_us());
        if (answer.is_id_reused) {
            return http::problem(422, "Unprocessable Content", "This id came before with another code; nothing was done now.", "id-reused");
        }
        http::Response response = private_ledger_json(answer.is_replayed ? 200 : 201, answer.body);
        if (answer.is_replayed) {
            response.headers.set("Idempotent-Replayed", "true");
        }
        return response;
    });
}

constexpr const char *redemption_schema =
    R"({"type":"object","required":["id","code"],"properties":{"id":{"type":"string"},"code":{"type":"string"}}})";

} // namespace

void add_coupon_routes(http::Router &router, Application &application) {
    router.add(http::Method::post, "/ledger/shops/{shop}/coupons",
               [&application](const http::Request &request) { return answer_redemption(application, request); },
               {.body_limit_bytes = max_ledger_body_bytes,
                .name = "coupon-redemption",
                .shed_priority = http::ShedPriority::essential,
                .description = {
                    .summary = "A shop redeems a member's coupon, once",
                    .details = "A key with ledger:spend:SHOP may do so for that shop alone. The same id again is the same redemption.",
                    .tag = "Ledger",
                    .parameters = {path_parameter("shop", "The shop's name, as the coupon says it")},
                    .bodies = {{.media_type = "application/json", .schema = redemption_schema}},
                    .answers = {json_answer("It was redeemed by this id before"), json_answer("The coupon, redeemed", R"({"type":"object"})", 201)},
                    .scopes = {"ledger:spend", "ledger:write", "checkins:staff"}}});
}

} // namespace keyaki::server
