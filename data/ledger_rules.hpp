#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The pure part of the ledger: no clock, no database. Everything here may be called from any thread.
namespace keyaki::data {

/// "issuer", "budget", … as in account ids and in the database.
[[nodiscard]] std::string_view account_kind_name(AccountKind kind) noexcept;

/// One line of the table of who may pay whom.
struct KindPair {
    AccountKind debit;
    AccountKind credit;
    std::string_view meaning; ///< in one or two words
    bool correction;          ///< the way back of another line: a correction is a new transfer the other way round (I18)
};

/// The whole table. What is not here is refused: above all member to member, and any two accounts of one kind (I13).
[[nodiscard]] std::span<const KindPair> allowed_kind_pairs() noexcept;
[[nodiscard]] bool is_kind_pair_allowed(AccountKind debit, AccountKind credit) noexcept;

/// Idempotency: `exists` when both say the same, otherwise the first field that differs, in the order of TransferOutcome.
[[nodiscard]] TransferOutcome compare_requests(const TransferRequest &request, const TransferRequest &existing) noexcept;

/// What no outcome has a name for and no client may send: an id, code or reference that breaks the rule of identifier.hpp, an id that begins as
/// those do which the ledger gives itself ("post/", "void/", "timeout/", "reverse/", "expire/"), a negative timeout, a timeout without `pending`.
/// Error invalid_input. An empty transfer id and an empty reference pass.
void require_well_formed(const TransferRequest &request);

/// The checks after idempotency, in the order of TransferOutcome. Accounts that do not exist are nullptr; `time_us` is the time that the
/// entry would get; `shop_takes_purpose` matters only where a member pays a shop. `created` means: may be applied.
[[nodiscard]] TransferOutcome decide_transfer(const TransferRequest &request, const Account *debit, const Account *credit, std::int64_t time_us,
                                              bool shop_takes_purpose = true) noexcept;

/// Moves the points of a transfer that decide_transfer() has found good: posted or pending columns of both accounts.
void apply_transfer(const TransferRequest &request, Account &debit, Account &credit) noexcept;

/// Strictly after `last_time_us`, and not before the clock: nothing where 64 bits end.
[[nodiscard]] std::optional<std::int64_t> next_entry_time(std::int64_t now_us, std::int64_t last_time_us) noexcept;

} // namespace keyaki::data
