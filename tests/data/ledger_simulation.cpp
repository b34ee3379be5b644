#include "tests/data/ledger_simulation.hpp"

#include "data/ledger_lots.hpp"
#include "data/ledger_pending.hpp"
#include "data/ledger_purposes.hpp"
#include "data/ledger_reversal.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

using namespace keyaki::data;

namespace keyaki::test {
namespace {

constexpr std::int64_t second_us = 1'000'000;

struct NamedAccount {
    const char *id;
    const char *unit;
};
// Points without a purpose, tickets for children that one class of shops takes, and a unit of huge numbers that cannot starve the others.
constexpr std::array<NamedAccount, 21> existing_accounts = {{{"issuer:chamber", "nin"},
                                                             {"budget:walk", "nin"},
                                                             {"budget:produce", "nin"},
                                                             {"member:a", "nin"},
                                                             {"member:b", "nin"},
                                                             {"member:c", "nin"},
                                                             {"shop:s", "nin"},
                                                             {"shop:t", "nin"},
                                                             {"redeemed", "nin"},
                                                             {"expired", "nin"},
                                                             {"draw:d", "nin"},
                                                             {"issuer:city", "childcare"},
                                                             {"budget:kids", "childcare"},
                                                             {"member:a/childcare", "childcare"},
                                                             {"shop:s/childcare", "childcare"},
                                                             {"shop:t/childcare", "childcare"},
                                                             {"redeemed/childcare", "childcare"},
                                                             {"issuer:huge", "huge"},
                                                             {"budget:huge", "huge"},
                                                             {"member:huge/huge", "huge"},
                                                             {"shop:huge/huge", "huge"}}};
constexpr std::array<std::pair<const char *, const char *>, 18> usual_pairs = {{{"issuer:chamber", "budget:walk"},
                                                                                {"issuer:chamber", "budget:produce"},
                                                                                {"issuer:city", "budget:kids"},
                                                                                {"budget:walk", "member:a"},
                                                                                {"budget:walk", "member:b"},
                                                                                {"budget:produce", "member:c"},
                                                                                {"budget:produce", "member:a"},
                                                                                {"budget:kids", "member:a/childcare"},
                                                                                {"member:a", "shop:s"},
                                                                                {"member:b", "shop:t"},
                                                                                {"member:a/childcare", "shop:s/childcare"},
                                                                                {"member:a/childcare", "shop:t/childcare"},
                                                                                {"shop:s", "redeemed"},
                                                                                {"shop:s/childcare", "redeemed/childcare"},
                                                                                {"member:c", "shop:s"},
                                                                                {"budget:walk", "draw:d"},
                                                                                {"draw:d", "member:b"},
                                                                                {"issuer:huge", "budget:huge"}}};

} // namespace

LedgerSimulation::LedgerSimulation(std::uint64_t seed) : m_seed(seed), m_random(seed) {
    Transaction transaction(*m_database);
    for (const NamedAccount &account : existing_accounts) {
        ensure_account(*m_database, account.id, account.unit);
        m_model.accounts[account.id].unit = account.unit;
    }
    transaction.commit();
    change_purpose();
}

void LedgerSimulation::require(bool holds, const std::string &sentence) const {
    if (!holds) {
        throw std::runtime_error("seed " + std::to_string(m_seed) + ", operation " + std::to_string(m_steps) + ": " + sentence);
    }
}

void LedgerSimulation::require_same(const std::string &found, const std::string &expected, const std::string &what) const {
    require(found == expected, what + ": the ledger answers " + found + ", the model " + expected);
}

std::string LedgerSimulation::some_account() {
    return chance(1) ? (chance(50) ? "member:nobody" : "bank:x") : existing_accounts[number(existing_accounts.size())].id;
}

/// Of one of the newest transfers, an end or a reversal among them, or of none.
std::string LedgerSimulation::some_id() {
    if (m_ids.empty() || chance(2)) {
        return "never";
    }
    if (chance(15)) {
        return m_model.entries[m_model.entries.size() - 1 - number(std::min<std::size_t>(m_model.entries.size() - 1, 50))].request.id;
    }
    return m_ids[m_ids.size() - 1 - number(std::min<std::size_t>(m_ids.size(), 120))];
}

TransferRequest LedgerSimulation::next_request() {
    if (!m_sent.empty() && chance(15)) {
        TransferRequest again = m_sent[m_sent.size() - 1 - number(std::min<std::size_t>(m_sent.size(), 200))];
        if (chance(50)) {
            change_one_field(again);
        }
        return again;
    }
    TransferRequest request = new_request();
    m_sent.push_back(request);
    m_ids.push_back(request.id);
    return request;
}

TransferRequest LedgerSimulation::new_request() {
    TransferRequest request;
    request.id = chance(1) ? "" : "t" + std::to_string(++m_number);
    request.debit_account = some_account();
    request.credit_account = some_account();
    if (chance(80)) { // of pairs that may pay, so that points do go round
        const auto &pair = usual_pairs[number(usual_pairs.size())];
        request.debit_account = pair.first;
        request.credit_account = pair.second;
    }
    request.amount = static_cast<std::int64_t>(number(60)) - 1;
    if (request.debit_account == "issuer:huge" || request.debit_account == "budget:huge") {
        request.amount = std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(number(1'000));
    }
    request.code = chance(50) ? "award" : "spend";
    request.reference = chance(50) ? "" : "清瀬";
    request.pending = chance(25);
    request.timeout_s = request.pending ? static_cast<std::int64_t>(number(3)) * 30 : 0;
    if (request.credit_account.starts_with("member:") ? chance(70) : chance(2)) {
        request.expires_at_us = m_now_us + static_cast<std::int64_t>(number(240)) * second_us;
    }
    return request;
}

void LedgerSimulation::change_one_field(TransferRequest &request) {
    switch (number(8)) {
    case 0: request.debit_account = some_account(); break;
    case 1: request.credit_account = some_account(); break;
    case 2: request.amount = static_cast<std::int64_t>(number(60)) - 2; break;
    case 3: request.code = "award"; break;
    case 4: request.reference = "other"; break;
    case 5:
        request.pending = !request.pending;
        request.timeout_s = 0;
        break;
    case 6: request.timeout_s += request.pending ? 60 : 0; break;
    default: request.expires_at_us = 7; break;
    }
}

std::string LedgerSimulation::run_transfer() {
    const TransferRequest request = next_request();
    const TransferResult result = data::transfer(*m_database, request, m_now_us);
    const std::string found(transfer_outcome_name(result.outcome));
    require_same(found, m_model.transfer(request, m_now_us),
                 "transfer " + request.id + " of " + std::to_string(request.amount) + " from " + request.debit_account + " to " +
                     request.credit_account);
    require(result.transfer.has_value() == (found == "created" || found == "exists"), "an entry comes with created and exists, and only with them");
    if (found == "created") {
        m_hashes[request.id] = result.transfer->hash;
    } else if (found == "exists") {
        require(result.transfer->hash == m_hashes.at(request.id), "I5: the same request gets the entry that was made then");
    }
    return "transfer " + found;
}

std::string LedgerSimulation::run_end() {
    EndRequest request;
    request.transfer_id = some_id();
    request.ending = chance(55) ? Ending::post : chance(70) ? Ending::cancel : Ending::time_out;
    if (request.ending == Ending::post && chance(60)) {
        request.amount = static_cast<std::int64_t>(number(40)) - 1;
    }
    request.reference = chance(70) ? "" : "review";
    const EndResult result = end_pending(*m_database, request, m_now_us);
    const std::string found(end_outcome_name(result.outcome));
    require_same(found, m_model.end(request, m_now_us), "the end of " + request.transfer_id);
    return "end " + found;
}

std::string LedgerSimulation::run_reversal() {
    const ReverseRequest request{some_id(), chance(70) ? "" : "a mistake"};
    const std::string found(reverse_outcome_name(data::reverse(*m_database, request, m_now_us).outcome));
    require_same(found, m_model.reverse(request, m_now_us), "the reversal of " + request.transfer_id);
    return "reverse " + found;
}

std::string LedgerSimulation::run_due() {
    const std::size_t limit = 1 + number(10);
    const std::size_t timed_out = time_out_pending(*m_database, m_now_us, limit).size();
    const std::size_t expired = timed_out < limit ? expire_due_lots(*m_database, m_now_us, limit - timed_out) : 0;
    require_same(std::to_string(timed_out + expired), std::to_string(m_model.end_what_is_due(m_now_us, limit)), "what was due");
    return timed_out + expired == 0 ? "due nothing" : "due something";
}

/// Shops of class "childcare" take tickets, until they do not.
void LedgerSimulation::change_purpose() {
    const bool is_accepted = m_steps == 0 || chance(80);
    std::optional<Transaction> transaction;
    if (!m_database->in_transaction()) {
        transaction.emplace(*m_database);
    }
    for (const auto &[shop, shop_class] : {std::pair{"s", "childcare"}, {"t", "general"}}) {
        put_shop(*m_database, shop, shop_class);
        m_model.shop_classes[shop] = shop_class;
    }
    put_purpose(*m_database, "childcare", "childcare", is_accepted);
    is_accepted ? void(m_model.accepted.insert({"childcare", "childcare"})) : m_model.accepted.clear();
    if (transaction) {
        transaction->commit();
    }
}

std::string LedgerSimulation::step() {
    ++m_steps;
    m_now_us += chance(10) ? -static_cast<std::int64_t>(number(5 * second_us)) : static_cast<std::int64_t>(number(2 * second_us));
    if (number(5'000) == 0) {
        change_purpose();
    }
    const std::uint64_t choice = number(100);
    const std::string outcome = choice < 65 ? run_transfer() : choice < 83 ? run_end() : choice < 91 ? run_reversal() : run_due();
    ++m_outcomes[outcome];
    check_state();
    return outcome;
}

void LedgerSimulation::check_state() {
    check_accounts();
    check_lots();
    const ChainHead head = read_chain_head(*m_database);
    require(head.sequence == m_model.entries.size() - 1, "I14: the sequence has no gap");
    require(head.time_us == m_model.entries.back().time_us, "I14: the time is the clock's, or just after the entry before");
}

/// I1, I2, I3, I19: all accounts are as in the model, which a refusal leaves as it was.
void LedgerSimulation::check_accounts() {
    std::uint64_t posted = 0; // modulo 2^64 on purpose: sums of several accounts may be larger than any one
    std::uint64_t pending = 0;
    const std::vector<Account> found = accounts(*m_database);
    require(found.size() == m_model.accounts.size(), "there are as many accounts as in the model");
    for (const Account &a : found) {
        const ReferenceLedger::Account stored{a.unit, a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending};
        require(stored == m_model.accounts[a.id], "the account " + a.id + " is as in the model");
        posted += static_cast<std::uint64_t>(a.debits_posted) - static_cast<std::uint64_t>(a.credits_posted);
        pending += static_cast<std::uint64_t>(a.debits_pending) - static_cast<std::uint64_t>(a.credits_pending);
        require(std::min({a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending}) >= 0, "I2: no total is below zero: " + a.id);
        auto &before = m_posted_before[a.id];
        require(a.debits_posted >= before.first && a.credits_posted >= before.second, "I2: posted totals only grow: " + a.id);
        before = {a.debits_posted, a.credits_posted};
        require(a.kind == AccountKind::issuer || a.available() >= 0, "I3: nobody but an issuer owes: " + a.id);
    }
    require(posted == 0 && pending == 0, "I1: debits are credits, posted and pending");
}

/// I11, I12: of each lot as much is left as in the model, and no member has more in lots than he may pay.
void LedgerSimulation::check_lots() {
    std::size_t open = 0;
    std::map<std::string, std::int64_t> held;
    Statement row = m_database->prepare("SELECT sequence, rest FROM ledger_open_lot");
    while (row.step()) {
        const auto lot = m_model.lots.find(static_cast<std::size_t>(row.column_int64(0)));
        require(lot != m_model.lots.end() && lot->second.rest == row.column_int64(1),
                "I11: of lot " + std::to_string(row.column_int64(0)) + " is left what is left in the model");
        held[lot->second.account] += row.column_int64(1);
        ++open;
    }
    std::size_t expected = 0;
    for (const auto &[account, lots] : m_model.open) {
        expected += lots.size();
        const ReferenceLedger::Account &a = m_model.accounts[account];
        require(held[account] <= a.credits_posted - a.debits_posted - a.debits_pending, "I11: lots of " + account + " hold no more than it may pay");
    }
    require(open == expected, "I11: the same lots are open as in the model");
}

void LedgerSimulation::audit() {
    const LedgerReport report = verify_ledger(*m_database);
    require(report.problems.empty(), "I15, I22: verify finds: " + (report.problems.empty() ? std::string() : report.problems.front()));
    require(report.transfers == m_model.entries.size() - 1, "verify sees as many entries as the model");
}

} // namespace keyaki::test
