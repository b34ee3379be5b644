#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace keyaki::server {

/// The newest of immutable states, replaced as a whole: who has taken one keeps it while others come. Any thread. What std::atomic<std::shared_ptr>
/// is for; that of libstdc++ 12 lets its reader go without a release (GCC's bug 101761), so that a writer may run into him.
template <typename State>
class CurrentState {
  public:
    explicit CurrentState(std::shared_ptr<const State> state) : m_state(std::move(state)) {}

    [[nodiscard]] std::shared_ptr<const State> load() const {
        const std::lock_guard lock(m_mutex);
        return m_state;
    }
    void store(std::shared_ptr<const State> state) {
        {
            const std::lock_guard lock(m_mutex);
            m_state.swap(state);
        }
        // The old one goes here, outside of the lock: it may be large.
    }

  private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const State> m_state; ///< guarded by m_mutex
};

} // namespace keyaki::server
