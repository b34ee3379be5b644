#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;

// Random requests against the ledger in the database and against a model of some fifty lines that was written from ledger.md alone.

namespace {

struct ModelAccount {
    std::string unit;
    std::int64_t debits_posted = 0, debits_pending = 0, credits_posted = 0, credits_pending = 0;
    friend bool operator==(const ModelAccount &, const ModelAccount &) = default;
};

class Model {
  public:
    std::map<std::string, ModelAccount> accounts;
    std::map<std::string, TransferRequest> created;
    std::set<std::string> failed;

    std::string apply(const TransferRequest &request) {
        const std::string answer = decide(request);
        if (answer == "created") {
            created[request.id] = request;
            ModelAccount &debit = accounts[request.debit_account];
            ModelAccount &credit = accounts[request.credit_account];
            (request.pending ? debit.debits_pending : debit.debits_posted) += request.amount;
            (request.pending ? credit.credits_pending : credit.credits_posted) += request.amount;
        } else if (!answer.starts_with("exists") && !request.id.empty()) {
            failed.insert(request.id);
        }
        return answer;
    }

  private:
    static bool may_pay(const std::string &debit, const std::string &credit) {
        static const std::set<std::string> pairs = {"issuer budget", "budget member",  "budget draw",   "draw member",   "member shop",
                                                    "shop redeemed", "member expired", "budget issuer", "member budget", "draw budget",
                                                    "member draw",   "shop member",    "redeemed shop", "expired member"};
        return pairs.count(debit.substr(0, debit.find(':')) + " " + credit.substr(0, credit.find(':'))) != 0;
    }

    static std::string compare(const TransferRequest &a, const TransferRequest &b) {
        const std::vector<std::pair<bool, std::string>> fields = {{a.debit_account == b.debit_account, "debit_account"},
                                                                  {a.credit_account == b.credit_account, "credit_account"},
                                                                  {a.amount == b.amount, "amount"},
                                                                  {a.code == b.code, "code"},
                                                                  {a.reference == b.reference, "reference"},
                                                                  {a.pending == b.pending, "pending"},
                                                                  {a.timeout_s == b.timeout_s, "timeout"},
                                                                  {a.expires_at_us == b.expires_at_us, "expiry"}};
        for (const auto &[same, name] : fields) {
            if (!same) {
                return "exists_with_different_" + name;
            }
        }
        return "exists";
    }

    std::string decide(const TransferRequest &request) {
        if (const auto found = created.find(request.id); found != created.end()) {
            return compare(request, found->second);
        }
        if (failed.count(request.id) != 0) {
            return "id_already_failed";
        }
        if (request.id.empty()) {
            return "id_must_not_be_empty";
        }
        if (request.amount <= 0) {
            return "amount_must_be_positive";
        }
        if (request.debit_account == request.credit_account) {
            return "accounts_must_be_different";
        }
        const auto debit = accounts.find(request.debit_account);
        const auto credit = accounts.find(request.credit_account);
        if (debit == accounts.end() || credit == accounts.end()) {
            return debit == accounts.end() ? "debit_account_not_found" : "credit_account_not_found";
        }
        if (debit->second.unit != credit->second.unit) {
            return "accounts_must_have_the_same_unit";
        }
        if (!may_pay(debit->first, credit->first)) {
            return "kind_pair_not_allowed";
        }
        const ModelAccount &from = debit->second;
        if (!debit->first.starts_with("issuer:") && from.credits_posted - from.debits_posted - from.debits_pending < request.amount) {
            return debit->first.starts_with("budget:") ? "exceeds_budget" : "exceeds_credits";
        }
        const auto room = [&](std::int64_t posted, std::int64_t pending) {
            return static_cast<long double>(posted) + static_cast<long double>(pending) + static_cast<long double>(request.amount) <=
                   static_cast<long double>(std::numeric_limits<std::int64_t>::max()); // 64 bits of mantissa: exact
        };
        return room(from.debits_posted, from.debits_pending) && room(credit->second.credits_posted, credit->second.credits_pending) ? "created"
                                                                                                                                    : "overflows";
    }
};
static_assert(std::numeric_limits<long double>::digits >= 64);

const std::array<const char *, 14> existing_accounts = {"issuer:chamber", "issuer:city", "budget:walk", "budget:produce", "member:a",
                                                        "member:b",       "member:c",    "shop:s",      "shop:t",         "redeemed",
                                                        "expired",        "draw:d",      "member:kid",  "budget:kids"};

class Simulation {
  public:
    explicit Simulation(std::uint64_t seed) : m_random(seed) {
        Transaction transaction(*m_database);
        for (const std::string account : existing_accounts) {
            const bool purpose = account == "member:kid" || account == "budget:kids" || account == "issuer:city";
            ensure_account(*m_database, account, purpose ? "childcare" : "nin");
            m_model.accounts[account].unit = purpose ? "childcare" : "nin";
        }
        transaction.commit();
    }

