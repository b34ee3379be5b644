#pragma once

#include "tiles/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace keyaki::tiles {

// Work on many features, on several threads where they are many: a city's layers are worked out on the thread that asks.

/// Threads that such work is worth: one for few features, at most those of the machine and max_snapshot_threads.
[[nodiscard]] inline std::size_t threads_for(std::size_t features) noexcept {
    const std::size_t most = std::min<std::size_t>(max_snapshot_threads, std::max(1U, std::thread::hardware_concurrency()));
    return std::clamp<std::size_t>(features / features_per_snapshot_thread, 1, most);
}

/// Work that is done beside this thread, on a thread of its own, where it is worth one; else by finish(). Owned by the thread that began it.
class SideWork {
  public:
    SideWork(std::size_t features, std::function<void()> work) : m_work(std::move(work)) {
        if (threads_for(features) > 1) {
            m_thread = std::thread([this] { run(); });
        }
    }
    ~SideWork() { wait(); }
    SideWork(const SideWork &) = delete;
    SideWork &operator=(const SideWork &) = delete;

    /// It is done when this returns; throws what it has thrown. Call once.
    void finish() {
        m_thread.joinable() ? wait() : run();
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
    }

  private:
    void run() noexcept {
        try {
            m_work();
        } catch (...) {
            m_failure = std::current_exception();
        }
    }
    void wait() {
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }

    std::function<void()> m_work;
    std::exception_ptr m_failure;
    std::thread m_thread;
};

/// Does work(begin, end) for ranges that together are 0 to count, each once. What one throws comes out when all have ended.
template <typename Work>
void in_ranges(std::size_t count, const Work &work) {
    const std::size_t threads = threads_for(count);
    const auto border = [&](std::size_t thread) { return count * thread / threads; };
    std::deque<SideWork> others; // they stay where they are
    for (std::size_t thread = 1; thread < threads; ++thread) {
        others.emplace_back(count, [&work, begin = border(thread), end = border(thread + 1)] { work(begin, end); });
    }
    work(border(0), border(1));
    std::for_each(others.begin(), others.end(), [](SideWork &other) { other.finish(); });
}

} // namespace keyaki::tiles
