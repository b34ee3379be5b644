#include "data/ledger_pending.hpp"

#include "data/identifier.hpp"
#include "data/ledger_lots.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_rules.hpp"
#include "geo/error.hpp"

#include <cassert>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;

constexpr std::string_view add_open = "INSERT INTO ledger_open_pending (deadline_us, sequence) VALUES (?1, ?2)";
constexpr std::string_view remove_open = "DELETE FROM ledger_open_pending WHERE deadline_us = ?1 AND sequence = ?2";
constexpr std::string_view ids_over = R"(
    SELECT entry.transfer_id FROM ledger_open_pending AS open CROSS JOIN ledger_entry AS entry ON entry.sequence = open.sequence
    WHERE open.deadline_us <= ?1 ORDER BY open.deadline_us, open.sequence LIMIT ?2)";

TransferState state_of(Ending ending) noexcept {
    switch (ending) {
    case Ending::post: return TransferState::posted;
    case Ending::cancel: return TransferState::voided;
    case Ending::time_out: return TransferState::expired;
    }
    return TransferState::expired;
}

/// "post/17": what no request may be called, so that an end is found by the entry that it ends.
std::string id_of_end(Ending ending, std::uint64_t sequence) {
    const char *word = ending == Ending::post ? "post/" : ending == Ending::cancel ? "void/" : "timeout/";
    return word + std::to_string(sequence);
}

void move_totals(const Transfer &pending, const Transfer &end, Account &debit, Account &credit) noexcept {
    debit.debits_pending -= pending.request.amount;
    credit.credits_pending -= pending.request.amount;
    if (end.state == TransferState::posted) {
        debit.debits_posted += end.request.amount;
        credit.credits_posted += end.request.amount;
    }
}

/// The lots from which the pending entry took get back what was not posted; what was posted to a member is a lot, where it expires.
void move_lots(Connection &connection, const Transfer &pending, const Transfer &end, Account &debit, Account &credit, std::int64_t now_us) {
    const std::int64_t posted = end.state == TransferState::posted ? end.request.amount : 0;
    if (debit.kind == AccountKind::member && posted < pending.request.amount) {
        const auto uses = uses_of(connection, pending.sequence, pending.sequence);
        const auto back = give_back_to_lots(uses, pending.request.amount, pending.request.amount - posted);
        use_lots(connection, end.sequence, back);
        if (!back.empty()) {
            expire_lots(connection, debit, now_us);
        }
    }
    if (credit.kind == AccountKind::member && posted > 0 && end.request.expires_at_us) {
        open_lot(connection, {end.sequence, *end.request.expires_at_us, posted});
        expire_lots(connection, credit, now_us); // the points may have waited for longer than they last
    }
}

Transfer write_end(Connection &connection, const Transfer &pending, Ending ending, std::int64_t amount, const std::string &reference,
                   std::int64_t time_us, std::int64_t now_us) {
    Transfer end;
    end.request = pending.request;
    end.request.id = id_of_end(ending, pending.sequence);
    end.request.amount = amount;
    end.request.reference = reference.empty() ? pending.request.reference : reference;
    end.request.pending = false;
    end.request.timeout_s = 0;
    if (ending != Ending::post) {
        end.request.expires_at_us.reset();
    }
    end.state = state_of(ending);
    end.resolves = pending.sequence;
    end.unit = pending.unit;
    end = append_entry(connection, std::move(end), read_chain_head(connection), time_us);
    Account debit = require_account(connection, pending.request.debit_account);
    Account credit = require_account(connection, pending.request.credit_account);
    move_totals(pending, end, debit, credit);
    write_totals(connection, debit);
    write_totals(connection, credit);
    connection.prepare(remove_open).bind_int64(1, deadline_us(pending)).bind_int64(2, static_cast<std::int64_t>(pending.sequence)).run();
    move_lots(connection, pending, end, debit, credit, now_us);
    return end;
}

void require_well_formed(const EndRequest &request) {
    if (!request.reference.empty()) {
        require_identifier("the reference of an end", request.reference);
    }
    if (request.amount && request.ending != Ending::post) {
        throw geo::Error(geo::ErrorKind::invalid_input, "only a transfer that is posted may be ended in part, but an amount of " +
                                                            std::to_string(*request.amount) + " was asked for");
    }
}

EndOutcome already(TransferState state) noexcept {
    return state == TransferState::posted   ? EndOutcome::already_posted
           : state == TransferState::voided ? EndOutcome::already_voided
                                            : EndOutcome::already_expired;
}

} // namespace

std::int64_t deadline_us(const Transfer &pending) noexcept {
    return pending.request.timeout_s == 0 ? no_deadline_us : pending.time_us + pending.request.timeout_s * microseconds_per_second;
}

