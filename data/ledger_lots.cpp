#include "data/ledger_lots.hpp"

#include "data/ledger_rows.hpp"
#include "data/ledger_rules.hpp"
#include "data/ledger_store.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace keyaki::data {
namespace {

// The member's lots from his index, then what is left of each.
constexpr std::string_view lots_of_account = R"(
    SELECT entry.sequence, entry.expires_at_us, lot.rest
    FROM ledger_entry AS entry INDEXED BY ledger_entry_of_credit
    CROSS JOIN ledger_open_lot AS lot ON lot.expires_at_us = entry.expires_at_us AND lot.sequence = entry.sequence
    WHERE entry.credit_account = ?1 AND entry.expires_at_us IS NOT NULL
    ORDER BY entry.expires_at_us, entry.sequence)";
constexpr std::string_view add_lot = "INSERT INTO ledger_open_lot (expires_at_us, sequence, rest) VALUES (?1, ?2, ?3)";
constexpr std::string_view add_use = "INSERT INTO ledger_lot_use (entry, lot, amount) VALUES (?1, ?2, ?3)";
constexpr std::string_view change_rest = R"(
    INSERT INTO ledger_open_lot (expires_at_us, sequence, rest)
    SELECT expires_at_us, sequence, ?2 FROM ledger_entry WHERE sequence = ?1
    ON CONFLICT DO UPDATE SET rest = rest + excluded.rest)";
constexpr std::string_view take_rest = R"(
    UPDATE ledger_open_lot SET rest = rest - ?2 WHERE sequence = ?1
    AND expires_at_us = (SELECT expires_at_us FROM ledger_entry WHERE sequence = ?1) AND rest > ?2)";
constexpr std::string_view close_lot = R"(
    DELETE FROM ledger_open_lot WHERE sequence = ?1
    AND expires_at_us = (SELECT expires_at_us FROM ledger_entry WHERE sequence = ?1) AND rest = ?2)";
constexpr std::string_view net_uses = R"(
    SELECT use.lot, sum(use.amount) FROM ledger_lot_use AS use CROSS JOIN ledger_entry AS lot ON lot.sequence = use.lot
    WHERE use.entry = ?1 OR use.entry = ?2 GROUP BY use.lot HAVING sum(use.amount) > 0 ORDER BY lot.expires_at_us, use.lot)";
constexpr std::string_view owners_of_due_lots = R"(
    SELECT entry.credit_account FROM ledger_open_lot AS lot CROSS JOIN ledger_entry AS entry ON entry.sequence = lot.sequence
    WHERE lot.expires_at_us <= ?1 ORDER BY lot.expires_at_us, lot.sequence LIMIT ?2)";

void take(Connection &connection, const LotUse &use) {
    const auto lot = static_cast<std::int64_t>(use.lot);
    connection.prepare(take_rest).bind_int64(1, lot).bind_int64(2, use.amount).run();
    if (connection.changes() == 0) {
        connection.prepare(close_lot).bind_int64(1, lot).bind_int64(2, use.amount).run();
        if (connection.changes() != 1) {
            throw geo::Error(geo::ErrorKind::corrupt, "lot " + std::to_string(lot) + " of the ledger has no " + std::to_string(use.amount) +
                                                          " points left, although its entries say so");
        }
    }
}

/// "expired", or "expired/childcare" for points of a purpose.
std::string account_of_expired(std::string_view unit) { return unit == "nin" ? "expired" : "expired/" + std::string(unit); }

void expire_lot(Connection &connection, Account &member, Account &expired, const Lot &lot, std::int64_t time_us, const ChainHead &head) {
    const std::optional<Transfer> bringing = find_entry(connection, lot.sequence);
    assert(bringing);
    Transfer entry;
    entry.request.id = "expire/" + std::to_string(lot.sequence) + "/" + std::to_string(head.sequence + 1);
    entry.request.debit_account = member.id;
    entry.request.credit_account = expired.id;
    entry.request.amount = lot.rest;
    entry.request.code = "expire";
    entry.request.reference = bringing->request.id;
    entry.unit = member.unit;
    apply_transfer(entry.request, member, expired);
    entry = append_entry(connection, std::move(entry), head, time_us);
    use_lots(connection, entry.sequence, {{lot.sequence, lot.rest}});
}

} // namespace

