#pragma once

#include "data/database.hpp"
#include "data/ledger_report.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Questions about the past, answered from the entries alone and not from the stored totals.
namespace keyaki::data {

/// The account as it was after the last entry with time <= at_us; nothing for an unknown account.
[[nodiscard]] std::optional<Account> account_at(Connection &connection, std::string_view account_id, std::int64_t at_us);
/// Lines of one statement: each takes half a kilobyte as JSON, and a shop with more in a year asks for its months.
inline constexpr std::size_t statement_lines_max = 50'000;
/// Error invalid_input where there are more lines.
[[nodiscard]] ShopStatement shop_statement(Connection &connection, std::string_view shop, std::int64_t from_us, std::int64_t to_us);

} // namespace keyaki::data
