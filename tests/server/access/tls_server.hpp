#pragma once

#include "tests/support/command.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace keyaki::test {

/// An https server on the loopback interface that gives one answer to everybody. Its certificate for "localhost" is its own authority.
class TlsServer {
  public:
    /// Puts certificate and key into the folder.
    explicit TlsServer(const std::filesystem::path &folder);
    ~TlsServer();
    TlsServer(const TlsServer &) = delete;
    TlsServer &operator=(const TlsServer &) = delete;

    [[nodiscard]] std::string url(const std::string &host = "localhost") const { return "https://" + host + ":" + std::to_string(m_port) + "/certs"; }
    [[nodiscard]] const std::filesystem::path &certificate() const noexcept { return m_certificate; }

    /// The whole answer from now on, head and body; empty: the connection is held open without a word.
    void answer(const std::string &whole);
    /// 200 with this body.
    void answer_with(const std::string &body);
    [[nodiscard]] int requests() const noexcept { return m_requests; }

  private:
    struct Context;
    [[nodiscard]] static CommandResult run_openssl(const std::filesystem::path &folder);
    void run();
    void serve(int connection);

    std::filesystem::path m_certificate;
    std::unique_ptr<Context> m_context;
    int m_listener = -1;
    std::uint16_t m_port = 0;
    std::mutex m_mutex;
    std::string m_answer; ///< guarded by m_mutex
    std::atomic<int> m_requests{0};
    std::atomic<bool> m_is_over{false};
    std::thread m_thread;
};

} // namespace keyaki::test
