#include "data/ledger_store.hpp"

#include "data/identifier.hpp"
#include "data/ledger_chain.hpp"
#include "data/ledger_rules.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::string_view account_by_id = R"(
    SELECT account_id, kind, unit, debits_posted, debits_pending, credits_posted, credits_pending FROM ledger_account WHERE account_id = ?1)";
constexpr std::string_view all_accounts = R"(
    SELECT account_id, kind, unit, debits_posted, debits_pending, credits_posted, credits_pending FROM ledger_account ORDER BY account_id)";
constexpr std::string_view add_account = "INSERT INTO ledger_account (account_id, kind, unit) VALUES (?1, ?2, ?3)";
constexpr std::string_view set_totals = R"(
    UPDATE ledger_account SET debits_posted = ?2, debits_pending = ?3, credits_posted = ?4, credits_pending = ?5 WHERE account_id = ?1)";

constexpr std::string_view entry_by_transfer_id = R"(
    SELECT sequence, transfer_id, debit_account, credit_account, amount, code, reference, state, timeout_s, expires_at_us, time_us, hash
    FROM ledger_entry WHERE transfer_id = ?1)";
constexpr std::string_view all_entries = R"(
    SELECT sequence, transfer_id, debit_account, credit_account, amount, code, reference, state, timeout_s, expires_at_us, time_us, hash
    FROM ledger_entry WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)";
// Each half walks its own index; no entry has the account on both sides.
constexpr std::string_view entries_of_account = R"(
    SELECT sequence, transfer_id, debit_account, credit_account, amount, code, reference, state, timeout_s, expires_at_us, time_us, hash
    FROM ledger_entry WHERE sequence IN (
        SELECT sequence FROM (SELECT sequence FROM ledger_entry WHERE debit_account = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2)
        UNION ALL
        SELECT sequence FROM (SELECT sequence FROM ledger_entry WHERE credit_account = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2))
    ORDER BY sequence LIMIT ?2)";
constexpr std::string_view add_entry = R"(
    INSERT INTO ledger_entry (sequence, transfer_id, debit_account, credit_account, unit, amount, code, reference, state, timeout_s,
                              expires_at_us, resolves, time_us, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, ?12, ?13))";

constexpr std::string_view failed_by_id = "SELECT outcome FROM ledger_failed_id WHERE transfer_id = ?1";
constexpr std::string_view add_failed_id = "INSERT INTO ledger_failed_id (transfer_id, outcome, time_us) VALUES (?1, ?2, ?3)";
constexpr std::string_view get_head = "SELECT sequence, time_us, hash FROM ledger_head WHERE one = 1";
constexpr std::string_view set_head = "UPDATE ledger_head SET sequence = ?1, time_us = ?2, hash = ?3 WHERE one = 1";
// By the member's entries, which are few; left to itself SQLite takes the budget's, which are all of the rally's.
constexpr std::string_view sum_of_awards = R"(
    SELECT coalesce(sum(amount), 0) FROM ledger_entry AS entry INDEXED BY ledger_entry_of_credit
    WHERE credit_account = ?1 AND debit_account = ?2
      AND coalesce((SELECT received_at_us FROM check_in WHERE id = entry.reference), time_us) BETWEEN ?3 AND ?4 - 1)";

struct Head {
    std::uint64_t sequence = 0;
    std::int64_t time_us = 0;
    Hash hash{};
};

[[noreturn]] void throw_corrupt(const std::string &sentence) { throw geo::Error(geo::ErrorKind::corrupt, sentence); }

Hash column_hash(const Statement &row, int column, std::string_view where) {
    const auto bytes = row.column_blob(column);
    Hash hash{};
    if (bytes.size() != hash.size()) {
        throw_corrupt("a hash of " + std::string(where) + " must have 32 bytes, but has " + std::to_string(bytes.size()));
    }
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
}

Account read_account(const Statement &row) {
    Account account;
    account.id = row.column_text(0);
    const std::optional<AccountKind> kind = account_kind_of(account.id);
    if (!kind || row.column_text(1) != account_kind_name(*kind)) {
        throw_corrupt("the ledger's account '" + account.id + "' is stored as of kind '" + std::string(row.column_text(1)) +
                      "', which its id does not say");
    }
    account.kind = *kind;
    account.unit = row.column_text(2);
    account.debits_posted = row.column_int64(3);
    account.debits_pending = row.column_int64(4);
    account.credits_posted = row.column_int64(5);
    account.credits_pending = row.column_int64(6);
    return account;
}

