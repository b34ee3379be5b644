#pragma once

#include "server/access/key_set.hpp"
#include "server/access/limits.hpp"
#include "server/flows/current_state.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace keyaki::server::access {

/// How often the keys are looked at; the limits' values but for tests.
struct KeySourceTimes {
    std::chrono::milliseconds refresh = limits::refresh_interval;
    std::chrono::milliseconds retry = limits::retry_interval;
    std::chrono::milliseconds unknown_key = limits::unknown_key_interval;
    std::chrono::milliseconds keep = limits::key_keep_time;
    std::chrono::milliseconds file = limits::file_interval;
    std::chrono::milliseconds deadline = limits::fetch_deadline;
};

struct KeySourceFigures {
    std::size_t keys = 0;
    std::chrono::seconds age{0}; ///< since the keys were last read well; 0 before the first time
    std::uint64_t reads = 0;     ///< of the file or from the URL, well or not
    std::uint64_t failures = 0;  ///< of these not well
};

/// An issuer's keys, kept up to date by a thread of their own, so that no request ever waits for the issuer. From a file they are read when it has
/// changed; from a URL every `refresh`, and every `retry` while that fails. What is broken or cannot be had changes nothing: the last keys are
/// believed for `keep`, and the log says why, once for each reason. All members may be called from any thread.
class KeySource {
  public:
    /// Reads a file at once: Error not_found, invalid_input or too_large with its path. A URL is asked in the background.
    KeySource(std::string place, std::filesystem::path ca_file, KeySourceTimes times = {});
    ~KeySource();
    KeySource(const KeySource &) = delete;
    KeySource &operator=(const KeySource &) = delete;

    /// The keys that are believed now; null while there are none, or when the last are older than `keep`.
    [[nodiscard]] std::shared_ptr<const KeySet> keys() const;

    /// A token named a key that is not among them: asks for a look at the issuer, unless the last one is less than `unknown_key` ago. True while that
    /// look is due or under way, so that its outcome is worth waiting for; never for a file, which is looked at all the time.
    bool look_again();

    [[nodiscard]] KeySourceFigures figures() const;

  private:
    using Clock = std::chrono::steady_clock;
    struct Known {
        std::shared_ptr<const KeySet> keys;
        Clock::time_point read_at;
    };

    void run(const std::stop_token &stop);
    /// The next time to look, given what the last look brought. \pre m_mutex is held
    [[nodiscard]] Clock::time_point next_look() const;
    void look();
    [[nodiscard]] std::string read() const;
    void take(const std::string &text);

    const std::string m_place;
    const std::filesystem::path m_ca_file;
    const KeySourceTimes m_times;
    const bool m_is_url;
    CurrentState<Known> m_known{nullptr};

    mutable std::mutex m_mutex;
    std::condition_variable_any m_woken;
    // Guarded by m_mutex.
    Clock::time_point m_last_look = Clock::time_point::min();
    bool m_is_asked = false;
    bool m_is_under_way = false;
    bool m_has_failed = false;
    std::uint64_t m_reads = 0;
    std::uint64_t m_failures = 0;

    std::string m_last_text;   ///< of the thread alone, once it runs
    std::string m_last_reason; ///< likewise
    std::jthread m_thread;     ///< last: ends before what it uses goes
};

} // namespace keyaki::server::access
