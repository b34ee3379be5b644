#include "data/ledger_rules.hpp"

#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string>

namespace keyaki::data {
namespace {

using Kind = AccountKind;

constexpr KindPair pairs[] = {
    {Kind::issuer, Kind::budget, "fund", false},    {Kind::budget, Kind::issuer, "return", true},
    {Kind::budget, Kind::member, "award", false},   {Kind::member, Kind::budget, "take back", true},
    {Kind::budget, Kind::draw, "set aside", false}, {Kind::draw, Kind::budget, "not drawn", true},
    {Kind::draw, Kind::member, "prize", false},     {Kind::member, Kind::draw, "take back", true},
    {Kind::member, Kind::shop, "spend", false},     {Kind::shop, Kind::member, "refund", true},
    {Kind::shop, Kind::redeemed, "redeem", false},  {Kind::redeemed, Kind::shop, "redeemed wrongly", true},
    {Kind::member, Kind::expired, "expire", false}, {Kind::expired, Kind::member, "expired wrongly", true},
};

constexpr std::int64_t microseconds_per_second = 1'000'000;

/// Whether total + amount leaves the 64 bits that a column has. Posted and pending count together, so that posting never overflows later.
bool grows_past_the_end(std::int64_t posted, std::int64_t pending, std::int64_t amount) noexcept {
    std::int64_t sum = 0;
    return __builtin_add_overflow(posted, pending, &sum) || __builtin_add_overflow(sum, amount, &sum);
}

bool deadline_overflows(const TransferRequest &request, std::int64_t time_us) noexcept {
    std::int64_t deadline_us = 0;
    return __builtin_mul_overflow(request.timeout_s, microseconds_per_second, &deadline_us) ||
           __builtin_add_overflow(deadline_us, time_us, &deadline_us);
}

} // namespace

std::string_view account_kind_name(AccountKind kind) noexcept {
    switch (kind) {
    case AccountKind::issuer: return "issuer";
    case AccountKind::budget: return "budget";
    case AccountKind::member: return "member";
    case AccountKind::shop: return "shop";
    case AccountKind::redeemed: return "redeemed";
    case AccountKind::expired: return "expired";
    case AccountKind::draw: return "draw";
    }
    return "unknown";
}

std::span<const KindPair> allowed_kind_pairs() noexcept { return pairs; }

bool is_kind_pair_allowed(AccountKind debit, AccountKind credit) noexcept {
    return std::any_of(std::begin(pairs), std::end(pairs), [&](const KindPair &pair) { return pair.debit == debit && pair.credit == credit; });
}

TransferOutcome compare_requests(const TransferRequest &request, const TransferRequest &existing) noexcept {
    assert(request.id == existing.id);
    if (request.debit_account != existing.debit_account) {
        return TransferOutcome::exists_with_different_debit_account;
    }
    if (request.credit_account != existing.credit_account) {
        return TransferOutcome::exists_with_different_credit_account;
    }
    if (request.amount != existing.amount) {
        return TransferOutcome::exists_with_different_amount;
    }
    if (request.code != existing.code) {
        return TransferOutcome::exists_with_different_code;
    }
    if (request.reference != existing.reference) {
        return TransferOutcome::exists_with_different_reference;
    }
    if (request.pending != existing.pending) {
        return TransferOutcome::exists_with_different_pending;
    }
    if (request.timeout_s != existing.timeout_s) {
        return TransferOutcome::exists_with_different_timeout;
    }
    return request.expires_at_us == existing.expires_at_us ? TransferOutcome::exists : TransferOutcome::exists_with_different_expiry;
}

void require_well_formed(const TransferRequest &request) {
    static constexpr std::string_view own_ids[] = {"post/", "void/", "timeout/", "reverse/", "expire/"};
    if (std::any_of(std::begin(own_ids), std::end(own_ids), [&](std::string_view start) { return request.id.starts_with(start); })) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "the transfer id must not begin with " + request.id.substr(0, request.id.find('/') + 1) + ", which the ledger uses itself");
    }
    if (!request.id.empty()) {
        require_identifier("the transfer id", request.id);
    }
    require_identifier("the transfer code", request.code);
    if (!request.reference.empty()) {
        require_identifier("the transfer reference", request.reference);
    }
    if (request.timeout_s < 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "the timeout of a transfer must be 0 or more seconds, not " + std::to_string(request.timeout_s));
    }
    if (request.timeout_s > 0 && !request.pending) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "only a pending transfer has a timeout, but this one is not pending and has " + std::to_string(request.timeout_s) + " s");
    }
}

TransferOutcome decide_transfer(const TransferRequest &request, const Account *debit, const Account *credit, std::int64_t time_us,
                                bool shop_takes_purpose) noexcept {
    if (request.id.empty()) {
        return TransferOutcome::id_must_not_be_empty;
    }
    if (request.amount <= 0) {
        return TransferOutcome::amount_must_be_positive;
    }
    if (request.debit_account == request.credit_account) {
        return TransferOutcome::accounts_must_be_different;
    }
    if (debit == nullptr) {
        return TransferOutcome::debit_account_not_found;
    }
    if (credit == nullptr) {
        return TransferOutcome::credit_account_not_found;
    }
    assert(debit->id == request.debit_account && credit->id == request.credit_account);
    if (debit->unit != credit->unit) {
        return TransferOutcome::accounts_must_have_the_same_unit;
    }
    if (!is_kind_pair_allowed(debit->kind, credit->kind)) {
        return TransferOutcome::kind_pair_not_allowed;
    }
    if (debit->kind == AccountKind::member && credit->kind == AccountKind::shop && !shop_takes_purpose) {
        return TransferOutcome::purpose_not_allowed;
    }
    if (request.expires_at_us && credit->kind != AccountKind::member) {
        return TransferOutcome::expiry_not_allowed;
    }
    if (request.expires_at_us && *request.expires_at_us <= time_us) {
        return TransferOutcome::expiry_must_be_later;
    }
    if (debit->kind != AccountKind::issuer && debit->available() < request.amount) {
        return debit->kind == AccountKind::budget ? TransferOutcome::exceeds_budget : TransferOutcome::exceeds_credits;
    }
    const bool overflows = grows_past_the_end(debit->debits_posted, debit->debits_pending, request.amount) ||
                           grows_past_the_end(credit->credits_posted, credit->credits_pending, request.amount) ||
                           deadline_overflows(request, time_us);
    return overflows ? TransferOutcome::overflows : TransferOutcome::created;
}

void apply_transfer(const TransferRequest &request, Account &debit, Account &credit) noexcept {
    (request.pending ? debit.debits_pending : debit.debits_posted) += request.amount;
    (request.pending ? credit.credits_pending : credit.credits_posted) += request.amount;
}

std::optional<std::int64_t> next_entry_time(std::int64_t now_us, std::int64_t last_time_us) noexcept {
    if (last_time_us == std::numeric_limits<std::int64_t>::max()) {
        return std::nullopt;
    }
    return std::max(now_us, last_time_us + 1);
}

} // namespace keyaki::data
