#include "server/http/work_pool.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server::http {

WorkPool::WorkPool(std::size_t threads, std::size_t sheddable_queue, std::size_t essential_queue)
    : m_sheddable_limit(sheddable_queue), m_essential_limit(essential_queue), m_sheddable_threads(threads > 1 ? threads - 1 : 1) {
    for (std::size_t at = 0; at < std::max<std::size_t>(threads, 1); ++at) {
        m_threads.emplace_back([this] { run(); });
    }
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::submit(ShedPriority priority, Job job) {
    {
        const std::lock_guard lock(m_mutex);
        const bool essential = priority == ShedPriority::essential;
        auto &queue = essential ? m_essential : m_sheddable;
        if (m_stopping || queue.size() >= (essential ? m_essential_limit : m_sheddable_limit)) {
            return false;
        }
        queue.push_back(std::move(job));
    }
    m_wake.notify_one();
    return true;
}

std::pair<std::size_t, std::size_t> WorkPool::queue_lengths() {
    const std::lock_guard lock(m_mutex);
    return {m_sheddable.size(), m_essential.size()};
}

void WorkPool::run() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || !m_essential.empty() || may_take_sheddable(); });
        if (m_stopping) {
            return;
        }
        const bool essential = !m_essential.empty();
        auto &queue = essential ? m_essential : m_sheddable;
        Job job = std::move(queue.front());
        queue.pop_front();
        m_sheddable_running += essential ? 0 : 1;
        lock.unlock();
        job();
        job = nullptr; // what the job holds goes before the lock is taken
        lock.lock();
        m_sheddable_running -= essential ? 0 : 1;
    }
}

void WorkPool::stop() {
    std::deque<Job> dropped_sheddable;
    std::deque<Job> dropped_essential;
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        dropped_sheddable.swap(m_sheddable);
        dropped_essential.swap(m_essential);
    }
    m_wake.notify_all();
    for (auto &thread : m_threads) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

} // namespace keyaki::server::http
