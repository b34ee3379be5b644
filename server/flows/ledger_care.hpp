#pragma once

#include "data/store.hpp"
#include "server/flows/published_head.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>

namespace keyaki::server {

/// Looks after the ledger while the server runs: each second it ends pending transfers whose time is over, expires lots that are due, and publishes
/// the head to the file outside. Any thread.
class LedgerCare {
  public:
    /// Error conflict where the ledger is behind the head that was published last: nothing is served from a database that forgot something.
    LedgerCare(data::Store &store, const std::filesystem::path &head_file);
    ~LedgerCare();
    LedgerCare(const LedgerCare &) = delete;
    LedgerCare &operator=(const LedgerCare &) = delete;

    /// Pending transfers and lots that were ended since the start.
    [[nodiscard]] std::uint64_t ended() const noexcept { return m_ended; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return m_failures; }

  private:
    void run(const std::stop_token &stop);
    void look();
    void end_what_is_due();
    bool attempt(std::string_view trouble, const std::function<void()> &care);

    data::Store &m_store;
    PublishedHead m_head;
    std::atomic<std::uint64_t> m_ended{0};
    std::atomic<std::uint64_t> m_failures{0};
    bool m_is_troubled = false; ///< said in the log
    std::jthread m_thread;      ///< last
};

} // namespace keyaki::server
