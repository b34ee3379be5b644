#pragma once

#include "server/http/router.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace keyaki::server::http {

/// Threads for work that blocks, and one bounded queue for each class. Essential work is taken first, and one thread never takes sheddable work, so
/// that a festival's tiles cannot hold up a check-in.
class WorkPool {
  public:
    using Job = std::function<void()>;

    WorkPool(std::size_t threads, std::size_t sheddable_queue, std::size_t essential_queue);
    ~WorkPool();
    WorkPool(const WorkPool &) = delete;
    WorkPool &operator=(const WorkPool &) = delete;

    /// False when the queue of this class is full or the pool has stopped. Jobs must not throw.
    [[nodiscard]] bool submit(ShedPriority priority, Job job);
    /// How many wait now, sheddable ones first.
    [[nodiscard]] std::pair<std::size_t, std::size_t> queue_lengths();
    /// Lets running jobs end, drops waiting ones, joins. Idempotent; not from a job.
    void stop();

  private:
    void run();
    [[nodiscard]] bool may_take_sheddable() const { return !m_sheddable.empty() && m_sheddable_running < m_sheddable_threads; }

    const std::size_t m_sheddable_limit;
    const std::size_t m_essential_limit;
    const std::size_t m_sheddable_threads;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_sheddable;
    std::deque<Job> m_essential;
    std::size_t m_sheddable_running = 0;
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

} // namespace keyaki::server::http
