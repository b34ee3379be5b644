#include "server/flows/coupons.hpp"

#include "data/books.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The coupon, if this shop may take it now.
data::CouponGrant require_redeemable(data::PrizeBook &prizes, const Redemption &redemption, std::int64_t now_us) {
    const auto coupon = prizes.coupon(redemption.code);
    if (!coupon) {
        throw geo::Error(geo::ErrorKind::not_found, "there is no coupon of this code");
    }
    if (coupon->shop != redemption.shop) {
        throw geo::Error(geo::ErrorKind::conflict, "this coupon is of another shop");
    }
    if (coupon->redeemed_at_us) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("this coupon was redeemed at {}", format_rfc3339_jst(*coupon->redeemed_at_us)));
    }
    if (now_us >= coupon->valid_until_us) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("this coupon was valid until {}", format_rfc3339_jst(coupon->valid_until_us)));
    }
    return *coupon;
}

void write_down(data::WriteTransaction &transaction, const data::CouponGrant &coupon, std::string_view by, std::int64_t now_us) {
    transaction.books().prizes.redeem(coupon.code, by, now_us);
    const json detail{{"check_in", coupon.check_in}, {"shop", coupon.shop}};
    transaction.insert_audit({now_us, std::string(by), "coupon.redeem", coupon.rally, detail.dump(-1, ' ', false, json::error_handler_t::replace)});
    const ordered_json told{{"check_in", coupon.check_in}, {"member", coupon.member}, {"rally", coupon.rally}, {"shop", coupon.shop}};
    transaction.insert_event({coupon.check_in + "/redeemed", "coupon.redeemed", coupon.member, told.dump(), now_us});
}

} // namespace

RedemptionAnswer redeem_coupon(data::Store &store, const Redemption &redemption, std::string_view client, std::string_view by, std::int64_t now_us) {
    const std::string route = "coupons of " + redemption.shop;
    const std::string body_hash = data::to_hex(data::sha256(redemption.code));
    RedemptionAnswer answer;
    store.write([&](data::WriteTransaction &transaction) {
        if (const auto earlier = transaction.find_answer(client, route, redemption.id)) {
            answer.is_replayed = earlier->body_hash == body_hash;
            answer.is_id_reused = !answer.is_replayed;
            answer.body = answer.is_replayed ? earlier->body : "";
            return;
        }
        data::Books books = transaction.books();
        const data::CouponGrant coupon = require_redeemable(books.prizes, redemption, now_us);
        write_down(transaction, coupon, by, now_us);
        answer.body =
            ordered_json{{"code", coupon.code}, {"shop", coupon.shop}, {"title", coupon.title}, {"redeemed_at", format_rfc3339_jst(now_us)}}.dump();
        transaction.store_answer(client, route, redemption.id, {body_hash, 201, "{}", answer.body}, now_us);
    });
    return answer;
}

} // namespace keyaki::server
