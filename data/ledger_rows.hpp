#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Rows of the ledger's tables, read and written one by one: what the parts of the ledger share. No rule is applied here. Inside the caller's
/// transaction; the caller's connection decides the thread. Error corrupt for a row that cannot be.
namespace keyaki::data {

struct ChainHead {
    std::uint64_t sequence = 0;
    std::int64_t time_us = 0;
    Hash hash{};
};

/// The columns that read_entry() takes, in its order, of `table`: the name or alias of ledger_entry.
[[nodiscard]] std::string entry_columns(std::string_view table);
[[nodiscard]] Transfer read_entry(const Statement &row);
/// The columns that read_account() takes, in its order.
constexpr std::string_view account_columns = "account_id, kind, unit, debits_posted, debits_pending, credits_posted, credits_pending";
[[nodiscard]] Account read_account(const Statement &row);

[[nodiscard]] ChainHead read_chain_head(Connection &connection);
[[nodiscard]] std::optional<Transfer> find_entry(Connection &connection, std::string_view transfer_id);
[[nodiscard]] std::optional<Transfer> find_entry(Connection &connection, std::uint64_t sequence);
/// The entry that ends the pending one; nothing while it waits.
[[nodiscard]] std::optional<Transfer> find_end(Connection &connection, std::uint64_t pending_sequence);
[[nodiscard]] std::optional<Account> find_account(Connection &connection, std::string_view account_id);
/// An account that an entry names. Error corrupt when it is not there.
[[nodiscard]] Account require_account(Connection &connection, std::string_view account_id);

/// When the next entry is of: not before the clock, and strictly after the newest entry; nothing where 64 bits end.
[[nodiscard]] std::optional<std::int64_t> time_of_next_entry(const ChainHead &head, std::int64_t now_us) noexcept;

/// Numbers, dates and seals the entry and makes it the head. The totals are the caller's.
Transfer append_entry(Connection &connection, Transfer entry, const ChainHead &head, std::int64_t time_us);
void write_totals(Connection &connection, const Account &account);

} // namespace keyaki::data
