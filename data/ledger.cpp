#include "data/ledger.hpp"

#include "data/identifier.hpp"

#include <utility>

namespace keyaki::data {

std::optional<AccountKind> account_kind_of(std::string_view account_id) noexcept {
    struct Form {
        std::string_view start;
        AccountKind kind;
    };
    static constexpr Form forms[] = {{"issuer:", AccountKind::issuer},
                                     {"budget:", AccountKind::budget},
                                     {"member:", AccountKind::member},
                                     {"shop:", AccountKind::shop},
                                     {"draw:", AccountKind::draw}};
    if (!is_identifier(account_id)) {
        return std::nullopt;
    }
    for (const auto &[name, kind] : {std::pair{std::string_view("redeemed"), AccountKind::redeemed}, {"expired", AccountKind::expired}}) {
        if (account_id == name || (account_id.starts_with(name) && account_id.size() > name.size() + 1 && account_id[name.size()] == '/')) {
            return kind;
        }
    }
    for (const Form &form : forms) {
        if (account_id.starts_with(form.start) && account_id.size() > form.start.size()) {
            return form.kind;
        }
    }
    return std::nullopt;
}

std::string_view owner_of(std::string_view account_id) noexcept {
    const std::size_t colon = account_id.find(':');
    const std::string_view name = colon == std::string_view::npos ? std::string_view() : account_id.substr(colon + 1);
    return name.substr(0, name.find('/'));
}

std::string account_for(std::string_view kind, std::string_view owner, std::string_view unit) {
    std::string account = std::string(kind) + ":" + std::string(owner);
    return unit == "nin" ? account : account + "/" + std::string(unit);
}

std::optional<std::string_view> unit_of_id(std::string_view account_id) noexcept {
    const std::optional<AccountKind> kind = account_kind_of(account_id);
    if (!kind || *kind == AccountKind::issuer || *kind == AccountKind::budget || *kind == AccountKind::draw) {
        return std::nullopt;
    }
    const std::size_t slash = account_id.find('/');
    return slash == std::string_view::npos ? "nin" : account_id.substr(slash + 1);
}

std::string_view transfer_outcome_name(TransferOutcome outcome) noexcept {
    switch (outcome) {
    case TransferOutcome::created: return "created";
    case TransferOutcome::exists: return "exists";
    case TransferOutcome::exists_with_different_debit_account: return "exists_with_different_debit_account";
    case TransferOutcome::exists_with_different_credit_account: return "exists_with_different_credit_account";
    case TransferOutcome::exists_with_different_amount: return "exists_with_different_amount";
    case TransferOutcome::exists_with_different_code: return "exists_with_different_code";
    case TransferOutcome::exists_with_different_reference: return "exists_with_different_reference";
    case TransferOutcome::exists_with_different_pending: return "exists_with_different_pending";
    case TransferOutcome::exists_with_different_timeout: return "exists_with_different_timeout";
    case TransferOutcome::exists_with_different_expiry: return "exists_with_different_expiry";
    case TransferOutcome::id_already_failed: return "id_already_failed";
    case TransferOutcome::id_must_not_be_empty: return "id_must_not_be_empty";
    case TransferOutcome::amount_must_be_positive: return "amount_must_be_positive";
    case TransferOutcome::accounts_must_be_different: return "accounts_must_be_different";
    case TransferOutcome::debit_account_not_found: return "debit_account_not_found";
    case TransferOutcome::credit_account_not_found: return "credit_account_not_found";
    case TransferOutcome::accounts_must_have_the_same_unit: return "accounts_must_have_the_same_unit";
    case TransferOutcome::kind_pair_not_allowed: return "kind_pair_not_allowed";
    case TransferOutcome::purpose_not_allowed: return "purpose_not_allowed";
    case TransferOutcome::expiry_not_allowed: return "expiry_not_allowed";
    case TransferOutcome::expiry_must_be_later: return "expiry_must_be_later";
    case TransferOutcome::exceeds_budget: return "exceeds_budget";
    case TransferOutcome::exceeds_credits: return "exceeds_credits";
    case TransferOutcome::overflows: return "overflows";
    }
    return "unknown";
}

std::string_view end_outcome_name(EndOutcome outcome) noexcept {
    switch (outcome) {
    case EndOutcome::created: return "created";
    case EndOutcome::exists: return "exists";
    case EndOutcome::exists_with_different_amount: return "exists_with_different_amount";
    case EndOutcome::exists_with_different_reference: return "exists_with_different_reference";
    case EndOutcome::transfer_not_found: return "transfer_not_found";
    case EndOutcome::transfer_not_pending: return "transfer_not_pending";
    case EndOutcome::already_posted: return "already_posted";
    case EndOutcome::already_voided: return "already_voided";
    case EndOutcome::already_expired: return "already_expired";
    case EndOutcome::time_not_over: return "time_not_over";
    case EndOutcome::amount_must_be_positive: return "amount_must_be_positive";
    case EndOutcome::exceeds_pending: return "exceeds_pending";
    case EndOutcome::overflows: return "overflows";
    }
    return "unknown";
}

std::string_view reverse_outcome_name(ReverseOutcome outcome) noexcept {
    switch (outcome) {
    case ReverseOutcome::created: return "created";
    case ReverseOutcome::exists: return "exists";
    case ReverseOutcome::exists_with_different_reference: return "exists_with_different_reference";
    case ReverseOutcome::transfer_not_found: return "transfer_not_found";
    case ReverseOutcome::transfer_not_posted: return "transfer_not_posted";
    case ReverseOutcome::correction_not_reversible: return "correction_not_reversible";
    case ReverseOutcome::exceeds_budget: return "exceeds_budget";
    case ReverseOutcome::exceeds_credits: return "exceeds_credits";
    case ReverseOutcome::overflows: return "overflows";
    }
    return "unknown";
}

} // namespace keyaki::data
