#include "server/flows/rallies.hpp"

#include "geo/error.hpp"
#include "server/flows/rally_check.hpp"
#include "server/json_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace keyaki::server {

namespace {

constexpr std::string_view issuer_account = "issuer:chamber";

/// Moves `difference` points between the issuer and the rally's budget; the id names the rally's version, so it happens once.
void move_budget(data::WriteTransaction &transaction, const rally::Rally &rally, std::uint64_t version, std::int64_t difference,
                 std::int64_t now_us) {
    const std::string budget = rally::budget_account(rally.id);
    transaction.ensure_account(issuer_account, "nin");
    transaction.ensure_account(budget, "nin");
    if (difference == 0) {
        return;
    }
    const bool funds = difference > 0;
    data::TransferRequest request;
    request.id = fmt::format("{}/{}/{}", funds ? "fund" : "return", rally.id, version);
    request.debit_account = funds ? std::string(issuer_account) : budget;
    request.credit_account = funds ? budget : std::string(issuer_account);
    request.amount = funds ? difference : -difference;
    request.code = funds ? "fund" : "return";
    request.reference = fmt::format("rally/{}/{}", rally.id, version);
    const data::TransferResult result = transaction.transfer(request, now_us);
    if (result.outcome == data::TransferOutcome::exceeds_budget) {
        const auto account = transaction.find_account(budget);
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the budget of rally {} cannot shrink by {} points: {} are left of it", rally.id,
                                                               -difference, account ? account->available() : 0));
    }
    if (result.outcome != data::TransferOutcome::created) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the budget of rally {} was not moved: the ledger answered {}", rally.id,
                                                               data::transfer_outcome_name(result.outcome)));
    }
}

/// What a stored version's budget was funded with; also of a version whose other fields this program cannot read.
std::int64_t budget_of(const data::Rally &stored) { return parse_json(stored.json, "the stored rally").value("budget", std::int64_t{0}); }

} // namespace

/// A configuration that this version cannot read (of a later one, say) takes part in nothing; the others go on.
void Rallies::add_readable(Table &table, const data::Rally &stored) {
    try {
        table.emplace(stored.id, std::make_shared<const VersionedRally>(VersionedRally{rally::parse_rally(stored.json), stored.version}));
    } catch (const geo::Error &error) {
        spdlog::error("rally {} version {} cannot be read and is off: {}", stored.id, stored.version, error.what());
    }
}

void Rallies::refresh() {
    const std::lock_guard lock(m_refreshing);
    const auto old = m_table.load();
    Table table;
    for (const data::Rally &stored : m_store.rallies()) {
        const auto known = old->find(stored.id);
        if (known != old->end() && known->second->version == stored.version) {
            table.insert(*known);
        } else {
            add_readable(table, stored);
        }
    }
    m_table.store(std::make_shared<const Table>(std::move(table)));
}

std::shared_ptr<const VersionedRally> Rallies::find(std::string_view id) const {
    const auto table = m_table.load();
    const auto found = table->find(id);
    return found == table->end() ? nullptr : found->second;
}

RallyPut put_rally(data::Store &store, std::string_view json, std::string_view author, std::int64_t now_us) {
    const rally::Rally rally = rally::parse_rally(json);
    const std::string canonical = rally::canonical_rally_json(json);
    check_against_city(store, rally);
    RallyPut put;
    store.write([&](data::WriteTransaction &transaction) {
        const auto before = transaction.find_rally(rally.id);
        put.stored = transaction.put_rally(rally.id, canonical, author, now_us);
        put.changed = !before || before->version != put.stored.version;
        if (put.changed) {
            put.moved_points = rally.budget - (before ? budget_of(*before) : 0);
            move_budget(transaction, rally, put.stored.version, put.moved_points, now_us);
        }
    });
    return put;
}

} // namespace keyaki::server
