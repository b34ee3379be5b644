#include "data/ledger_store.hpp"

#include "data/identifier.hpp"
#include "data/ledger_moves.hpp"
#include "data/ledger_pending.hpp"
#include "data/ledger_purposes.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_rules.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::string_view add_account = "INSERT INTO ledger_account (account_id, kind, unit) VALUES (?1, ?2, ?3)";

constexpr std::string_view all_entries = "WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
// Each half walks its own index; no entry has the account on both sides.
constexpr std::string_view entries_of_account = R"(WHERE sequence IN (
        SELECT sequence FROM (SELECT sequence FROM ledger_entry WHERE debit_account = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2)
        UNION ALL
        SELECT sequence FROM (SELECT sequence FROM ledger_entry WHERE credit_account = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2))
    ORDER BY sequence LIMIT ?2)";

constexpr std::string_view failed_by_id = "SELECT outcome FROM ledger_failed_id WHERE transfer_id = ?1";
constexpr std::string_view add_failed_id = "INSERT INTO ledger_failed_id (transfer_id, outcome, time_us) VALUES (?1, ?2, ?3)";
// By the member's entries, which are few; left to itself SQLite takes the budget's, which are all of the rally's. A held award counts on the day of
// its check-in: in full while it waits, and with what was posted of it after that.
constexpr std::string_view sum_of_awards = R"(
    SELECT coalesce(sum(CASE WHEN state = 'posted' THEN amount ELSE coalesce((
               SELECT CASE WHEN end.state = 'posted' THEN end.amount ELSE 0 END FROM ledger_entry AS end WHERE end.resolves = entry.sequence), amount)
           END), 0)
    FROM ledger_entry AS entry INDEXED BY ledger_entry_of_credit
    WHERE credit_account = ?1 AND debit_account = ?2 AND resolves IS NULL AND code <> 'course' AND code <> 'completion' AND code <> 'steps'
      AND coalesce((SELECT received_at_us FROM check_in WHERE id = entry.reference), time_us) BETWEEN ?3 AND ?4 - 1)";

[[noreturn]] void throw_corrupt(const std::string &sentence) { throw geo::Error(geo::ErrorKind::corrupt, sentence); }

void write_failed_id(Connection &connection, std::string_view transfer_id, TransferOutcome outcome, std::int64_t now_us) {
    Statement insert = connection.prepare(add_failed_id);
    insert.bind_text(1, transfer_id).bind_text(2, transfer_outcome_name(outcome)).bind_int64(3, now_us).run();
}

/// What the id's own history says, before anything else is looked at: nothing for an id that was never used.
std::optional<TransferResult> answer_from_history(Connection &connection, const TransferRequest &request) {
    if (std::optional<Transfer> existing = find_entry(connection, request.id)) {
        const TransferOutcome outcome = compare_requests(request, existing->request);
        return TransferResult{outcome, outcome == TransferOutcome::exists ? std::move(existing) : std::nullopt};
    }
    if (find_failed_outcome(connection, request.id)) {
        return TransferResult{TransferOutcome::id_already_failed, std::nullopt};
    }
    return std::nullopt;
}

/// Nothing where the accounts have to be looked at.
std::optional<TransferResult> answer_before_rules(Connection &connection, const TransferRequest &request) {
    if (request.id.empty()) {
        return TransferResult{TransferOutcome::id_must_not_be_empty, std::nullopt};
    }
    require_identifier("the transfer id", request.id);
    if (std::optional<TransferResult> answer = answer_from_history(connection, request)) {
        return answer;
    }
    require_well_formed(request);
    return std::nullopt;
}

/// Accounts that would be made are looked at as they would be then.
struct Outlook {
    Situation situation;
    bool makes_debit = false;
    bool makes_credit = false;
};

Outlook look_ahead(Connection &connection, const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) {
    Outlook outlook{look_at(connection, request.debit_account, request.credit_account, now_us)};
    Situation &situation = outlook.situation;
    const auto make = [&](std::optional<Account> &account, const std::string &id) {
        const auto kind = account_kind_of(id);
        if (account || !kind || unit_of_new.empty()) {
            return false;
        }
        account.emplace();
        account->id = id;
        account->kind = *kind;
        account->unit = unit_of_new;
        return true;
    };
    outlook.makes_debit = make(situation.debit, request.debit_account);
    outlook.makes_credit = make(situation.credit, request.credit_account);
    const bool has_asked_shop = !outlook.makes_debit && !outlook.makes_credit && situation.time_us; // look_at() has
    if (!has_asked_shop && situation.debit && situation.credit && situation.debit->kind == AccountKind::member &&
        situation.credit->kind == AccountKind::shop) {
        situation.shop_takes_purpose = shop_takes(connection, situation.credit->id, situation.debit->unit);
    }
    return outlook;
}

} // namespace

