#pragma once

#include "server/flows/import.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace keyaki::server::imports {

enum class JobState : std::uint8_t { waiting, running, finished, failed, cancelled };
[[nodiscard]] std::string_view job_state_name(JobState state) noexcept;
[[nodiscard]] inline bool has_ended(JobState state) noexcept { return state != JobState::waiting && state != JobState::running; }

/// What an import is about, for those who ask for it.
struct JobSubject {
    std::string layer;
    std::string file_name;
    std::string author;
    bool is_dry_run = false;
};

/// A job as it is at one moment.
struct Job {
    std::string id;
    JobSubject subject;
    std::int64_t made_at_us = 0; ///< Unix time
    JobState state = JobState::waiting;
    std::uint64_t done = 0;
    std::uint64_t total = 0; ///< 0: not known
    std::string unit;
    std::shared_ptr<const ImportOutcome> outcome; ///< of a finished job
    std::exception_ptr failure;                   ///< of a failed one
};

/// Imports that outlive their requests: a few at a time, a few waiting, and the last ones to be asked for. Any thread.
class Jobs {
  public:
    using Work = std::function<ImportOutcome(const importers::Progress &, const std::stop_token &)>;

    Jobs();
    /// Ends what runs and what waits.
    ~Jobs();
    Jobs(const Jobs &) = delete;
    Jobs &operator=(const Jobs &) = delete;

    /// The new job's id. \throws geo::Error unavailable where too many wait already
    [[nodiscard]] std::string start(JobSubject subject, Work work);
    [[nodiscard]] std::optional<Job> find(std::string_view id);
    /// The job when it has ended or the time is over; nothing where it is not known.
    [[nodiscard]] std::optional<Job> wait(std::string_view id, std::chrono::milliseconds patience);
    /// Asks the job to stop, or forgets one that has ended. False where it is not known.
    bool cancel(std::string_view id);

  private:
    struct Entry {
        Job job;
        Work work;
        std::stop_source stop;
        std::chrono::steady_clock::time_point ended_at;
    };
    using Place = std::shared_ptr<Entry>;

    void run(const std::stop_token &stop);
    void work_on(Entry &entry);
    void forget_old();
    [[nodiscard]] Place find_entry(std::string_view id) const;

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Place> m_waiting; ///< guarded by m_mutex, as are all entries
    std::vector<Place> m_all;
    std::vector<std::jthread> m_threads; ///< last: they end before what they use
};

} // namespace keyaki::server::imports
