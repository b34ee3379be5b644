#pragma once

#include <chrono>
#include <thread>

namespace keyaki::test {

/// Asks until it is so; false where it is not so within `patience`. What it asks is the clock: it yields in between, and never sleeps.
template <typename Condition>
[[nodiscard]] bool comes_true(const Condition &is_so, std::chrono::steady_clock::duration patience = std::chrono::minutes(1)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

} // namespace keyaki::test
