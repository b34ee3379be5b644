#include "data/ledger_reversal.hpp"

#include "data/identifier.hpp"
#include "data/ledger_moves.hpp"
#include "data/ledger_rows.hpp"
#include "geo/error.hpp"

#include <cassert>
#include <string>
#include <utility>

namespace keyaki::data {
namespace {

/// The entry that moved the points of this transfer; nothing where none did.
std::optional<Transfer> posting_of(Connection &connection, const Transfer &entry) {
    if (entry.state != TransferState::pending) {
        return entry.state == TransferState::posted ? std::optional(entry) : std::nullopt;
    }
    std::optional<Transfer> end = find_end(connection, entry.sequence);
    return end && end->state == TransferState::posted ? end : std::nullopt;
}

bool is_correction(const Transfer &entry) { return entry.request.id.starts_with("reverse/") || entry.request.id.starts_with("expire/"); }

ReverseOutcome outcome_of(TransferOutcome outcome) {
    switch (outcome) {
    case TransferOutcome::created: return ReverseOutcome::created;
    case TransferOutcome::exceeds_budget: return ReverseOutcome::exceeds_budget;
    case TransferOutcome::exceeds_credits: return ReverseOutcome::exceeds_credits;
    case TransferOutcome::overflows: return ReverseOutcome::overflows;
    default:
        // Every pair of kinds has its way back, and the accounts are those of an entry.
        throw geo::Error(geo::ErrorKind::internal, "a reversal was refused as " + std::string(transfer_outcome_name(outcome)));
    }
}

TransferRequest reversing_request(const Transfer &posting, const std::string &reference) {
    TransferRequest back;
    back.id = "reverse/" + std::to_string(posting.sequence);
    back.debit_account = posting.request.credit_account;
    back.credit_account = posting.request.debit_account;
    back.amount = posting.request.amount;
    back.code = "reverse";
    back.reference = reference;
    return back;
}

} // namespace

ReverseResult reverse(Connection &connection, const ReverseRequest &request, std::int64_t now_us) {
    assert(connection.in_transaction());
    if (!request.reference.empty()) {
        require_identifier("the reference of a reversal", request.reference);
    }
    const std::optional<Transfer> entry = find_entry(connection, request.transfer_id);
    if (!entry) {
        return {ReverseOutcome::transfer_not_found, std::nullopt};
    }
    const std::optional<Transfer> posting = posting_of(connection, *entry);
    if (!posting) {
        return {ReverseOutcome::transfer_not_posted, std::nullopt};
    }
    if (is_correction(*posting)) {
        return {ReverseOutcome::correction_not_reversible, std::nullopt};
    }
    const TransferRequest back = reversing_request(*posting, request.reference.empty() ? request.transfer_id : request.reference);
    if (std::optional<Transfer> existing = find_entry(connection, back.id)) {
        const bool is_same = existing->request.reference == back.reference;
        return {is_same ? ReverseOutcome::exists : ReverseOutcome::exists_with_different_reference, std::move(existing)};
    }
    Situation situation = look_at(connection, back.debit_account, back.credit_account, now_us);
    situation.shop_takes_purpose = true; // a refund that was a mistake goes back to whoever paid it, whatever the shop takes today
    const TransferOutcome outcome = decide_in(back, situation);
    if (outcome != TransferOutcome::created) {
        return {outcome_of(outcome), std::nullopt};
    }
    LotWishes wishes;
    wishes.take_first = posting->sequence;
    for (const LotUse &use : uses_of(connection, posting->sequence, posting->resolves.value_or(posting->sequence))) {
        wishes.give_back.push_back({use.lot, -use.amount});
    }
    return {ReverseOutcome::created, write_move(connection, back, situation, wishes, now_us)};
}

} // namespace keyaki::data
