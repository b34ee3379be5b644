#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Makes a transfer. The account that is credited is made where it is not there yet and the one that is debited is: a member's, a draw's, that of a
/// shop with a class, or where points are redeemed; only where its id says the unit of these points, and only where the transfer is created: a
/// refusal leaves no empty account behind. Any thread; returns when the answer is durable.
[[nodiscard]] data::TransferResult post_transfer(data::Store &store, const data::TransferRequest &request, std::int64_t now_us);

/// A member pays a shop.
struct Spending {
    std::string id;
    std::string member;
    std::string shop;
    std::string purpose = "nin"; ///< the unit of the points
    std::int64_t amount = 0;
    std::string reference;
    bool pending = false;
    std::int64_t timeout_s = 0;
};
[[nodiscard]] data::TransferRequest transfer_of(const Spending &spending);

/// Issues points into a budget: issuer:chamber pays, and both accounts are made where they are not there and the
/// transfer is created.
[[nodiscard]] data::TransferResult fund_budget(data::Store &store, std::string_view id, std::string_view budget, std::int64_t amount,
                                               std::string_view purpose, std::string_view reference, std::int64_t now_us);

} // namespace keyaki::server
