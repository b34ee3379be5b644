#pragma once

#include "tiles/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace keyaki::tiles {

// Work on many features, on several threads where they are many: a city's layers are worked out on the thread that asks.

/// Threads that such work is worth: one for few features, at most those of the machine and max_snapshot_threads.
[[nodiscard]] inline std::size_t threads_for(std::size_t features) noexcept {
    const std::size_t most = std::min<std::size_t>(max_snapshot_threads, std::max(1U, std::thread::hardware_concurrency()));
    return std::clamp<std::size_t>(features / features_per_snapshot_thread, 1, most);
}

/// Begins work() beside this thread where that is worth it and the system has a thread to give; else it is done by the future's get(). What it throws
/// comes out there, and the future waits for it when it goes.
template <typename Work>
[[nodiscard]] std::future<void> beside(std::size_t features, Work &&work) {
    const auto either = std::launch::async | std::launch::deferred;
    return std::async(threads_for(features) > 1 ? either : std::launch::deferred, std::forward<Work>(work));
}

/// Does work(begin, end) for ranges that together are 0 to count, each once. What one throws comes out when all have ended.
template <typename Work>
void in_ranges(std::size_t count, const Work &work) {
    const std::size_t threads = threads_for(count);
    const auto border = [&](std::size_t thread) { return count * thread / threads; };
    std::vector<std::future<void>> others;
    for (std::size_t thread = 1; thread < threads; ++thread) {
        others.push_back(beside(count, [&work, begin = border(thread), end = border(thread + 1)] { work(begin, end); }));
    }
    work(border(0), border(1));
    std::for_each(others.begin(), others.end(), [](std::future<void> &other) { other.get(); });
}

} // namespace keyaki::tiles
