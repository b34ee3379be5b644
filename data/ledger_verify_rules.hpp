#pragma once

#include "data/database.hpp"
#include "data/ledger_verify_entry.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace keyaki::data::verify {

/// What an entry must be because of the entries and rules before it: ends of pending ones, reversals, purposes. From data/ledger-format.md.
class RuleReplay {
  public:
    RuleReplay(Connection &connection, ProblemAt problem_at, Problem problem);

    /// Entries by sequence. Returns the posted entry that this one reverses, where it does.
    std::optional<Entry> apply(const Entry &entry);
    /// How `entry`, with what it ends, changes the pending columns: the amount that it takes off them. 0 where it ends nothing.
    [[nodiscard]] std::int64_t released_by(const Entry &entry) const;
    /// After the last entry: what is stored as waiting is what waits.
    void compare() const;

  private:
    void check_end(const Entry &entry);
    void check_pending(const Entry &entry, const Entry &pending);
    std::optional<Entry> check_reversal(const Entry &entry);
    void check_purpose(const Entry &entry);
    [[nodiscard]] std::optional<Entry> read(std::int64_t sequence);

    Connection &m_connection;
    ProblemAt m_problem_at;
    Problem m_problem;
    std::map<std::int64_t, Entry> m_waiting;
    std::set<std::int64_t> m_ended;
    std::int64_t m_released = 0;
    std::map<std::string, std::map<std::int64_t, std::string>> m_classes;                   ///< by shop and sequence
    std::map<std::pair<std::string, std::string>, std::map<std::int64_t, bool>> m_accepted; ///< by purpose and class, and sequence
};

} // namespace keyaki::data::verify
