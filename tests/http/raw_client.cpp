#include "tests/http/raw_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace keyaki::test {

using Clock = std::chrono::steady_clock;

std::optional<std::string> RawResponse::header(std::string_view name) const {
    for (std::size_t start = head.find("\r\n") + 2; start < head.size();) {
        const auto end = head.find("\r\n", start);
        const auto line = std::string_view(head).substr(start, end - start);
        const auto colon = line.find(':');
        if (colon == name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0) {
            return std::string(line.substr(std::min(line.size(), colon + 2)));
        }
        start = end + 2;
    }
    return std::nullopt;
}

RawClient::RawClient() : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes) : RawClient() {
    if (receive_buffer_bytes > 0) {
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    connect(port);
}

void RawClient::connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (m_socket < 0 || ::connect(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        const std::string reason = std::strerror(errno);
        close();
        throw std::runtime_error("cannot connect to port " + std::to_string(port) + ": " + reason);
    }
}

RawClient::RawClient(RawClient &&other) noexcept
    : m_socket(std::exchange(other.m_socket, -1)), m_buffer(std::move(other.m_buffer)), m_ended(other.m_ended) {}

RawClient::~RawClient() { close(); }

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawClient::fill(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{m_socket, POLLIN, 0};
    if (m_ended || left < 0 || ::poll(&waiting, 1, static_cast<int>(left) + 1) <= 0) {
        return false;
    }
    std::array<char, 65536> bytes{};
    const auto received = ::recv(m_socket, bytes.data(), bytes.size(), 0);
    if (received <= 0) {
        m_ended = true;
        return false;
    }
    m_buffer.append(bytes.data(), static_cast<std::size_t>(received));
    return true;
}

std::optional<RawResponse> RawClient::receive(bool to_head, std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    std::size_t end = 0;
    while ((end = m_buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!fill(deadline)) {
            return std::nullopt;
        }
    }
    RawResponse response;
    response.head = m_buffer.substr(0, end + 2);
    m_buffer.erase(0, end + 4);
    if (response.head.compare(0, 9, "HTTP/1.1 ") != 0) {
        throw std::runtime_error("a status line was expected, found: " + response.head.substr(0, 60));
    }
    response.status = std::stoi(response.head.substr(9, 3));
    if (to_head || response.status < 200 || response.status == 204 || response.status == 304) {
        return response;
    }
    const auto length = response.header("Content-Length");
    if (!length) {
        throw std::runtime_error("an answer without Content-Length: " + response.head);
    }
    const auto size = std::stoul(*length);
    while (m_buffer.size() < size) {
        if (!fill(deadline)) {
            return std::nullopt;
        }
    }
    response.body = m_buffer.substr(0, size);
    m_buffer.erase(0, size);
    return response;
}

std::optional<std::string> RawClient::receive_to_end(std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    while (fill(deadline)) {
    }
    return m_ended ? std::optional(std::exchange(m_buffer, {})) : std::nullopt;
}

std::string RawClient::receive_some(std::size_t most, std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    while (m_buffer.size() < most && fill(deadline)) {
    }
    const auto size = std::min(most, m_buffer.size());
    std::string bytes = m_buffer.substr(0, size);
    m_buffer.erase(0, size);
    return bytes;
}

bool RawClient::is_open_descriptor(int number) { return ::fcntl(number, F_GETFD) != -1; }

void RawClient::close_writing() { ::shutdown(m_socket, SHUT_WR); }

void RawClient::reset() {
    const linger at_once{1, 0};
    ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void RawClient::close() {
    if (m_socket >= 0) {
        ::close(std::exchange(m_socket, -1));
    }
}

} // namespace keyaki::test
