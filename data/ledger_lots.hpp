#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Points that expire are held in lots: an entry that credits a member with an expiry is one, and is named by its sequence. Points of a member that
/// never expire are in none.
namespace keyaki::data {

struct Lot {
    std::uint64_t sequence = 0;
    std::int64_t expires_at_us = 0;
    std::int64_t rest = 0; ///< points that are left in it, > 0
};

/// What an entry takes from a lot (or, where it is below zero, gives back).
struct LotUse {
    std::uint64_t lot = 0;
    std::int64_t amount = 0;
    friend bool operator==(const LotUse &, const LotUse &) = default;
};

// Pure.
/// The earliest-expiring first (I12); of `first`, where it is given and has a rest, before all others: a reversal takes back what it reverses. What
/// the lots do not hold comes from points that never expire. `lots` by expiry and sequence.
[[nodiscard]] std::vector<LotUse> take_from_lots(const std::vector<Lot> &lots, std::int64_t amount, std::optional<std::uint64_t> first = {});
/// The other way round for `amount` of the `taken_in_all` points that `uses` were the expiring part of: what expires last is given back first.
[[nodiscard]] std::vector<LotUse> give_back_to_lots(const std::vector<LotUse> &uses, std::int64_t taken_in_all, std::int64_t amount);
/// The lots that have to expire before anything else may happen to a member's points, where the next entry is of `time_us`: each expiry is an entry
/// of its own and takes a microsecond. `lots` by expiry and sequence.
struct DueLots {
    std::size_t count = 0;
    std::int64_t points = 0;
};
[[nodiscard]] DueLots due_lots(const std::vector<Lot> &lots, std::int64_t time_us) noexcept;

// In the database; inside the caller's transaction.
/// A member's lots with a rest, by expiry and sequence.
[[nodiscard]] std::vector<Lot> open_lots(Connection &connection, std::string_view account_id);
void open_lot(Connection &connection, const Lot &lot);
/// Writes down what `entry` took or gave back, and what is left of each lot.
void use_lots(Connection &connection, std::uint64_t entry, const std::vector<LotUse> &uses);
/// What the entries took in all, after what they gave back, by expiry and sequence of the lots. `second` may be the same as `first`.
[[nodiscard]] std::vector<LotUse> uses_of(Connection &connection, std::uint64_t first, std::uint64_t second);

/// Expires the member's lots that are due at the time that the next entry has, earliest first, each by an entry of its own to `expired` (or
/// `expired/<unit>`), and writes `member`'s totals. How many it were.
std::size_t expire_lots(Connection &connection, Account &member, std::int64_t now_us);
/// The same for whoever has lots that are due, earliest first, at most `limit` lots or one member more.
std::size_t expire_due_lots(Connection &connection, std::int64_t now_us, std::size_t limit);

} // namespace keyaki::data
