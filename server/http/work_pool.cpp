#include "server/http/work_pool.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server::http {

WorkPool::WorkPool(std::size_t threads, std::size_t sheddable_queue, std::size_t essential_queue) {
    const auto all_but = [threads](std::size_t others) { return threads > others ? threads - others : 1; };
    m_classes[static_cast<std::size_t>(ShedPriority::sheddable)] = {sheddable_queue, all_but(2)};
    m_classes[static_cast<std::size_t>(ShedPriority::shelters)] = {sheddable_queue, all_but(1)};
    m_classes[static_cast<std::size_t>(ShedPriority::essential)] = {essential_queue, all_but(0)};
    for (std::size_t at = 0; at < std::max<std::size_t>(threads, 1); ++at) {
        m_threads.emplace_back([this] { run(); });
    }
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::submit(ShedPriority priority, Job job) {
    {
        const std::lock_guard lock(m_mutex);
        Class &of = m_classes[static_cast<std::size_t>(priority)];
        if (m_stopping || of.waiting.size() >= of.queue_limit) {
            return false;
        }
        of.waiting.push_back(std::move(job));
    }
    m_wake.notify_one();
    return true;
}

std::array<std::size_t, shed_priorities> WorkPool::queue_lengths() {
    const std::lock_guard lock(m_mutex);
    std::array<std::size_t, shed_priorities> lengths{};
    std::transform(m_classes.begin(), m_classes.end(), lengths.begin(), [](const Class &of) { return of.waiting.size(); });
    return lengths;
}

std::size_t WorkPool::next_class() const {
    // Whoever takes work of a class takes a thread from those above, too: where one has no thread left, none below has.
    for (std::size_t above = m_classes.size(); above > 0 && m_classes[above - 1].running < m_classes[above - 1].threads; --above) {
        if (!m_classes[above - 1].waiting.empty()) {
            return above - 1;
        }
    }
    return m_classes.size();
}

void WorkPool::count_running(std::size_t of, bool begins) {
    for (std::size_t above = of; above < m_classes.size(); ++above) {
        begins ? ++m_classes[above].running : --m_classes[above].running;
    }
}

void WorkPool::run() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || next_class() < m_classes.size(); });
        if (m_stopping) {
            return;
        }
        const std::size_t of = next_class();
        Job job = std::move(m_classes[of].waiting.front());
        m_classes[of].waiting.pop_front();
        count_running(of, true);
        if (next_class() < m_classes.size()) {
            m_wake.notify_one(); // what this thread had done before may have kept others from it, who sleep
        }
        lock.unlock();
        job();
        job = nullptr; // what the job holds goes before the lock is taken
        lock.lock();
        count_running(of, false);
    }
}

void WorkPool::stop() {
    std::array<std::deque<Job>, shed_priorities> dropped; // they go without the lock
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        for (std::size_t of = 0; of < m_classes.size(); ++of) {
            dropped[of].swap(m_classes[of].waiting);
        }
    }
    m_wake.notify_all();
    for (auto &thread : m_threads) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

} // namespace keyaki::server::http