Transfer read_entry(const Statement &row) {
    Transfer entry;
    entry.sequence = static_cast<std::uint64_t>(row.column_int64(0));
    entry.request.id = row.column_text(1);
    entry.request.debit_account = row.column_text(2);
    entry.request.credit_account = row.column_text(3);
    entry.request.amount = row.column_int64(4);
    entry.request.code = row.column_text(5);
    entry.request.reference = row.column_text(6);
    entry.request.pending = row.column_text(7) == transfer_state_name(TransferState::pending);
    entry.state = entry.request.pending ? TransferState::pending : TransferState::posted;
    if (row.column_text(7) != transfer_state_name(entry.state)) {
        throw_corrupt("entry " + std::to_string(entry.sequence) + " of the ledger has the unknown state '" + std::string(row.column_text(7)) + "'");
    }
    entry.request.timeout_s = row.column_int64(8);
    if (!row.is_null(9)) {
        entry.request.expires_at_us = row.column_int64(9);
    }
    entry.time_us = row.column_int64(10);
    entry.hash = column_hash(row, 11, "entry " + std::to_string(entry.sequence) + " of the ledger");
    return entry;
}

Head read_head(Connection &connection) {
    Statement row = connection.prepare(get_head);
    if (!row.step()) {
        throw_corrupt("the ledger has no head row");
    }
    return {static_cast<std::uint64_t>(row.column_int64(0)), row.column_int64(1), column_hash(row, 2, "the ledger's head")};
}

void write_entry(Connection &connection, const Transfer &entry, std::string_view unit) {
    const TransferRequest &request = entry.request;
    Statement insert = connection.prepare(add_entry);
    insert.bind_int64(1, static_cast<std::int64_t>(entry.sequence)).bind_view(2, request.id);
    insert.bind_view(3, request.debit_account).bind_view(4, request.credit_account).bind_view(5, unit).bind_int64(6, request.amount);
    insert.bind_view(7, request.code).bind_view(8, request.reference).bind_view(9, transfer_state_name(entry.state));
    insert.bind_int64(10, request.timeout_s);
    if (request.expires_at_us) {
        insert.bind_int64(11, *request.expires_at_us);
    } else {
        insert.bind_null(11);
    }
    insert.bind_int64(12, entry.time_us).bind_blob(13, entry.hash).run();
}

void write_totals(Connection &connection, const Account &account) {
    Statement update = connection.prepare(set_totals);
    update.bind_view(1, account.id).bind_int64(2, account.debits_posted).bind_int64(3, account.debits_pending);
    update.bind_int64(4, account.credits_posted).bind_int64(5, account.credits_pending).run();
    assert(connection.changes() == 1);
}

Transfer write_transfer(Connection &connection, const TransferRequest &request, Account &debit, Account &credit, const Head &head,
                        std::int64_t time_us) {
    Transfer entry;
    entry.sequence = head.sequence + 1;
    entry.request = request;
    entry.state = request.pending ? TransferState::pending : TransferState::posted;
    entry.time_us = time_us;
    entry.hash = chain_hash(head.hash, entry, debit.unit);
    write_entry(connection, entry, debit.unit);
    apply_transfer(request, debit, credit);
    write_totals(connection, debit);
    write_totals(connection, credit);
    Statement update = connection.prepare(set_head);
    update.bind_int64(1, static_cast<std::int64_t>(entry.sequence)).bind_int64(2, entry.time_us).bind_blob(3, entry.hash).run();
    assert(connection.changes() == 1);
    return entry;
}

void write_failed_id(Connection &connection, std::string_view transfer_id, TransferOutcome outcome, std::int64_t now_us) {
    Statement insert = connection.prepare(add_failed_id);
    insert.bind_text(1, transfer_id).bind_text(2, transfer_outcome_name(outcome)).bind_int64(3, now_us).run();
}

/// What the id's own history says, before anything else is looked at: nothing for an id that was never used.
std::optional<TransferResult> answer_from_history(Connection &connection, const TransferRequest &request) {
    if (std::optional<Transfer> existing = find_transfer(connection, request.id)) {
        const TransferOutcome outcome = compare_requests(request, existing->request);
        return TransferResult{outcome, outcome == TransferOutcome::exists ? std::move(existing) : std::nullopt};
    }
    if (find_failed_outcome(connection, request.id)) {
        return TransferResult{TransferOutcome::id_already_failed, std::nullopt};
    }
    return std::nullopt;
}

void refuse_money(std::string_view unit) {
    std::string lower(unit);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    static constexpr std::array<std::string_view, 5> money = {"yen", "jpy", "円", "¥", "￥"};
    if (std::find(money.begin(), money.end(), lower) != money.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the unit of an account must be of points, but '" + std::string(unit) + "' is money");
    }
}

} // namespace

