#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"
#include "data/ledger_rows.hpp" // find_account()

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// The ledger's tables (data/sql/002-ledger.sql). Functions that change something run inside the caller's transaction or savepoint; the
/// caller's connection decides the thread.
namespace keyaki::data {

/// Error invalid_input for a unit that is money.
void refuse_money(std::string_view unit);

/// invalid_input for an id of no known kind, a unit of money or another one than the id says (unit_of_id()); conflict when the account exists with
/// another unit.
void ensure_account(Connection &connection, std::string_view account_id, std::string_view unit);
[[nodiscard]] std::vector<Account> accounts(Connection &connection); ///< by id

/// Idempotency, then failed ids, then the rules; on `created` the entry, both totals, the lots and the head are written together, after the expiry of
/// lots that were due; on a refusal the id is written down as failed, and nothing else. Error invalid_input (nothing written) for what
/// require_well_formed() refuses.
TransferResult transfer(Connection &connection, const TransferRequest &request, std::int64_t now_us);
/// The same; accounts of it that are not there are made with this unit when the transfer is created, and not when it is refused. Error as of
/// ensure_account() where such an account may not be made.
TransferResult transfer(Connection &connection, const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us);
/// What that would answer now. Writes nothing, and uses up no id.
[[nodiscard]] TransferOutcome foresee_transfer(Connection &connection, const TransferRequest &request, std::string_view unit_of_new,
                                               std::int64_t now_us);
/// Sum of the transfers whose ids begin so, whatever became of them later. \pre the prefix ends with '/'
[[nodiscard]] std::int64_t points_by_prefix(Connection &connection, std::string_view id_prefix);

/// Of the next entry: now, or just after the last entry where the clock stepped back since; the last there is where 64 bits end.
[[nodiscard]] std::int64_t ledger_time_us(Connection &connection, std::int64_t now_us);

/// Why the id was refused when it was first used; nothing for an id that never failed.
[[nodiscard]] std::optional<TransferOutcome> find_failed_outcome(Connection &connection, std::string_view transfer_id);
[[nodiscard]] std::optional<Transfer> find_transfer(Connection &connection, std::string_view transfer_id);

/// Entries that touch the account (all for an empty id), by sequence, after `after_sequence`, at most `limit`.
[[nodiscard]] std::vector<Transfer> transfers(Connection &connection, std::string_view account_id, std::uint64_t after_sequence, std::size_t limit);
[[nodiscard]] LedgerHead ledger_head(Connection &connection);

/// Sum of what budget:<rally> has awarded to member:<member> with time in [from_us, to_us), posted and pending alike: points that are held
/// for review use up a day's limit too, until they are voided or have expired. The time is that of the check-in behind the award: the ledger's own
/// runs on where a clock stepped back.
[[nodiscard]] std::int64_t points_awarded(Connection &connection, std::string_view member, std::string_view rally, std::int64_t from_us,
                                          std::int64_t to_us);

} // namespace keyaki::data
