#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace keyaki::server::telemetry {

/// Writes lines to a descriptor on a thread of its own, so that a full pipe or a slow terminal holds up nobody who has something to say. What waits
/// is bounded; a line that does not fit is dropped and counted.
class LogWriter {
  public:
    /// The descriptor stays the caller's. It may block: the thread asks before it writes.
    LogWriter(int descriptor, std::size_t capacity_bytes);
    /// Writes what waits, for log_farewell at most; what is then left is dropped.
    ~LogWriter();
    LogWriter(const LogWriter &) = delete;
    LogWriter &operator=(const LogWriter &) = delete;

    enum class When : std::uint8_t {
        soon, ///< together with the other lines of the next tenth of a second
        now,
    };
    /// Never waits for the descriptor. `line` without its end of line. Any thread.
    void put(std::string_view line, When when);
    [[nodiscard]] std::uint64_t dropped_lines() const;

  private:
    void run();
    [[nodiscard]] bool take(std::string &lines);
    void write_out(std::string_view lines);
    [[nodiscard]] bool wait_until_writable();
    void drop(std::string_view lines);

    const int m_descriptor;
    const std::size_t m_capacity_bytes;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    std::string m_waiting;
    bool m_is_urgent = false;
    bool m_is_stopping = false;
    std::chrono::steady_clock::time_point m_give_up{}; ///< meaningful while stopping
    std::uint64_t m_dropped_lines = 0;
    std::thread m_thread; ///< last: everything else is there when it starts
};

} // namespace keyaki::server::telemetry
