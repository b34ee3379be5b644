#pragma once

#include "data/database.hpp"
#include "data/ledger_verify_entry.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyaki::data::verify {

/// Follows each point that expires from the entries alone: which lot it came in, who took it, what is left. Written from data/ledger-format.md.
class LotReplay {
  public:
    LotReplay(ProblemAt problem_at, Problem problem) : m_problem_at(std::move(problem_at)), m_problem(std::move(problem)) {}

    /// Entries by sequence. `reversed` is the posted entry that this one reverses, where it does.
    void apply(const Entry &entry, const Entry *reversed);
    /// After the last entry: what is stored of lots is what the entries say. `available` gives what an account may pay by its entries.
    void compare(Connection &connection, const std::function<std::int64_t(const std::string &)> &available) const;

  private:
    using LotKey = std::pair<std::int64_t, std::int64_t>; ///< expiry, sequence
    using Uses = std::vector<std::pair<LotKey, std::int64_t>>;

    void expire(const Entry &entry, std::int64_t lot);
    void take(const Entry &entry, const Entry *reversed);
    void take_of(const Entry &entry, std::map<LotKey, std::int64_t> &lots, LotKey key, std::int64_t &wanted);
    void give_back(const Entry &entry, const Uses &uses);
    void end(const Entry &entry);
    void undo(const Entry &entry, const Entry &reversed);
    void compare_rests(Connection &connection, std::map<LotKey, std::int64_t> rests) const;
    void compare_uses(Connection &connection) const;

    ProblemAt m_problem_at;
    Problem m_problem;
    std::map<std::string, std::map<LotKey, std::int64_t>> m_open; ///< by account: what is left of each lot
    std::map<std::int64_t, std::string> m_owner;                  ///< of each lot that ever was
    std::map<std::int64_t, Uses> m_uses;                          ///< by entry, in the order of taking; below zero: given back
    std::map<std::int64_t, std::int64_t> m_pending;               ///< amounts of pending entries that a member pays
    std::map<std::int64_t, std::int64_t> m_pending_of_post;       ///< the pending entry behind one that posts
};

} // namespace keyaki::data::verify
