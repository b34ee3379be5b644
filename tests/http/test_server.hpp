#pragma once

#include "server/http/server.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

namespace keyaki::test {

/// A door that handlers wait at, so that a test knows where they are without sleeping.
class Gate {
  public:
    void wait() {
        std::unique_lock lock(m_mutex);
        ++m_waiting;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_open; });
    }
    void open() {
        const std::lock_guard lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }
    /// Returns when this many have come to the door; false after ten seconds.
    [[nodiscard]] bool wait_for_arrivals(int count) {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(10), [&] { return m_waiting >= count; });
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_open = false;
    int m_waiting = 0;
};

/// A server on a free port of loopback with routes that answer with what they were asked.
class TestServer {
  public:
    explicit TestServer(server::http::ServerOptions options = {}, const std::function<void(server::http::Router &)> &more_routes = {});
    ~TestServer();
    TestServer(const TestServer &) = delete;
    TestServer &operator=(const TestServer &) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_server.port(); }
    [[nodiscard]] std::string url(const std::string &path) const { return "http://127.0.0.1:" + std::to_string(port()) + path; }
    [[nodiscard]] server::http::Server &operator*() { return m_server; }
    [[nodiscard]] server::http::Server *operator->() { return &m_server; }
    /// Asks the statistics until they satisfy; false after ten seconds.
    [[nodiscard]] bool eventually(const std::function<bool(const server::http::ServerStatistics &)> &satisfied);
    [[nodiscard]] Gate &gate() { return m_gate; }
    [[nodiscard]] int handled() const { return m_handled; }

  private:
    [[nodiscard]] server::http::Router routes(const std::function<void(server::http::Router &)> &more_routes);

    Gate m_gate;
    std::atomic<int> m_handled{0};
    server::http::Server m_server;
};

/// What this process, clients and server together, has used of the processors.
[[nodiscard]] double processor_seconds();

/// "GET /path HTTP/1.1", Host, and these fields, each with its CR LF.
[[nodiscard]] std::string get(const std::string &path, const std::string &fields = {});
[[nodiscard]] std::string post(const std::string &path, const std::string &body, const std::string &fields = {});

} // namespace keyaki::test
