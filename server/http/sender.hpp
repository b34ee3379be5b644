#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace keyaki::server::http {

class Connection;

/// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) noexcept : m_number(number) {}
    Descriptor(Descriptor &&other) noexcept;
    Descriptor &operator=(Descriptor &&other) noexcept;
    ~Descriptor();
    [[nodiscard]] int get() const noexcept { return m_number; }
    [[nodiscard]] bool is_open() const noexcept { return m_number >= 0; }

  private:
    int m_number;
};

/// The one thread that finishes what could not be written at once, and calls `tick` regularly, which looks after the deadlines.
class Sender {
  public:
    Sender(std::chrono::milliseconds tick_interval, std::function<void()> tick);
    ~Sender();
    Sender(const Sender &) = delete;
    Sender &operator=(const Sender &) = delete;

    /// Calls connection->on_writable() when its descriptor takes bytes again, until that returns true. False when the system refuses.
    [[nodiscard]] bool watch(const std::shared_ptr<Connection> &connection);
    /// Joins; what is watched is let go. Idempotent.
    void stop();

  private:
    void run();
    void serve(int descriptor);

    const std::chrono::milliseconds m_tick_interval;
    const std::function<void()> m_tick;
    Descriptor m_epoll;
    Descriptor m_wake;
    std::mutex m_mutex;
    std::unordered_map<int, std::shared_ptr<Connection>> m_watched; ///< by our own descriptor, which stays open as long as it stands here
    std::atomic<bool> m_stopping{false};
    std::thread m_thread;
};

} // namespace keyaki::server::http
