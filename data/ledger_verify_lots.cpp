#include "data/ledger_verify_lots.hpp"

#include <algorithm>

namespace keyaki::data::verify {
namespace {

bool is_member(const std::string &account) { return account.starts_with("member:"); }

} // namespace

void LotReplay::apply(const Entry &entry, const Entry *reversed) {
    if (entry.resolves) {
        end(entry);
        return;
    }
    if (is_member(entry.debit)) {
        const auto lot = number_after(entry.id, "expire/");
        lot ? expire(entry, *lot) : take(entry, reversed);
        if (entry.state == "pending") {
            m_pending[entry.sequence] = entry.amount;
        }
    }
    if (is_member(entry.credit) && entry.state == "posted") {
        if (reversed != nullptr) {
            undo(entry, *reversed);
        } else if (entry.expires_at_us) {
            m_open[entry.credit][{*entry.expires_at_us, entry.sequence}] = entry.amount;
            m_owner[entry.sequence] = entry.credit;
        }
    }
}

void LotReplay::expire(const Entry &entry, std::int64_t lot) {
    auto &lots = m_open[entry.debit];
    if (lots.empty() || lots.begin()->first.second != lot) {
        m_problem_at(entry, "expires lot " + std::to_string(lot) + ", which is not the member's earliest-expiring one");
        return;
    }
    const auto [key, rest] = *lots.begin();
    if (key.first > entry.time_us) {
        m_problem_at(entry, "expires lot " + std::to_string(lot) + " at " + std::to_string(entry.time_us) + " µs, but its points last until " +
                                std::to_string(key.first) + " µs");
    }
    if (rest != entry.amount) {
        m_problem_at(entry,
                     "expires " + std::to_string(entry.amount) + " points of lot " + std::to_string(lot) + ", which has " + std::to_string(rest));
    }
    m_uses[entry.sequence].emplace_back(key, rest);
    lots.erase(lots.begin());
}

void LotReplay::take(const Entry &entry, const Entry *reversed) {
    auto &lots = m_open[entry.debit];
    if (!lots.empty() && lots.begin()->first.first <= entry.time_us) {
        m_problem_at(entry, "pays at " + std::to_string(entry.time_us) + " µs while lot " + std::to_string(lots.begin()->first.second) +
                                " of the account should have expired at " + std::to_string(lots.begin()->first.first) + " µs");
    }
    std::int64_t wanted = entry.amount;
    if (reversed != nullptr && reversed->expires_at_us) {
        take_of(entry, lots, {*reversed->expires_at_us, reversed->sequence}, wanted);
    }
    while (wanted > 0 && !lots.empty()) {
        take_of(entry, lots, lots.begin()->first, wanted);
    }
}

void LotReplay::take_of(const Entry &entry, std::map<LotKey, std::int64_t> &lots, LotKey key, std::int64_t &wanted) {
    const auto lot = lots.find(key);
    if (lot == lots.end() || wanted == 0) {
        return;
    }
    const std::int64_t part = std::min(lot->second, wanted);
    m_uses[entry.sequence].emplace_back(key, part);
    wanted -= part;
    lot->second -= part;
    if (lot->second == 0) {
        lots.erase(lot);
    }
}

/// `uses` are above zero here.
void LotReplay::give_back(const Entry &entry, const Uses &uses) {
    for (const auto &[key, amount] : uses) {
        m_open[m_owner[key.second]][key] += amount;
        m_uses[entry.sequence].emplace_back(key, -amount);
    }
}

/// What is not posted goes back: first of the points that never expire, then of the lots that expire last.
void LotReplay::end(const Entry &entry) {
    const std::int64_t posted = entry.state == "posted" ? entry.amount : 0;
    if (const auto pending = m_pending.find(*entry.resolves); pending != m_pending.end()) {
        const Uses taken = m_uses[*entry.resolves];
        std::int64_t of_lots = 0;
        for (const auto &[key, amount] : taken) {
            of_lots += amount;
        }
        std::int64_t kept = std::min(posted, of_lots); // the lots give first, so they keep what was posted first
        Uses back;
        for (const auto &[key, amount] : taken) {
            const std::int64_t stays = std::min(kept, amount);
            kept -= stays;
            if (amount > stays) {
                back.emplace_back(key, amount - stays);
            }
        }
        give_back(entry, back);
        m_pending.erase(pending);
    }
    if (posted > 0) {
        m_pending_of_post[entry.sequence] = *entry.resolves;
        if (is_member(entry.credit) && entry.expires_at_us) {
            m_open[entry.credit][{*entry.expires_at_us, entry.sequence}] = posted;
            m_owner[entry.sequence] = entry.credit;
        }
    }
}

void LotReplay::undo(const Entry &entry, const Entry &reversed) {
    std::map<LotKey, std::int64_t> net;
    std::vector<std::int64_t> sources = {reversed.sequence};
    if (const auto pending = m_pending_of_post.find(reversed.sequence); pending != m_pending_of_post.end()) {
        sources.push_back(pending->second);
    }
    for (const std::int64_t source : sources) {
        if (const auto uses = m_uses.find(source); uses != m_uses.end()) {
            for (const auto &[key, amount] : uses->second) {
                net[key] += amount;
            }
        }
    }
    Uses back;
    std::copy_if(net.begin(), net.end(), std::back_inserter(back), [](const auto &use) { return use.second > 0; });
    give_back(entry, back);
}

void LotReplay::compare(Connection &connection, const std::function<std::int64_t(const std::string &)> &available) const {
    std::map<LotKey, std::int64_t> rests;
    for (const auto &[account, lots] : m_open) {
        std::int64_t sum = 0;
        for (const auto &[key, rest] : lots) {
            rests[key] = rest;
            sum += rest;
        }
        if (sum > available(account)) {
            m_problem("the account " + in_quotes(account) + " has lots of " + std::to_string(sum) + " points, but only " +
                      std::to_string(available(account)) + " that it may pay");
        }
    }
    compare_rests(connection, std::move(rests));
    compare_uses(connection);
}

void LotReplay::compare_rests(Connection &connection, std::map<LotKey, std::int64_t> rests) const {
    Statement lot = connection.prepare("SELECT expires_at_us, sequence, rest FROM ledger_open_lot NOT INDEXED");
    while (lot.step()) {
        const auto found = rests.find({lot.column_int64(0), lot.column_int64(1)});
        const std::int64_t rest = found == rests.end() ? 0 : found->second;
        if (rest != lot.column_int64(2)) {
            m_problem("lot " + std::to_string(lot.column_int64(1)) + " is stored with " + std::to_string(lot.column_int64(2)) +
                      " points left, but the entries leave " + std::to_string(rest));
        }
        if (found != rests.end()) {
            rests.erase(found);
        }
    }
    for (const auto &[key, rest] : rests) {
        m_problem("the entries leave " + std::to_string(rest) + " points in lot " + std::to_string(key.second) + ", which is not stored as open");
    }
}

void LotReplay::compare_uses(Connection &connection) const {
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> uses; // by entry and lot
    for (const auto &[entry, of_entry] : m_uses) {
        for (const auto &[key, amount] : of_entry) {
            uses[{entry, key.second}] += amount;
        }
    }
    Statement use = connection.prepare("SELECT entry, lot, amount FROM ledger_lot_use NOT INDEXED");
    while (use.step()) {
        const auto found = uses.find({use.column_int64(0), use.column_int64(1)});
        const std::int64_t amount = found == uses.end() ? 0 : found->second;
        if (amount != use.column_int64(2)) {
            m_problem("entry " + std::to_string(use.column_int64(0)) + " is stored as taking " + std::to_string(use.column_int64(2)) +
                      " points of lot " + std::to_string(use.column_int64(1)) + ", but by the entries it takes " + std::to_string(amount));
        }
        if (found != uses.end()) {
            uses.erase(found);
        }
    }
    for (const auto &[names, amount] : uses) {
        m_problem("entry " + std::to_string(names.first) + " takes " + std::to_string(amount) + " points of lot " + std::to_string(names.second) +
                  " by the entries, which is not stored");
    }
}

} // namespace keyaki::data::verify
