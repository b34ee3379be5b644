#include "server/flows/feature_pipe.hpp"

#include "server/limits.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server {

FeaturePipe::~FeaturePipe() { end(); }

void FeaturePipe::put(geo::Feature &&feature) {
    if (m_filled < m_filling.size()) {
        m_filling[m_filled] = std::move(feature);
    } else {
        m_filling.push_back(std::move(feature));
    }
    if (++m_filled == features_per_batch) {
        hand_over();
    }
}

void FeaturePipe::finish() {
    if (!m_keeper.joinable()) {
        m_filling.resize(m_filled);
        std::for_each(m_filling.begin(), m_filling.end(), m_keep);
        return;
    }
    hand_over();
    end();
    if (m_failure) {
        std::rethrow_exception(m_failure);
    }
}

void FeaturePipe::hand_over() {
    m_filling.resize(m_filled);
    m_filled = 0;
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_waiting.size() < max_waiting_batches || m_failure; });
    if (m_failure) {
        std::rethrow_exception(m_failure);
    }
    m_waiting.push_back(std::exchange(m_filling, {}));
    if (!m_used.empty()) {
        m_filling = std::move(m_used.back());
        m_used.pop_back();
    }
    m_changed.notify_all();
    if (!m_keeper.joinable()) {
        m_keeper = std::thread([this] { keep_batches(); });
    }
}

void FeaturePipe::keep_batches() {
    std::unique_lock lock(m_mutex);
    try {
        for (;;) {
            m_changed.wait(lock, [&] { return !m_waiting.empty() || m_is_over; });
            if (m_waiting.empty()) {
                return;
            }
            Batch batch = std::move(m_waiting.front());
            m_waiting.pop_front();
            m_changed.notify_all();
            lock.unlock();
            std::for_each(batch.begin(), batch.end(), m_keep);
            lock.lock();
            m_used.push_back(std::move(batch));
        }
    } catch (...) {
        if (!lock.owns_lock()) {
            lock.lock();
        }
        m_failure = std::current_exception();
        m_changed.notify_all();
    }
}

void FeaturePipe::end() {
    if (m_keeper.joinable()) {
        {
            const std::lock_guard lock(m_mutex);
            m_is_over = true;
            m_changed.notify_all();
        }
        m_keeper.join();
    }
}

} // namespace keyaki::server
