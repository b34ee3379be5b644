#pragma once

#include "server/http/sender.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

namespace keyaki::server::http {

/// Descriptors kept back for the time when the system has no other. Pistache's accept thread runs in circles while a client waits that no descriptor
/// is there for; the reserve is then let go, clients are taken in with it, turned away at once, and nobody waits at the door any more.
/// Any thread.
class DescriptorReserve {
  public:
    explicit DescriptorReserve(std::size_t count);

    /// Asks the system for a descriptor. Refused: the reserve is let go. When twice as many are to be had again, it is taken back.
    void look();
    /// True from the letting go to the taking back: nobody may be admitted.
    [[nodiscard]] bool is_spent() const noexcept { return m_is_spent; }

  private:
    const std::size_t m_count;
    std::mutex m_mutex;
    Descriptor m_original;          ///< what all are duplicates of
    std::vector<Descriptor> m_held; ///< guarded by m_mutex; empty while spent
    std::atomic<bool> m_is_spent{false};
};

} // namespace keyaki::server::http
