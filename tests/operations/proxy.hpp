#pragma once

#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>

namespace keyaki::test {

/// A port of the loopback interface on which nobody listens now.
[[nodiscard]] std::uint16_t free_port();

/// A proxy in front of two addresses, running with the file of server/operations for it. Only what that file names as to be changed is changed: name,
/// ports, paths of certificate and key, and nginx's limit for one address, from which here all clients come.
class Proxy {
  public:
    enum class Kind { nginx, caddy };
    /// The kind's program, empty where it is not installed.
    [[nodiscard]] static std::string program(Kind kind);

    /// Starts it and waits until it answers; throws with what it said when it ends instead.
    Proxy(Kind kind, std::uint16_t first, std::uint16_t second);
    ~Proxy();
    Proxy(const Proxy &) = delete;
    Proxy &operator=(const Proxy &) = delete;

    [[nodiscard]] std::unique_ptr<HttpClient> client(const std::string &key = {}) const;
    [[nodiscard]] std::uint16_t plain_port() const noexcept { return m_plain_port; }
    [[nodiscard]] static const char *name() noexcept { return "map.example.jp"; }

  private:
    void make_certificate() const;
    void start_nginx(const std::string &first, const std::string &second);
    void start_caddy(const std::string &first, const std::string &second);
    void wait_until_it_answers();

    TemporaryFolder m_folder;
    std::uint16_t m_plain_port = free_port();
    std::uint16_t m_secure_port = free_port();
    pid_t m_process = -1;
};

} // namespace keyaki::test