void ensure_account(Connection &connection, std::string_view account_id, std::string_view unit) {
    require_identifier("the account id", account_id);
    require_identifier("the account's unit", unit);
    const std::optional<AccountKind> kind = account_kind_of(account_id);
    if (!kind) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "an account id must be issuer:…, budget:…, member:…, shop:…, draw:…, redeemed or expired, but is '" +
                             std::string(account_id) + "'");
    }
    refuse_money(unit);
    if (const std::optional<Account> existing = find_account(connection, account_id)) {
        if (existing->unit != unit) {
            throw geo::Error(geo::ErrorKind::conflict, "the account '" + existing->id + "' has the unit '" + existing->unit + "', but '" +
                                                           std::string(unit) + "' was asked for");
        }
        return;
    }
    connection.prepare(add_account).bind_text(1, account_id).bind_text(2, account_kind_name(*kind)).bind_text(3, unit).run();
}

std::optional<Account> find_account(Connection &connection, std::string_view account_id) {
    Statement row = connection.prepare(account_by_id);
    row.bind_view(1, account_id);
    return row.step() ? std::optional(read_account(row)) : std::nullopt;
}

std::vector<Account> accounts(Connection &connection) {
    std::vector<Account> found;
    Statement row = connection.prepare(all_accounts);
    while (row.step()) {
        found.push_back(read_account(row));
    }
    return found;
}

TransferResult transfer(Connection &connection, const TransferRequest &request, std::int64_t now_us) {
    assert(connection.in_transaction());
    if (request.id.empty()) {
        return {TransferOutcome::id_must_not_be_empty, std::nullopt};
    }
    require_identifier("the transfer id", request.id);
    if (std::optional<TransferResult> answer = answer_from_history(connection, request)) {
        return *std::move(answer);
    }
    require_well_formed(request);
    std::optional<Account> debit = find_account(connection, request.debit_account);
    std::optional<Account> credit = find_account(connection, request.credit_account);
    const Head head = read_head(connection);
    const std::optional<std::int64_t> time_us = next_entry_time(now_us, head.time_us);
    TransferOutcome outcome =
        decide_transfer(request, debit ? &*debit : nullptr, credit ? &*credit : nullptr, time_us.value_or(std::numeric_limits<std::int64_t>::max()));
    if (outcome == TransferOutcome::created && !time_us) {
        outcome = TransferOutcome::overflows;
    }
    if (outcome != TransferOutcome::created) {
        write_failed_id(connection, request.id, outcome, now_us);
        return {outcome, std::nullopt};
    }
    return {outcome, write_transfer(connection, request, *debit, *credit, head, *time_us)};
}

std::optional<TransferOutcome> find_failed_outcome(Connection &connection, std::string_view transfer_id) {
    Statement row = connection.prepare(failed_by_id);
    row.bind_view(1, transfer_id);
    if (!row.step()) {
        return std::nullopt;
    }
    for (auto value = TransferOutcome::id_must_not_be_empty; value <= TransferOutcome::overflows;
         value = static_cast<TransferOutcome>(static_cast<int>(value) + 1)) {
        if (transfer_outcome_name(value) == row.column_text(0)) {
            return value;
        }
    }
    throw_corrupt("a refused transfer of the ledger has the unknown outcome '" + std::string(row.column_text(0)) + "'");
}

std::optional<Transfer> find_transfer(Connection &connection, std::string_view transfer_id) {
    Statement row = connection.prepare(entry_by_transfer_id);
    row.bind_view(1, transfer_id);
    return row.step() ? std::optional(read_entry(row)) : std::nullopt;
}

std::vector<Transfer> transfers(Connection &connection, std::string_view account_id, std::uint64_t after_sequence, std::size_t limit) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    std::vector<Transfer> found;
    Statement row = connection.prepare(account_id.empty() ? all_entries : entries_of_account);
    row.bind_int64(1, static_cast<std::int64_t>(std::min(after_sequence, static_cast<std::uint64_t>(largest))));
    row.bind_int64(2, static_cast<std::int64_t>(std::min(limit, static_cast<std::size_t>(largest))));
    if (!account_id.empty()) {
        row.bind_text(3, account_id);
    }
    while (row.step()) {
        found.push_back(read_entry(row));
    }
    return found;
}

LedgerHead ledger_head(Connection &connection) {
    const Head head = read_head(connection);
    return {head.sequence, head.hash};
}

std::int64_t points_awarded(Connection &connection, std::string_view member, std::string_view rally, std::int64_t from_us, std::int64_t to_us) {
    Statement row = connection.prepare(sum_of_awards);
    row.bind_text(1, "member:" + std::string(member)).bind_text(2, "budget:" + std::string(rally)).bind_int64(3, from_us).bind_int64(4, to_us);
    return row.step() ? row.column_int64(0) : 0;
}

} // namespace keyaki::data
