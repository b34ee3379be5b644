#pragma once

#include "data/check_in.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::data {

class Connection;

/// What is known of members, how it leaves when they want it to, and how it leaves by itself (checkin.md, section 6). One connection, one thread;
/// functions that change something run inside the transaction that gave the book.
class MemberBook {
  public:
    explicit MemberBook(Connection &connection) noexcept : m_connection(connection) {}

    /// Every row of every table that is about the member, his entries in the ledger too: its table, and the row as a JSON object with all columns.
    using RowVisitor = std::function<void(std::string_view table, std::string &&row_json)>;
    void read(std::string_view member, const RowVisitor &visit);

    [[nodiscard]] std::vector<Stamp> stamps(std::string_view member); ///< newest first

    struct Removed {
        std::string table;
        std::uint64_t rows = 0;
    };
    /// Removes all that but the books: the ledger, in which he stays as a pseudonym, and the audit log. An event says to receivers that he was
    /// erased; earlier ones that the sender has not read yet are told no more, and those that it has read come before it. Tables where nothing was
    /// found are not named; of somebody unknown, nothing is written. The removed bytes may stand in the write-ahead log until scrub_log().
    std::vector<Removed> erase(std::string_view member, std::int64_t now_us);

    /// Until when (Unix time) something has to be for its retention to be over.
    struct Retention {
        std::int64_t evidence_us = 0; ///< what check-ins were decided by; reviews, steps, tickets for offline, standings, runs that were not finished
        std::int64_t answers_us = 0;  ///< to requests that may come again
        std::int64_t counts_us = 0;   ///< of tries and stamps in a day
    };
    /// Removes what is over, of each kind at most `limit` rows; how many. Check-ins lose their evidence and stay.
    std::size_t forget(const Retention &retention, std::size_t limit);

    /// The number in the audit log of the erasure that came last; 0 before any.
    [[nodiscard]] std::int64_t last_erasure();
    struct Scrub {
        std::int64_t last_erasure = 0; ///< before the file was written anew: later ones may not be in it
        std::int64_t time_us = 0;
    };
    /// When the file was written anew last, by the audit log; nothing before it ever was.
    [[nodiscard]] std::optional<Scrub> last_scrub();

  private:
    [[nodiscard]] bool has_events(std::string_view member);
    void erase_events(std::string_view member, std::int64_t now_us, std::vector<Removed> &removed);

    Connection &m_connection;
};

} // namespace keyaki::data
