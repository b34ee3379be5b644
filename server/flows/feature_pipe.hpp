#pragma once

#include "geo/feature.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace keyaki::server {

/// Between who reads features from the database and who keeps them: many are kept on a thread of their own, beside the reading, so that a large layer
/// takes as long as the slower of the two. Few are kept by finish(). Kept in the order in which they were put. Used by one thread.
class FeaturePipe {
  public:
    explicit FeaturePipe(std::function<void(geo::Feature &)> keep) : m_keep(std::move(keep)) {}
    /// What was put and not finished may be kept or not.
    ~FeaturePipe();
    FeaturePipe(const FeaturePipe &) = delete;
    FeaturePipe &operator=(const FeaturePipe &) = delete;

    /// Waits while too many are still to be kept. Throws what keeping one before has thrown.
    void put(geo::Feature &&feature);
    /// Every feature was kept when it returns; throws what keeping one has thrown. Nothing is put after it.
    void finish();

  private:
    using Batch = std::vector<geo::Feature>;

    void hand_over();
    void keep_batches();
    void end();

    std::function<void(geo::Feature &)> m_keep;
    Batch m_filling;
    std::size_t m_filled = 0; ///< of m_filling; behind them lie features kept before, whose memory is used again by the thread that had asked for it
    std::thread m_keeper;

    std::mutex m_mutex; ///< guards all that follows
    std::condition_variable m_changed;
    std::deque<Batch> m_waiting;
    std::vector<Batch> m_used;
    bool m_is_over = false;
    std::exception_ptr m_failure;
};

} // namespace keyaki::server
