#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"
#include "data/ledger_lots.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// How a new entry moves points between two accounts: what transfers and reversals share. Inside the caller's transaction.
namespace keyaki::data {

/// Two accounts as they will be when the entry is written: lots of the debited member that are due by then have expired.
struct Situation {
    std::optional<Account> debit;
    std::optional<Account> credit;
    std::optional<std::int64_t> time_us; ///< of the entry; nothing where 64 bits end
    std::size_t lots_due = 0;
    bool shop_takes_purpose = true; ///< where a member pays a shop: whether the shop's class takes points of that unit
};
[[nodiscard]] Situation look_at(Connection &connection, std::string_view debit_account, std::string_view credit_account, std::int64_t now_us);
[[nodiscard]] TransferOutcome decide_in(const TransferRequest &request, const Situation &situation) noexcept;

/// Which lots an entry touches beside the rule that the earliest-expiring go first.
struct LotWishes {
    std::optional<std::uint64_t> take_first; ///< the lot that is taken back
    std::vector<LotUse> give_back;           ///< to the credited member's lots; amounts below zero
};
/// Writes what decide_in() has found good: first the expiries that are due, then the entry, the totals of both accounts, and the lots.
Transfer write_move(Connection &connection, const TransferRequest &request, const Situation &situation, const LotWishes &wishes, std::int64_t now_us);

} // namespace keyaki::data
