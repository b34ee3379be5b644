#pragma once

#include "data/ledger.hpp"
#include "server/access/options.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::access {

/// Times by name, as many as there is room for; where a new one finds none, the time that is over first goes. One thread at a time.
class TimeTable {
  public:
    using Name = std::array<std::uint8_t, 16>; ///< evenly spread: of a keyed hash
    explicit TimeTable(std::size_t room);
    /// The time of this name; 0 where there is none.
    [[nodiscard]] std::int64_t find(const Name &name) const noexcept;
    void set(const Name &name, std::int64_t time_us) noexcept;

  private:
    static constexpr std::size_t ways = 4; ///< places for one name
    struct Entry {
        Name name{};
        std::int64_t time_us = 0; ///< 0: free
    };
    [[nodiscard]] std::size_t first_place(const Name &name) const noexcept;
    std::vector<Entry> m_entries;
};

/// Counts attempts with wrong keys and tokens, by client address (of IPv6 the /64 that one subscriber has) and by the beginning of a key, each with
/// limits::attempts in a row and one more each limits::attempt_interval (a bucket that leaks: GCRA). An address has one budget for keys and one for
/// tokens, so that a forgotten program with an old key keeps nobody at its address from signing in. Times are of any steady clock. Any thread.
///
/// Nothing is kept but hashes under a random key, so no address and no part of a key stands in memory.
class FailedAttempts {
  public:
    FailedAttempts();

    /// Who tries, with what.
    struct Attempt {
        TimeTable::Name address{};
        std::optional<TimeTable::Name> key_prefix; ///< of keys; a token's beginning is everybody's
        TimeTable::Name credential{};              ///< address and all of the key or token
    };
    [[nodiscard]] Attempt attempt(const Address &client, std::string_view credential, bool is_key) const;

    /// How long to wait before the attempt is looked at; nothing: it is looked at now. One that was right from this address within
    /// limits::trusted_for always is, so that nobody is locked out by a neighbour's mistakes.
    [[nodiscard]] std::optional<std::chrono::seconds> wait(const Attempt &attempt, std::int64_t now_us) const;
    struct Budget {
        std::int64_t remaining = 0;    ///< attempts
        std::chrono::seconds reset{};  ///< until one more
        bool has_just_run_out = false; ///< this attempt took the last
    };
    /// Takes one attempt from the budgets.
    Budget fail(const Attempt &attempt, std::int64_t now_us);
    void succeed(const Attempt &attempt, std::int64_t now_us);

  private:
    [[nodiscard]] TimeTable::Name name_of(std::string_view kind, std::string_view text, std::string_view more = {}) const;

    const std::string m_secret;
    mutable std::mutex m_mutex;
    // Guarded by m_mutex. Of addresses and prefixes the time at which nothing is owed any more, of credentials the time until which they are trusted.
    TimeTable m_addresses;
    TimeTable m_prefixes;
    TimeTable m_trusted;
};

} // namespace keyaki::server::access
