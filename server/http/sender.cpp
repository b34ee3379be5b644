#include "server/http/sender.hpp"

#include "geo/error.hpp"
#include "server/http/connection.hpp"

#include <array>
#include <cstdint>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace keyaki::server::http {

Descriptor::Descriptor(Descriptor &&other) noexcept : m_number(std::exchange(other.m_number, -1)) {}

Descriptor &Descriptor::operator=(Descriptor &&other) noexcept {
    std::swap(m_number, other.m_number);
    return *this;
}

Descriptor::~Descriptor() {
    if (m_number >= 0) {
        ::close(m_number);
    }
}

Sender::Sender(std::chrono::milliseconds tick_interval, std::function<void()> tick)
    : m_tick_interval(tick_interval), m_tick(std::move(tick)), m_epoll(epoll_create1(EPOLL_CLOEXEC)), m_wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = m_wake.get();
    if (!m_epoll.is_open() || !m_wake.is_open() || epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wake.get(), &event) != 0) {
        throw geo::Error(geo::ErrorKind::unavailable, "the system has no descriptor left for the HTTP writer");
    }
    m_thread = std::thread([this] { run(); });
}

Sender::~Sender() { stop(); }

bool Sender::watch(const std::shared_ptr<Connection> &connection) {
    const int descriptor = connection->descriptor();
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping) {
            return false;
        }
        m_watched[descriptor] = connection;
    }
    epoll_event event{};
    event.events = EPOLLOUT | EPOLLONESHOT;
    event.data.fd = descriptor;
    if (epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, descriptor, &event) == 0) {
        return true;
    }
    const std::lock_guard lock(m_mutex);
    m_watched.erase(descriptor);
    return false;
}

void Sender::serve(int descriptor) {
    std::shared_ptr<Connection> connection;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_watched.find(descriptor);
        if (found == m_watched.end()) {
            return;
        }
        connection = found->second;
    }
    const auto forget = [&] {
        const std::lock_guard lock(m_mutex);
        m_watched.erase(descriptor);
        epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, descriptor, nullptr);
    };
    try {
        // The connection calls forget under its own lock, before anything else may make it watched again.
        if (!connection->on_writable(forget)) {
            epoll_event event{};
            event.events = EPOLLOUT | EPOLLONESHOT;
            event.data.fd = descriptor;
            epoll_ctl(m_epoll.get(), EPOLL_CTL_MOD, descriptor, &event);
        }
    } catch (const std::exception &error) {
        spdlog::error("a connection is cut: {}", error.what());
        connection->cut();
        forget();
    }
}

void Sender::run() {
    auto next_tick = std::chrono::steady_clock::now() + m_tick_interval;
    std::array<epoll_event, 128> events{};
    while (!m_stopping) {
        const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(next_tick - std::chrono::steady_clock::now()).count();
        const int count = epoll_wait(m_epoll.get(), events.data(), static_cast<int>(events.size()), wait < 0 ? 0 : static_cast<int>(wait) + 1);
        for (int at = 0; at < count && !m_stopping; ++at) {
            if (const int descriptor = events.at(static_cast<std::size_t>(at)).data.fd; descriptor != m_wake.get()) {
                serve(descriptor);
            }
        }
        if (std::chrono::steady_clock::now() >= next_tick) {
            m_tick();
            next_tick = std::chrono::steady_clock::now() + m_tick_interval;
        }
    }
}

void Sender::stop() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    const std::uint64_t one = 1;
    (void)!::write(m_wake.get(), &one, sizeof one);
    if (m_thread.joinable()) {
        m_thread.join();
    }
    std::unordered_map<int, std::shared_ptr<Connection>> dropped;
    const std::lock_guard lock(m_mutex);
    dropped.swap(m_watched);
}

} // namespace keyaki::server::http
