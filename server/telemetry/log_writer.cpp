#include "server/telemetry/log_writer.hpp"

#include "server/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <unistd.h>

namespace keyaki::server::telemetry {

namespace {

/// A pipe that is writable takes this much without blocking (POSIX: PIPE_BUF, 4096 bytes on Linux); sockets and terminals take it as well.
constexpr std::size_t write_bytes = 4096;

} // namespace

LogWriter::LogWriter(int descriptor, std::size_t capacity_bytes)
    : m_descriptor(descriptor), m_capacity_bytes(capacity_bytes), m_thread([this] { run(); }) {}

LogWriter::~LogWriter() {
    {
        const std::lock_guard lock(m_mutex);
        m_is_stopping = true;
        m_give_up = std::chrono::steady_clock::now() + log_farewell;
    }
    m_wake.notify_one();
    m_thread.join();
}

void LogWriter::put(std::string_view line, When when) {
    bool wakes = false;
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() + line.size() + 1 > m_capacity_bytes) {
            ++m_dropped_lines;
            return;
        }
        wakes = m_waiting.empty() || (when == When::now && !m_is_urgent);
        m_waiting.append(line).push_back('\n');
        m_is_urgent = m_is_urgent || when == When::now;
    }
    if (wakes) {
        m_wake.notify_one();
    }
}

std::uint64_t LogWriter::dropped_lines() const {
    const std::lock_guard lock(m_mutex);
    return m_dropped_lines;
}

void LogWriter::run() {
    std::string lines;
    while (take(lines)) {
        write_out(lines);
        lines.clear();
    }
}

/// Waits for lines, then a little for more of them. False when the writer ends and nothing waits.
bool LogWriter::take(std::string &lines) {
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_is_stopping || !m_waiting.empty(); });
    m_wake.wait_for(lock, log_gather_time, [this] { return m_is_stopping || m_is_urgent; });
    m_is_urgent = false;
    lines.swap(m_waiting);
    return !lines.empty() || !m_is_stopping;
}

void LogWriter::write_out(std::string_view lines) {
    while (!lines.empty()) {
        if (!wait_until_writable()) {
            drop(lines);
            return;
        }
        const ssize_t written = ::write(m_descriptor, lines.data(), std::min(lines.size(), write_bytes));
        if (written > 0) {
            lines.remove_prefix(static_cast<std::size_t>(written));
        } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
            drop(lines); // the reader has gone, or the disk is full
            return;
        }
    }
}

/// False when it is time to give up, or nobody will ever read.
bool LogWriter::wait_until_writable() {
    for (;;) {
        pollfd target{m_descriptor, POLLOUT, 0};
        const int ready = ::poll(&target, 1, static_cast<int>(log_gather_time.count()));
        if (ready > 0) {
            return (target.revents & POLLOUT) != 0;
        }
        const std::lock_guard lock(m_mutex);
        if (m_is_stopping && std::chrono::steady_clock::now() >= m_give_up) {
            return false;
        }
    }
}

void LogWriter::drop(std::string_view lines) {
    const std::lock_guard lock(m_mutex);
    m_dropped_lines += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

} // namespace keyaki::server::telemetry
