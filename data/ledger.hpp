#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::data {

using Hash = std::array<std::uint8_t, 32>; ///< SHA-256

enum class AccountKind : std::uint8_t { issuer, budget, member, shop, redeemed, expired, draw };

/// Points are whole numbers; there is no unit yen. All four totals are >= 0 and the posted ones only grow.
struct Account {
    std::string id; ///< "issuer:chamber", "budget:<rally>", "member:<pseudonym>", "shop:<id>", "redeemed", "expired", "draw:<id>"
    AccountKind kind = AccountKind::member;
    std::string unit = "nin"; ///< "nin" points, or a purpose
    std::int64_t debits_posted = 0;
    std::int64_t debits_pending = 0;
    std::int64_t credits_posted = 0;
    std::int64_t credits_pending = 0;

    /// What may still be paid from it (I3): >= 0 for every kind but the issuer.
    [[nodiscard]] std::int64_t available() const noexcept { return credits_posted - debits_posted - debits_pending; }
    [[nodiscard]] std::int64_t posted() const noexcept { return credits_posted - debits_posted; }
};

/// The kind that an account id says, or nothing where the id is not of a known form.
[[nodiscard]] std::optional<AccountKind> account_kind_of(std::string_view account_id) noexcept;

/// What somebody asks the ledger to do. `id` is the idempotency key for ever.
struct TransferRequest {
    std::string id;
    std::string debit_account;
    std::string credit_account;
    std::int64_t amount = 0; ///< points, > 0
    std::string code;        ///< "fund", "award", "spend", …: why
    std::string reference;   ///< the check-in, rally version or document behind it; may be empty
    bool pending = false;    ///< reserve only; to be posted, voided or expired later
    std::int64_t timeout_s = 0;
    std::optional<std::int64_t> expires_at_us; ///< of the points, as Unix time (lots)
};

/// The ledger's answer, checked in this order; a refused id stays refused (`id_already_failed`).
enum class TransferOutcome : std::uint8_t {
    created,
    exists, ///< the same id with the same content: nothing moved now
    exists_with_different_debit_account,
    exists_with_different_credit_account,
    exists_with_different_amount,
    exists_with_different_code,
    exists_with_different_reference,
    exists_with_different_pending,
    exists_with_different_timeout,
    exists_with_different_expiry,
    id_already_failed,
    id_must_not_be_empty,
    amount_must_be_positive,
    accounts_must_be_different,
    debit_account_not_found,
    credit_account_not_found,
    accounts_must_have_the_same_unit,
    kind_pair_not_allowed,
    exceeds_budget,  ///< a budget account would go below zero
    exceeds_credits, ///< any other account would go below zero
    overflows,
};
[[nodiscard]] std::string_view transfer_outcome_name(TransferOutcome outcome) noexcept;

enum class TransferState : std::uint8_t { posted, pending };

/// An entry of the ledger, never edited.
struct Transfer {
    std::uint64_t sequence = 0; ///< gapless from 1
    TransferRequest request;
    TransferState state = TransferState::posted;
    std::int64_t time_us = 0; ///< strictly increasing along sequence, also when the clock steps back
    Hash hash{};              ///< SHA-256(previous hash, canonical entry); the first entry's previous hash is 32 zero bytes
};

struct TransferResult {
    TransferOutcome outcome = TransferOutcome::created;
    std::optional<Transfer> transfer; ///< for created and exists
};

struct LedgerHead {
    std::uint64_t sequence = 0; ///< 0 and a zero hash for an empty ledger
    Hash hash{};
};

/// What an independent recomputation from the entries alone found. No problems = every entry, total and invariant holds.
struct LedgerReport {
    LedgerHead head;
    std::uint64_t accounts = 0;
    std::uint64_t transfers = 0;
    std::vector<std::string> problems; ///< sentences that name sequence, account and both values; at most 100
};

} // namespace keyaki::data
