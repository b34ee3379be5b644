#pragma once

#include "server/http/router.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keyaki::server::http {

/// Threads for work that blocks, and one bounded queue for each class. Essential work is taken first, then that for shelters, and one thread takes
/// essential work alone, so that a festival's tiles cannot hold up a check-in. Of three threads or more a second one takes no sheddable work: slow
/// pages of a large layer cannot hold up a shelter's tile.
class WorkPool {
  public:
    using Job = std::function<void()>;

    /// As many for shelters as of sheddable work may wait.
    WorkPool(std::size_t threads, std::size_t sheddable_queue, std::size_t essential_queue);
    ~WorkPool();
    WorkPool(const WorkPool &) = delete;
    WorkPool &operator=(const WorkPool &) = delete;

    /// False when the queue of this class is full or the pool has stopped. Jobs must not throw.
    [[nodiscard]] bool submit(ShedPriority priority, Job job);
    /// How many wait now, by priority.
    [[nodiscard]] std::array<std::size_t, shed_priorities> queue_lengths();
    /// Lets running jobs end, drops waiting ones, joins. Idempotent; not from a job.
    void stop();

  private:
    /// Work of one class.
    struct Class {
        std::size_t queue_limit = 0;
        std::size_t threads = 0; ///< at most so many do work of this class and of those below
        std::deque<Job> waiting{};
        std::size_t running = 0; ///< of this class and of those below
    };

    void run();
    /// The class whose work comes next, the highest that a thread may take; m_classes.size() where there is none.
    [[nodiscard]] std::size_t next_class() const;
    void count_running(std::size_t of, bool begins);

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::array<Class, shed_priorities> m_classes; ///< by priority
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

} // namespace keyaki::server::http