    Connection &connection() { return *m_database; }
    const Model &model() const { return m_model; }
    const std::map<std::string, int> &outcomes() const { return m_outcomes; }

    /// One random request to both; requires the same answer. Returns it.
    std::string step() {
        m_now_us += chance(10) ? -static_cast<std::int64_t>(number(5'000)) : static_cast<std::int64_t>(number(50));
        const TransferRequest request = next_request();
        const TransferResult result = transfer(*m_database, request, m_now_us);
        const std::string expected = m_model.apply(request);
        const std::string found(transfer_outcome_name(result.outcome));
        if (found != expected) {
            CAPTURE(request.id, request.debit_account, request.credit_account, request.amount, m_now_us);
            REQUIRE(found == expected);
        }
        check_result(request, result);
        ++m_outcomes[found];
        return found;
    }

    /// Every account of the database is as in the model.
    void compare_accounts() {
        std::map<std::string, ModelAccount> stored;
        for (const Account &a : accounts(*m_database)) {
            stored[a.id] = {a.unit, a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending};
        }
        REQUIRE((stored == m_model.accounts));
    }

  private:
    std::uint64_t number(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(m_random); }
    bool chance(std::uint64_t percent) { return number(100) < percent; }

    std::string some_account() {
        if (chance(1)) {
            return chance(50) ? "member:nobody" : "bank:x";
        }
        return existing_accounts[number(existing_accounts.size())];
    }

    TransferRequest next_request() {
        if (!m_sent.empty() && chance(25)) {
            TransferRequest again = m_sent[m_sent.size() - 1 - number(std::min<std::size_t>(m_sent.size(), 200))];
            if (chance(50)) {
                change_one_field(again);
            }
            return again;
        }
        TransferRequest request = new_request();
        m_sent.push_back(request);
        return request;
    }

    TransferRequest new_request() {
        // Half of the requests are of pairs that may pay, so that points do go round.
        static const std::array<std::pair<const char *, const char *>, 12> usual = {{{"issuer:chamber", "budget:walk"},
                                                                                     {"issuer:chamber", "budget:produce"},
                                                                                     {"issuer:city", "budget:kids"},
                                                                                     {"budget:walk", "member:a"},
                                                                                     {"budget:walk", "member:b"},
                                                                                     {"budget:produce", "member:c"},
                                                                                     {"budget:kids", "member:kid"},
                                                                                     {"member:a", "shop:s"},
                                                                                     {"member:b", "shop:t"},
                                                                                     {"shop:s", "redeemed"},
                                                                                     {"member:c", "expired"},
                                                                                     {"budget:walk", "draw:d"}}};
        TransferRequest request;
        request.id = chance(1) ? "" : "t" + std::to_string(++m_number);
        if (chance(60)) {
            const auto &pair = usual[number(usual.size())];
            request.debit_account = pair.first;
            request.credit_account = pair.second;
        } else {
            request.debit_account = some_account();
            request.credit_account = some_account();
        }
        request.amount = static_cast<std::int64_t>(number(60)) - 2;
        if (chance(1)) {
            request.amount = std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(number(1'000));
        }
        request.code = chance(50) ? "award" : "spend";
        request.reference = chance(50) ? "" : "清瀬";
        request.pending = chance(15);
        request.timeout_s = request.pending ? static_cast<std::int64_t>(number(3)) * 60 : 0;
        if (chance(30)) {
            request.expires_at_us = static_cast<std::int64_t>(number(3));
        }
        return request;
    }

    void change_one_field(TransferRequest &request) {
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

    // I5, I14 and I15 as far as one answer shows them.
    void check_result(const TransferRequest &request, const TransferResult &result) {
        const bool has_entry = result.outcome == TransferOutcome::created || result.outcome == TransferOutcome::exists;
        REQUIRE(result.transfer.has_value() == has_entry);
        if (result.outcome == TransferOutcome::created) {
            REQUIRE(result.transfer->sequence == ++m_sequence);
            REQUIRE(result.transfer->time_us > m_last_time_us);
            REQUIRE(result.transfer->time_us >= m_now_us);
            m_last_time_us = result.transfer->time_us;
            m_hashes[request.id] = result.transfer->hash;
        } else if (result.outcome == TransferOutcome::exists) {
            REQUIRE((result.transfer->hash == m_hashes.at(request.id)));
        }
    }

    FreshDatabase m_database;
    Model m_model;
    std::mt19937_64 m_random;
    std::vector<TransferRequest> m_sent;
    std::map<std::string, Hash> m_hashes;
    std::map<std::string, int> m_outcomes;
    std::uint64_t m_number = 0;
    std::uint64_t m_sequence = 0;
    std::int64_t m_now_us = 1'000'000;
    std::int64_t m_last_time_us = 0;
};

struct Snapshot {
    std::vector<Account> accounts;
    LedgerHead head;
};

bool same(const Snapshot &a, const Snapshot &b) {
    return a.head.sequence == b.head.sequence && a.head.hash == b.head.hash &&
           std::equal(a.accounts.begin(), a.accounts.end(), b.accounts.begin(), b.accounts.end(), [](const Account &x, const Account &y) {
               return x.id == y.id && x.unit == y.unit && x.debits_posted == y.debits_posted && x.debits_pending == y.debits_pending &&
                      x.credits_posted == y.credits_posted && x.credits_pending == y.credits_pending;
           });
}

void check_invariants(const Snapshot &before, const Snapshot &after, const std::string &outcome) {
    // Modulo 2^64 on purpose: the sums of several accounts may be larger than any one.
    std::uint64_t posted = 0;
    std::uint64_t pending = 0;
    for (std::size_t i = 0; i < after.accounts.size(); ++i) {
        const Account &a = after.accounts[i];
        posted += static_cast<std::uint64_t>(a.debits_posted) - static_cast<std::uint64_t>(a.credits_posted);
        pending += static_cast<std::uint64_t>(a.debits_pending) - static_cast<std::uint64_t>(a.credits_pending);
        REQUIRE(std::min({a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending}) >= 0); // I2
        REQUIRE(a.debits_posted >= before.accounts[i].debits_posted);
        REQUIRE(a.credits_posted >= before.accounts[i].credits_posted);
        REQUIRE((a.kind == AccountKind::issuer || a.available() >= 0)); // I3
    }
    REQUIRE(posted == 0); // I1
    REQUIRE(pending == 0);
    if (outcome != "created") {
        REQUIRE(same(before, after)); // I19
    }
}

} // namespace

TEST_CASE("after every one of 3,000 random requests the ledger keeps I1-I5, I7, I13-I15 and I19") {
    Simulation simulation(20260412);
    const auto look = [&] { return Snapshot{accounts(simulation.connection()), ledger_head(simulation.connection())}; };
    Transaction transaction(simulation.connection());
    Snapshot before = look();
    for (int i = 0; i < 3'000; ++i) {
        const std::string outcome = simulation.step();
        Snapshot after = look();
        check_invariants(before, after, outcome);
        simulation.compare_accounts();
        if (i % 100 == 0) {
            REQUIRE(verify_ledger(simulation.connection()).problems.empty());
        }
        before = std::move(after);
    }
    transaction.commit();
    const LedgerReport report = verify_ledger(simulation.connection());
    CHECK(report.problems == std::vector<std::string>{});
    CHECK(report.head.hash == before.head.hash);
}

TEST_CASE("100,000 random requests get from the ledger what the model says") {
    Simulation simulation(1);
    constexpr int requests = 100'000;
    for (int done = 0; done < requests;) {
        Transaction transaction(simulation.connection());
        for (int i = 0; i < 1'000; ++i, ++done) {
            simulation.step();
        }
        simulation.compare_accounts();
        transaction.commit();
    }
    const LedgerReport report = verify_ledger(simulation.connection());
    CHECK(report.problems == std::vector<std::string>{});
    CHECK(report.transfers == simulation.model().created.size());
    CHECK(report.head.sequence == report.transfers);
    CHECK(report.accounts == existing_accounts.size());
    // The run is worth something only when it came everywhere.
    for (int value = 0; value <= static_cast<int>(TransferOutcome::overflows); ++value) {
        const std::string name(transfer_outcome_name(static_cast<TransferOutcome>(value)));
        CAPTURE(name);
        CHECK(simulation.outcomes().count(name) == 1);
    }
}