EndOutcome decide_end(const EndRequest &request, const Transfer &pending, std::int64_t time_us) noexcept {
    if (pending.state != TransferState::pending) {
        return EndOutcome::transfer_not_pending;
    }
    const bool is_over = pending.request.timeout_s > 0 && time_us >= deadline_us(pending);
    if (request.ending == Ending::time_out) {
        return is_over ? EndOutcome::created : EndOutcome::time_not_over;
    }
    if (is_over) {
        return EndOutcome::already_expired;
    }
    const std::int64_t amount = request.amount.value_or(pending.request.amount);
    if (amount <= 0) {
        return EndOutcome::amount_must_be_positive;
    }
    return amount > pending.request.amount ? EndOutcome::exceeds_pending : EndOutcome::created;
}

EndOutcome compare_end(const EndRequest &request, const Transfer &pending, const Transfer &end) noexcept {
    if (end.state != state_of(request.ending)) {
        return already(end.state);
    }
    if (request.ending == Ending::post && request.amount.value_or(pending.request.amount) != end.request.amount) {
        return EndOutcome::exists_with_different_amount;
    }
    const std::string &reference = request.reference.empty() ? pending.request.reference : request.reference;
    return reference == end.request.reference ? EndOutcome::exists : EndOutcome::exists_with_different_reference;
}

void open_pending(Connection &connection, const Transfer &pending) {
    connection.prepare(add_open).bind_int64(1, deadline_us(pending)).bind_int64(2, static_cast<std::int64_t>(pending.sequence)).run();
}

EndResult end_pending(Connection &connection, const EndRequest &request, std::int64_t now_us) {
    assert(connection.in_transaction());
    require_well_formed(request);
    const std::optional<Transfer> pending = find_entry(connection, request.transfer_id);
    if (!pending) {
        return {EndOutcome::transfer_not_found, std::nullopt, false};
    }
    if (std::optional<Transfer> end = find_end(connection, pending->sequence)) {
        const EndOutcome outcome = compare_end(request, *pending, *end);
        return {outcome, std::move(end), false};
    }
    const std::optional<std::int64_t> time_us = time_of_next_entry(read_chain_head(connection), now_us);
    const EndOutcome outcome = decide_end(request, *pending, time_us.value_or(no_deadline_us));
    if (outcome != EndOutcome::created && outcome != EndOutcome::already_expired) {
        return {outcome, std::nullopt, false};
    }
    if (!time_us) {
        return {EndOutcome::overflows, std::nullopt, false};
    }
    const bool is_asked_for = outcome == EndOutcome::created;
    const Ending ending = is_asked_for ? request.ending : Ending::time_out;
    const std::int64_t amount = is_asked_for ? request.amount.value_or(pending->request.amount) : pending->request.amount;
    return {outcome, write_end(connection, *pending, ending, amount, is_asked_for ? request.reference : std::string(), *time_us, now_us), true};
}

std::vector<Transfer> time_out_pending(Connection &connection, std::int64_t now_us, std::size_t limit) {
    std::vector<std::string> ids;
    {
        Statement row = connection.prepare(ids_over);
        row.bind_int64(1, now_us).bind_int64(2, static_cast<std::int64_t>(limit));
        while (row.step()) {
            ids.emplace_back(row.column_text(0));
        }
    }
    std::vector<Transfer> ends;
    for (const std::string &id : ids) {
        EndResult result = end_pending(connection, {id, Ending::time_out, std::nullopt, {}}, now_us);
        if (result.outcome == EndOutcome::created) {
            ends.push_back(*std::move(result.transfer));
        }
    }
    return ends;
}

bool is_anything_due(Connection &connection, std::int64_t now_us) {
    Statement row = connection.prepare(R"(
        SELECT EXISTS (SELECT 1 FROM ledger_open_pending WHERE deadline_us <= ?1) OR EXISTS (SELECT 1 FROM ledger_open_lot WHERE expires_at_us <= ?1))");
    return row.bind_int64(1, now_us).step() && row.column_int64(0) == 1;
}

std::vector<Transfer> waiting_transfers(Connection &connection, std::int64_t after_deadline_us, std::uint64_t after_sequence, std::size_t limit) {
    static const std::string sql = "SELECT " + entry_columns("entry") +
                                   " FROM ledger_open_pending AS open CROSS JOIN ledger_entry AS entry ON entry.sequence = open.sequence"
                                   " WHERE (open.deadline_us, open.sequence) > (?1, ?2) ORDER BY open.deadline_us, open.sequence LIMIT ?3";
    std::vector<Transfer> waiting;
    Statement row = connection.prepare(sql);
    row.bind_int64(1, after_deadline_us).bind_int64(2, static_cast<std::int64_t>(after_sequence)).bind_int64(3, static_cast<std::int64_t>(limit));
    while (row.step()) {
        waiting.push_back(read_entry(row));
    }
    return waiting;
}

} // namespace keyaki::data
