#include "data/ledger_rows.hpp"

#include "data/columns.hpp"
#include "data/ledger_chain.hpp"
#include "data/ledger_rules.hpp"
#include "geo/error.hpp"

#include <array>
#include <cassert>
#include <utility>

namespace keyaki::data {
namespace {

constexpr std::string_view set_totals = R"(
    UPDATE ledger_account SET debits_posted = ?2, debits_pending = ?3, credits_posted = ?4, credits_pending = ?5 WHERE account_id = ?1)";

constexpr std::string_view add_entry = R"(
    INSERT INTO ledger_entry (sequence, transfer_id, debit_account, credit_account, unit, amount, code, reference, state, timeout_s,
                              expires_at_us, resolves, time_us, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))";
constexpr std::string_view get_head = "SELECT sequence, time_us, hash FROM ledger_head WHERE one = 1";
constexpr std::string_view set_head = "UPDATE ledger_head SET sequence = ?1, time_us = ?2, hash = ?3 WHERE one = 1";

[[noreturn]] void throw_corrupt(const std::string &sentence) { throw geo::Error(geo::ErrorKind::corrupt, sentence); }

TransferState read_state(std::string_view name, std::uint64_t sequence) {
    for (const TransferState state : {TransferState::posted, TransferState::pending, TransferState::voided, TransferState::expired}) {
        if (name == transfer_state_name(state)) {
            return state;
        }
    }
    throw_corrupt("entry " + std::to_string(sequence) + " of the ledger has the unknown state '" + std::string(name) + "'");
}

/// The statement that reads entries, with what comes after its columns.
std::string select_entries(std::string_view condition) {
    return "SELECT " + entry_columns("ledger_entry") + " FROM ledger_entry WHERE " + std::string(condition);
}

std::optional<Transfer> one_entry(Statement &row) { return row.step() ? std::optional(read_entry(row)) : std::nullopt; }

void insert_entry(Connection &connection, const Transfer &entry) {
    const TransferRequest &request = entry.request;
    Statement insert = connection.prepare(add_entry);
    insert.bind_int64(1, static_cast<std::int64_t>(entry.sequence)).bind_view(2, request.id);
    insert.bind_view(3, request.debit_account).bind_view(4, request.credit_account).bind_view(5, entry.unit).bind_int64(6, request.amount);
    insert.bind_view(7, request.code).bind_view(8, request.reference).bind_view(9, transfer_state_name(entry.state));
    insert.bind_int64(10, request.timeout_s);
    insert.bind_optional(11, request.expires_at_us);
    insert.bind_optional(12, entry.resolves ? std::optional(static_cast<std::int64_t>(*entry.resolves)) : std::nullopt);
    insert.bind_int64(13, entry.time_us).bind_blob(14, entry.hash).run();
}

} // namespace

std::string entry_columns(std::string_view table) {
    static constexpr std::array<std::string_view, 14> names = {"sequence",  "transfer_id", "debit_account", "credit_account", "amount",  "code",
                                                               "reference", "state",       "timeout_s",     "expires_at_us",  "time_us", "hash",
                                                               "resolves",  "unit"};
    std::string columns;
    for (const std::string_view name : names) {
        columns.append(columns.empty() ? "" : ", ").append(table).append(".").append(name);
    }
    return columns;
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
    entry.state = read_state(row.column_text(7), entry.sequence);
    entry.request.pending = entry.state == TransferState::pending;
    entry.request.timeout_s = row.column_int64(8);
    entry.request.expires_at_us = optional_of(row, 9);
    entry.time_us = row.column_int64(10);
    entry.hash = bytes_of<32>(row, 11, "the hash of entry " + std::to_string(entry.sequence) + " of the ledger");
    if (!row.is_null(12)) {
        entry.resolves = static_cast<std::uint64_t>(row.column_int64(12));
    }
    entry.unit = row.column_text(13);
    return entry;
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

ChainHead read_chain_head(Connection &connection) {
    Statement row = connection.prepare(get_head);
    if (!row.step()) {
        throw_corrupt("the ledger has no head row");
    }
    return {static_cast<std::uint64_t>(row.column_int64(0)), row.column_int64(1), bytes_of<32>(row, 2, "the hash of the ledger's head")};
}

std::optional<Transfer> find_entry(Connection &connection, std::string_view transfer_id) {
    static const std::string entry_by_transfer_id = select_entries("transfer_id = ?1");
    Statement row = connection.prepare(entry_by_transfer_id);
    return one_entry(row.bind_view(1, transfer_id));
}

std::optional<Transfer> find_entry(Connection &connection, std::uint64_t sequence) {
    static const std::string entry_by_sequence = select_entries("sequence = ?1");
    Statement row = connection.prepare(entry_by_sequence);
    return one_entry(row.bind_int64(1, static_cast<std::int64_t>(sequence)));
}

std::optional<Transfer> find_end(Connection &connection, std::uint64_t pending_sequence) {
    static const std::string end_of_entry = select_entries("resolves = ?1");
    Statement row = connection.prepare(end_of_entry);
    return one_entry(row.bind_int64(1, static_cast<std::int64_t>(pending_sequence)));
}

std::optional<Account> find_account(Connection &connection, std::string_view account_id) {
    static const std::string account_by_id = "SELECT " + std::string(account_columns) + " FROM ledger_account WHERE account_id = ?1";
    Statement row = connection.prepare(account_by_id);
    row.bind_view(1, account_id);
    return row.step() ? std::optional(read_account(row)) : std::nullopt;
}

Account require_account(Connection &connection, std::string_view account_id) {
    std::optional<Account> account = find_account(connection, account_id);
    if (!account) {
        throw_corrupt("the ledger's account '" + std::string(account_id) + "' is named by an entry, but is not there");
    }
    return *std::move(account);
}

std::optional<std::int64_t> time_of_next_entry(const ChainHead &head, std::int64_t now_us) noexcept { return next_entry_time(now_us, head.time_us); }

Transfer append_entry(Connection &connection, Transfer entry, const ChainHead &head, std::int64_t time_us) {
    entry.sequence = head.sequence + 1;
    entry.time_us = time_us;
    entry.hash = chain_hash(head.hash, entry, entry.unit);
    insert_entry(connection, entry);
    Statement update = connection.prepare(set_head);
    update.bind_int64(1, static_cast<std::int64_t>(entry.sequence)).bind_int64(2, entry.time_us).bind_blob(3, entry.hash).run();
    assert(connection.changes() == 1);
    return entry;
}

void write_totals(Connection &connection, const Account &account) {
    Statement update = connection.prepare(set_totals);
    update.bind_view(1, account.id).bind_int64(2, account.debits_posted).bind_int64(3, account.debits_pending);
    update.bind_int64(4, account.credits_posted).bind_int64(5, account.credits_pending).run();
    assert(connection.changes() == 1);
}

} // namespace keyaki::data