void refuse_money(std::string_view unit) {
    std::string lower(unit);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    static constexpr std::array<std::string_view, 5> money = {"yen", "jpy", "円", "¥", "￥"};
    if (std::find(money.begin(), money.end(), lower) != money.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the unit of an account must be of points, but '" + std::string(unit) + "' is money");
    }
}

void ensure_account(Connection &connection, std::string_view account_id, std::string_view unit) {
    require_identifier("the account id", account_id);
    require_identifier("the account's unit", unit);
    const std::optional<AccountKind> kind = account_kind_of(account_id);
    if (!kind) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            "an account id must be issuer:…, budget:…, member:…, shop:…, draw:…, redeemed, expired, redeemed/<unit> or expired/<unit>, but is '" +
                std::string(account_id) + "'");
    }
    refuse_money(unit);
    if (const auto named = unit_of_id(account_id); named && *named != unit) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the account '" + std::string(account_id) + "' is by its id of the unit '" +
                                                            std::string(*named) + "', but '" + std::string(unit) + "' was asked for");
    }
    if (const std::optional<Account> existing = find_account(connection, account_id)) {
        if (existing->unit != unit) {
            throw geo::Error(geo::ErrorKind::conflict, "the account '" + existing->id + "' has the unit '" + existing->unit + "', but '" +
                                                           std::string(unit) + "' was asked for");
        }
        return;
    }
    connection.prepare(add_account).bind_text(1, account_id).bind_text(2, account_kind_name(*kind)).bind_text(3, unit).run();
}

std::vector<Account> accounts(Connection &connection) {
    std::vector<Account> found;
    Statement row = connection.prepare("SELECT " + std::string(account_columns) + " FROM ledger_account ORDER BY account_id");
    while (row.step()) {
        found.push_back(read_account(row));
    }
    return found;
}

TransferResult transfer(Connection &connection, const TransferRequest &request, std::int64_t now_us) {
    return transfer(connection, request, {}, now_us);
}

TransferResult transfer(Connection &connection, const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) {
    assert(connection.in_transaction());
    if (std::optional<TransferResult> answer = answer_before_rules(connection, request)) {
        return *std::move(answer);
    }
    const Outlook outlook = look_ahead(connection, request, unit_of_new, now_us);
    const TransferOutcome outcome = decide_in(request, outlook.situation);
    if (outcome != TransferOutcome::created) {
        write_failed_id(connection, request.id, outcome, now_us);
        return {outcome, std::nullopt};
    }
    if (outlook.makes_debit) {
        ensure_account(connection, request.debit_account, unit_of_new);
    }
    if (outlook.makes_credit) {
        ensure_account(connection, request.credit_account, unit_of_new);
    }
    return {outcome, write_move(connection, request, outlook.situation, {}, now_us)};
}

TransferOutcome foresee_transfer(Connection &connection, const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) {
    if (const std::optional<TransferResult> answer = answer_before_rules(connection, request)) {
        return answer->outcome;
    }
    return decide_in(request, look_ahead(connection, request, unit_of_new, now_us).situation);
}

std::int64_t ledger_time_us(Connection &connection, std::int64_t now_us) {
    return time_of_next_entry(read_chain_head(connection), now_us).value_or(std::numeric_limits<std::int64_t>::max());
}

std::int64_t points_by_prefix(Connection &connection, std::string_view id_prefix) {
    assert(id_prefix.ends_with('/'));
    Statement row = connection.prepare("SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE transfer_id >= ?1 AND transfer_id < ?2");
    std::string behind(id_prefix);
    ++behind.back();
    row.bind_text(1, id_prefix).bind_text(2, behind);
    return row.step() ? row.column_int64(0) : 0;
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

std::optional<Transfer> find_transfer(Connection &connection, std::string_view transfer_id) { return find_entry(connection, transfer_id); }

std::vector<Transfer> transfers(Connection &connection, std::string_view account_id, std::uint64_t after_sequence, std::size_t limit) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    std::vector<Transfer> found;
    Statement row = connection.prepare("SELECT " + entry_columns("ledger_entry") + " FROM ledger_entry " +
                                       std::string(account_id.empty() ? all_entries : entries_of_account));
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
    const ChainHead head = read_chain_head(connection);
    return {head.sequence, head.hash};
}

std::int64_t points_awarded(Connection &connection, std::string_view member, std::string_view rally, std::int64_t from_us, std::int64_t to_us) {
    Statement row = connection.prepare(sum_of_awards);
    row.bind_text(1, "member:" + std::string(member)).bind_text(2, "budget:" + std::string(rally)).bind_int64(3, from_us).bind_int64(4, to_us);
    return row.step() ? row.column_int64(0) : 0;
}

} // namespace keyaki::data
