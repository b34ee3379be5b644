#pragma once

#include "data/store.hpp"
#include "server/limits.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <thread>

namespace keyaki::server {

/// Removes what is known of people when it has been kept for long enough (limits.hpp), in small pieces while the server runs, and sees to it that the
/// removed bytes leave the write-ahead log. Any thread.
class Retention {
  public:
    Retention(data::Store &store, std::filesystem::path database, std::chrono::milliseconds interval = retention_interval);
    ~Retention();
    Retention(const Retention &) = delete;
    Retention &operator=(const Retention &) = delete;

    [[nodiscard]] std::uint64_t removed() const noexcept { return m_removed; } ///< rows since the start
    [[nodiscard]] std::uint64_t failures() const noexcept { return m_failures; }

  private:
    void run(const std::stop_token &stop);
    void look(const std::stop_token &stop);

    data::Store &m_store;
    std::filesystem::path m_database;
    std::chrono::milliseconds m_interval;
    std::atomic<std::uint64_t> m_removed{0};
    std::atomic<std::uint64_t> m_failures{0};
    bool m_is_troubled = false; ///< said in the log
    std::jthread m_thread;      ///< last
};

/// One pass, without a thread: removes what is over at that time until nothing is left, or `stop`; how many rows.
[[nodiscard]] std::uint64_t forget_what_is_over(data::Store &store, std::int64_t now_us, const std::stop_token &stop = {});

} // namespace keyaki::server
