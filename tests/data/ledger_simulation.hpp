#pragma once

#include "tests/data/ledger_fixture.hpp"
#include "tests/data/ledger_reference.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace keyaki::test {

/// Random operations of every kind against the ledger in the database and against the reference model. After each one every invariant that shows in
/// the state is checked; a difference throws a sentence with the seed and the number of the operation, by which it comes again.
class LedgerSimulation {
  public:
    explicit LedgerSimulation(std::uint64_t seed);

    /// One random operation; returns "transfer created", "end already_posted" and so on.
    std::string step();
    /// Recomputes everything from the entries alone (the independent path), and compares with the model.
    void audit();
    [[nodiscard]] const std::map<std::string, std::uint64_t> &outcomes() const noexcept { return m_outcomes; }
    [[nodiscard]] std::uint64_t entries() const noexcept { return m_model.entries.size() - 1; }
    [[nodiscard]] data::Connection &connection() noexcept { return *m_database; }

  private:
    std::uint64_t number(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(m_random); }
    bool chance(std::uint64_t percent) { return number(100) < percent; }
    std::string some_account();
    std::string some_id();
    data::TransferRequest next_request();
    data::TransferRequest new_request();
    void change_one_field(data::TransferRequest &request);
    std::string run_transfer();
    std::string run_end();
    std::string run_reversal();
    std::string run_due();
    void change_purpose();
    void check_state();
    void check_accounts();
    void check_lots();
    void require(bool holds, const std::string &sentence) const;
    void require_same(const std::string &found, const std::string &expected, const std::string &what) const;

    std::uint64_t m_seed;
    std::uint64_t m_steps = 0;
    FreshDatabase m_database;
    ReferenceLedger m_model;
    std::mt19937_64 m_random;
    std::vector<data::TransferRequest> m_sent;
    std::vector<std::string> m_ids;
    std::map<std::string, data::Hash> m_hashes;
    std::map<std::string, std::uint64_t> m_outcomes;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> m_posted_before;
    std::uint64_t m_number = 0;
    std::int64_t m_now_us = 1'000'000;
};

} // namespace keyaki::test
