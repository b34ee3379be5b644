#include "data/ledger_moves.hpp"

#include "data/ledger_pending.hpp"
#include "data/ledger_purposes.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_rules.hpp"
#include "data/ledger_store.hpp"

#include <cassert>
#include <limits>

namespace keyaki::data {
namespace {

void take_lots(Connection &connection, const Transfer &entry, const LotWishes &wishes) {
    const std::vector<Lot> lots = open_lots(connection, entry.request.debit_account);
    use_lots(connection, entry.sequence, take_from_lots(lots, entry.request.amount, wishes.take_first));
}

/// Lots that a member gets, anew or back. What is given back to a lot that is over by now expires at once.
void give_lots(Connection &connection, const Transfer &entry, const LotWishes &wishes, Account &member, std::int64_t now_us) {
    use_lots(connection, entry.sequence, wishes.give_back);
    if (entry.request.expires_at_us && entry.state == TransferState::posted) {
        open_lot(connection, {entry.sequence, *entry.request.expires_at_us, entry.request.amount});
    }
    if (!wishes.give_back.empty()) {
        expire_lots(connection, member, now_us);
    }
}

} // namespace

Situation look_at(Connection &connection, std::string_view debit_account, std::string_view credit_account, std::int64_t now_us) {
    Situation situation;
    situation.debit = find_account(connection, debit_account);
    situation.credit = find_account(connection, credit_account);
    situation.time_us = time_of_next_entry(read_chain_head(connection), now_us);
    if (!situation.debit || !situation.time_us || situation.debit->kind != AccountKind::member) {
        return situation;
    }
    const DueLots due = due_lots(open_lots(connection, debit_account), *situation.time_us);
    situation.lots_due = due.count;
    situation.debit->debits_posted += due.points;
    *situation.time_us += static_cast<std::int64_t>(due.count);
    if (situation.credit && situation.credit->kind == AccountKind::shop) {
        situation.shop_takes_purpose = shop_takes(connection, situation.credit->id, situation.debit->unit);
    }
    return situation;
}

TransferOutcome decide_in(const TransferRequest &request, const Situation &situation) noexcept {
    const TransferOutcome outcome =
        decide_transfer(request, situation.debit ? &*situation.debit : nullptr, situation.credit ? &*situation.credit : nullptr,
                        situation.time_us.value_or(std::numeric_limits<std::int64_t>::max()), situation.shop_takes_purpose);
    return outcome == TransferOutcome::created && !situation.time_us ? TransferOutcome::overflows : outcome;
}

Transfer write_move(Connection &connection, const TransferRequest &request, const Situation &situation, const LotWishes &wishes,
                    std::int64_t now_us) {
    assert(situation.debit && situation.credit && situation.time_us);
    Account debit = *situation.debit;
    Account credit = *situation.credit;
    if (situation.lots_due > 0) {
        debit = require_account(connection, request.debit_account);
        expire_lots(connection, debit, now_us);
        credit = require_account(connection, request.credit_account); // it may be the account of what has expired
    }
    Transfer entry;
    entry.request = request;
    entry.state = request.pending ? TransferState::pending : TransferState::posted;
    entry.unit = debit.unit;
    entry = append_entry(connection, std::move(entry), read_chain_head(connection), *situation.time_us);
    apply_transfer(request, debit, credit);
    write_totals(connection, debit);
    write_totals(connection, credit);
    if (debit.kind == AccountKind::member) {
        take_lots(connection, entry, wishes);
    }
    if (credit.kind == AccountKind::member) {
        give_lots(connection, entry, wishes, credit, now_us);
    }
    if (entry.state == TransferState::pending) {
        open_pending(connection, entry);
    }
    return entry;
}

} // namespace keyaki::data
