#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// A shop takes a coupon.
struct Redemption {
    std::string shop;
    std::string code; ///< of the coupon
    std::string id;   ///< the till's own: the same again is the same redemption, whose answer was lost
};

struct RedemptionAnswer {
    std::string body;         ///< JSON: the coupon, without its member; empty for `is_id_reused`
    bool is_replayed = false; ///< it happened before, by the same id
    bool is_id_reused = false;
};

/// Redeems a coupon at its shop, once. `client` is whose id it is, `by` who stands in the audit log. Error not_found, or conflict with the reason:
/// another shop's, too late, redeemed before by another id. A refusal uses up no id. Any thread; returns when the answer is durable.
[[nodiscard]] RedemptionAnswer redeem_coupon(data::Store &store, const Redemption &redemption, std::string_view client, std::string_view by,
                                             std::int64_t now_us);

} // namespace keyaki::server
