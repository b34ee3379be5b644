#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace keyaki::test {

/// The ledger once more, in 200 lines, from ledger.md and data/ledger-format.md alone: no database, no care for speed, answers as words.
class ReferenceLedger {
  public:
    struct Account {
        std::string unit;
        std::int64_t debits_posted = 0, debits_pending = 0, credits_posted = 0, credits_pending = 0;
        friend bool operator==(const Account &, const Account &) = default;
    };
    struct Entry {
        data::TransferRequest request;
        std::string state = "posted";
        std::int64_t time_us = 0;
        std::size_t resolves = 0, ended_by = 0, reversed_by = 0; ///< sequences; 0 for none
        std::map<std::size_t, std::int64_t> taken;               ///< by lot, after what was given back
    };
    struct Lot {
        std::string account;
        std::int64_t expires_at_us = 0, rest = 0;
    };

    std::map<std::string, Account> accounts;
    std::vector<Entry> entries{1};                                              ///< by sequence, from 1
    std::map<std::size_t, Lot> lots;                                            ///< by the sequence that brought them, also empty ones
    std::map<std::string, std::set<std::pair<std::int64_t, std::size_t>>> open; ///< by account: expiry and sequence of lots that are not empty
    std::set<std::pair<std::int64_t, std::size_t>> waiting;                     ///< deadline and sequence of pending entries
    std::map<std::string, std::string> shop_classes;
    std::set<std::pair<std::string, std::string>> accepted; ///< purpose and class

    std::string transfer(const data::TransferRequest &request, std::int64_t now_us);
    std::string end(const data::EndRequest &request, std::int64_t now_us);
    std::string reverse(const data::ReverseRequest &request, std::int64_t now_us);
    std::size_t end_what_is_due(std::int64_t now_us, std::size_t limit);

  private:
    using ByExpiry = std::vector<std::pair<std::int64_t, std::size_t>>;
    [[nodiscard]] ByExpiry open_lots(const std::string &account) const;
    [[nodiscard]] std::int64_t next_time(std::int64_t now_us) const;
    [[nodiscard]] std::string refusal(const data::TransferRequest &request, std::int64_t now_us);
    [[nodiscard]] bool is_overflowing(const data::TransferRequest &request) const;
    [[nodiscard]] bool shop_refuses(const std::string &shop_account, const std::string &unit) const;
    std::size_t append(data::TransferRequest request, const std::string &state, std::size_t resolves, std::int64_t now_us);
    void add_to_lot(std::size_t lot, std::int64_t points);
    void take(std::size_t entry, const std::string &account, std::int64_t amount, std::size_t first);
    void write_end(std::size_t pending, const std::string &state, std::int64_t amount, const std::string &reference, std::int64_t now_us);
    std::size_t expire(const std::string &account, std::int64_t now_us);

    std::map<std::string, std::size_t> m_by_id;
    std::set<std::string> m_failed;
};

} // namespace keyaki::test
