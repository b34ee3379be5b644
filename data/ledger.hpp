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
    std::string
        id; ///< "issuer:chamber", "budget:<rally>", "member:<pseudonym>", "shop:<id>", "redeemed", "expired", "draw:<id>"; "…/<unit>" for a purpose
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

/// The account's name without its kind and purpose: "bakery" for "shop:bakery/childcare".
[[nodiscard]] std::string_view owner_of(std::string_view account_id) noexcept;
/// "shop:bakery", and "shop:bakery/childcare" for points of a purpose; so for members and issuers.
[[nodiscard]] std::string account_for(std::string_view kind, std::string_view owner, std::string_view unit);
/// The unit that the id of a member, a shop, `redeemed` or `expired` says: the purpose behind its slash, "nin" without one. Nothing for issuers,
/// budgets and draws, which are of the unit that they were made with, and for ids of no known form.
[[nodiscard]] std::optional<std::string_view> unit_of_id(std::string_view account_id) noexcept;

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
    purpose_not_allowed,  ///< shops of this class do not take points of this purpose, or the shop has no class
    expiry_not_allowed,   ///< only points of members expire
    expiry_must_be_later, ///< than the entry itself
    exceeds_budget,       ///< a budget account would go below zero
    exceeds_credits,      ///< any other account would go below zero
    overflows,
};
[[nodiscard]] std::string_view transfer_outcome_name(TransferOutcome outcome) noexcept;

/// What an entry does. A pending one reserves; it is ended, once, by a posted, voided or expired one that names it in `resolves`.
enum class TransferState : std::uint8_t { posted, pending, voided, expired };

/// An entry of the ledger, never edited.
struct Transfer {
    std::uint64_t sequence = 0; ///< gapless from 1
    TransferRequest request;
    TransferState state = TransferState::posted;
    std::optional<std::uint64_t> resolves; ///< the sequence of the pending entry that this one ends
    std::string unit;                      ///< of both accounts
    std::int64_t time_us = 0;              ///< strictly increasing along sequence, also when the clock steps back
    Hash hash{};                           ///< SHA-256(previous hash, canonical entry); the first entry's previous hash is 32 zero bytes
};

struct TransferResult {
    TransferOutcome outcome = TransferOutcome::created;
    std::optional<Transfer> transfer; ///< for created and exists
};

/// How a pending transfer ends: its points move (all of them, or a part, and the rest goes back), go back because somebody decided so, or go back
/// because its time is over.
enum class Ending : std::uint8_t { post, cancel, time_out };

/// What somebody asks to become of a pending transfer. Its end has an id of its own, "post/17", "void/17" or "timeout/17" with the sequence of the
/// pending entry, so that the same request again finds what it did.
struct EndRequest {
    std::string transfer_id; ///< of the pending transfer
    Ending ending = Ending::post;
    std::optional<std::int64_t> amount; ///< points to post; nothing for all. Only for Ending::post
    std::string reference;              ///< the review or sale behind it; empty: that of the pending transfer
};

/// The ledger's answer, checked in this order. A refusal changes nothing and may be asked again, unlike that of a new transfer: no id is used up.
enum class EndOutcome : std::uint8_t {
    created,
    exists, ///< it has ended just so before
    exists_with_different_amount,
    exists_with_different_reference,
    transfer_not_found,
    transfer_not_pending, ///< it was posted at once, or is an end itself
    already_posted,
    already_voided,
    already_expired, ///< also where the time was over and nobody had said so yet: that is written down with this answer
    time_not_over,   ///< only for Ending::time_out
    amount_must_be_positive,
    exceeds_pending,
    overflows,
};
[[nodiscard]] std::string_view end_outcome_name(EndOutcome outcome) noexcept;

struct EndResult {
    EndOutcome outcome = EndOutcome::created;
    std::optional<Transfer> transfer; ///< the entry that ends it, for created, exists… and already_…
    bool is_new = false;              ///< that entry was written now: for created, and where already_expired had to be written down first
};

/// A correction: all points of a posted transfer, back again, as a new transfer with the id "reverse/17".
struct ReverseRequest {
    std::string transfer_id; ///< posted, or pending and then posted
    std::string reference;   ///< why; empty: the id of the reversed transfer
};

/// In the order of checks. A refusal changes nothing and may be asked again.
enum class ReverseOutcome : std::uint8_t {
    created,
    exists, ///< it was reversed before, and is not reversed twice
    exists_with_different_reference,
    transfer_not_found,
    transfer_not_posted,       ///< it waits, was voided or has expired
    correction_not_reversible, ///< a reversal itself, or an expiry of points: give them back by a transfer from expired
    exceeds_budget,
    exceeds_credits, ///< the points have been spent on
    overflows,
};
[[nodiscard]] std::string_view reverse_outcome_name(ReverseOutcome outcome) noexcept;

struct ReverseResult {
    ReverseOutcome outcome = ReverseOutcome::created;
    std::optional<Transfer> transfer; ///< the reversing entry, for created and exists
};

struct LedgerHead {
    std::uint64_t sequence = 0; ///< 0 and a zero hash for an empty ledger
    Hash hash{};
};

/// A shop and what it is; and a class of shops that takes points of a purpose (a unit). Points of unit "nin" are taken by all.
struct Shop {
    std::string name;       ///< as in "shop:<name>"
    std::string shop_class; ///< "general", "childcare", …
};
struct PurposeClass {
    std::string purpose;
    std::string shop_class;
};

/// What an independent recomputation from the entries alone found. No problems = every entry, total and invariant holds.
struct LedgerReport {
    LedgerHead head;
    std::uint64_t accounts = 0;
    std::uint64_t transfers = 0;
    std::vector<std::string> problems; ///< sentences that name sequence, account and both values; at most 100
};

} // namespace keyaki::data
