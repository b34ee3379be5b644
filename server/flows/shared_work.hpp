#pragma once

#include "server/flows/tile_files.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace keyaki::server {

/// Does work(thread, i) for every i below count on so many threads, each taking the next; the calling thread works too and reports. The first
/// exception ends all of it and comes out here.
class SharedWork {
  public:
    SharedWork(std::size_t count, const TileProgress &progress) : m_count(count), m_progress(progress) {}

    template <typename Work>
    void run(unsigned threads, const Work &work) {
        std::vector<std::jthread> others;
        for (unsigned thread = 1; thread < threads; ++thread) {
            others.emplace_back([&, thread] { take(thread, work); });
        }
        take(0, work);
        others.clear();
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
    }

  private:
    template <typename Work>
    void take(unsigned thread, const Work &work) {
        try {
            for (std::size_t index = m_next++; index < m_count; index = m_next++) {
                work(thread, index);
                if (thread == 0) {
                    m_progress(std::min<std::size_t>(m_next, m_count), m_count, "tiles");
                }
            }
        } catch (...) {
            m_next = m_count;
            const std::lock_guard lock(m_mutex);
            m_failure = std::current_exception();
        }
    }

    std::size_t m_count;
    const TileProgress &m_progress;
    std::atomic<std::size_t> m_next{0};
    std::mutex m_mutex;
    std::exception_ptr m_failure; ///< guarded by m_mutex
};

} // namespace keyaki::server