std::vector<LotUse> take_from_lots(const std::vector<Lot> &lots, std::int64_t amount, std::optional<std::uint64_t> first) {
    std::vector<LotUse> uses;
    const auto take_of = [&](const Lot &lot) {
        if (const std::int64_t part = std::min(lot.rest, amount); part > 0) {
            uses.push_back({lot.sequence, part});
            amount -= part;
        }
    };
    const auto is_first = [&](const Lot &lot) { return first && lot.sequence == *first; };
    std::for_each(lots.begin(), lots.end(), [&](const Lot &lot) { is_first(lot) ? take_of(lot) : void(); });
    std::for_each(lots.begin(), lots.end(), [&](const Lot &lot) { is_first(lot) ? void() : take_of(lot); });
    return uses;
}

std::vector<LotUse> give_back_to_lots(const std::vector<LotUse> &uses, std::int64_t taken_in_all, std::int64_t amount) {
    std::int64_t never_expiring = taken_in_all;
    for (const LotUse &use : uses) {
        never_expiring -= use.amount;
    }
    amount -= std::min(amount, never_expiring);
    std::vector<LotUse> back;
    for (auto use = uses.rbegin(); use != uses.rend() && amount > 0; ++use) {
        const std::int64_t part = std::min(use->amount, amount);
        back.push_back({use->lot, -part});
        amount -= part;
    }
    return back;
}

DueLots due_lots(const std::vector<Lot> &lots, std::int64_t time_us) noexcept {
    DueLots due;
    while (due.count < lots.size() && lots[due.count].expires_at_us <= time_us + static_cast<std::int64_t>(due.count)) {
        due.points += lots[due.count++].rest;
    }
    return due;
}

std::vector<Lot> open_lots(Connection &connection, std::string_view account_id) {
    std::vector<Lot> lots;
    Statement row = connection.prepare(lots_of_account);
    row.bind_view(1, account_id);
    while (row.step()) {
        lots.push_back({static_cast<std::uint64_t>(row.column_int64(0)), row.column_int64(1), row.column_int64(2)});
    }
    return lots;
}

void open_lot(Connection &connection, const Lot &lot) {
    connection.prepare(add_lot).bind_int64(1, lot.expires_at_us).bind_int64(2, static_cast<std::int64_t>(lot.sequence)).bind_int64(3, lot.rest).run();
}

void use_lots(Connection &connection, std::uint64_t entry, const std::vector<LotUse> &uses) {
    for (const LotUse &use : uses) {
        const auto lot = static_cast<std::int64_t>(use.lot);
        connection.prepare(add_use).bind_int64(1, static_cast<std::int64_t>(entry)).bind_int64(2, lot).bind_int64(3, use.amount).run();
        if (use.amount > 0) {
            take(connection, use);
        } else {
            connection.prepare(change_rest).bind_int64(1, lot).bind_int64(2, -use.amount).run();
        }
    }
}

std::vector<LotUse> uses_of(Connection &connection, std::uint64_t first, std::uint64_t second) {
    std::vector<LotUse> uses;
    Statement row = connection.prepare(net_uses);
    row.bind_int64(1, static_cast<std::int64_t>(first)).bind_int64(2, static_cast<std::int64_t>(second));
    while (row.step()) {
        uses.push_back({static_cast<std::uint64_t>(row.column_int64(0)), row.column_int64(1)});
    }
    return uses;
}

std::size_t expire_lots(Connection &connection, Account &member, std::int64_t now_us) {
    assert(connection.in_transaction());
    std::size_t count = 0;
    std::optional<Account> expired;
    for (const Lot &lot : open_lots(connection, member.id)) {
        const ChainHead head = read_chain_head(connection);
        const std::optional<std::int64_t> time_us = time_of_next_entry(head, now_us);
        if (!time_us || lot.expires_at_us > *time_us) {
            break;
        }
        if (!expired) {
            const std::string id = account_of_expired(member.unit);
            ensure_account(connection, id, member.unit);
            expired = require_account(connection, id);
        }
        expire_lot(connection, member, *expired, lot, *time_us, head);
        ++count;
    }
    if (expired) {
        write_totals(connection, member);
        write_totals(connection, *expired);
    }
    return count;
}

std::size_t expire_due_lots(Connection &connection, std::int64_t now_us, std::size_t limit) {
    std::vector<std::string> owners;
    {
        Statement row = connection.prepare(owners_of_due_lots);
        row.bind_int64(1, now_us).bind_int64(2, static_cast<std::int64_t>(limit));
        while (row.step()) {
            owners.emplace_back(row.column_text(0));
        }
    }
    std::size_t count = 0;
    for (const std::string &owner : owners) {
        if (count >= limit) {
            break;
        }
        Account member = require_account(connection, owner);
        count += expire_lots(connection, member, now_us);
    }
    return count;
}

} // namespace keyaki::data
