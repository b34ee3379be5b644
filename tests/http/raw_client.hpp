#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::test {

/// What came back, taken apart by hand: the tests' own reading of RFC 9112, independent of what the server is built on.
struct RawResponse {
    int status = 0;
    std::string head; ///< status line and fields, with the last CR LF
    std::string body;

    /// The value of the first field of this name (lower or upper case); nothing when there is none.
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// One TCP connection to a server on loopback, in the test's full control.
class RawClient {
  public:
    /// A socket that is not connected yet.
    RawClient();
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
    ~RawClient();
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;
    RawClient(RawClient &&other) noexcept;

    /// Throws where nobody listens.
    void connect(std::uint16_t port);
    /// False when the server has closed.
    bool send(std::string_view bytes);
    /// The next answer; nothing when the connection ends or the patience is over first. `to_head`: no body follows.
    [[nodiscard]] std::optional<RawResponse> receive(bool to_head = false, std::chrono::milliseconds patience = std::chrono::seconds(10));
    [[nodiscard]] std::optional<RawResponse> ask(std::string_view bytes, bool to_head = false) {
        send(bytes);
        return receive(to_head);
    }
    /// Everything until the server closes; nothing when it does not within the patience.
    [[nodiscard]] std::optional<std::string> receive_to_end(std::chrono::milliseconds patience = std::chrono::seconds(10));
    [[nodiscard]] bool is_closed_within(std::chrono::milliseconds patience) { return receive_to_end(patience).has_value(); }
    /// Bytes that are there within the patience, at most this many.
    [[nodiscard]] std::string receive_some(std::size_t most, std::chrono::milliseconds patience);

    /// Whether this process has an open descriptor of this number.
    [[nodiscard]] static bool is_open_descriptor(int number);

    void close_writing();
    /// Closes with RST instead of FIN.
    void reset();
    void close();

  private:
    /// False at the end, on an error, or when the time has come.
    [[nodiscard]] bool fill(std::chrono::steady_clock::time_point deadline);

    int m_socket = -1;
    std::string m_buffer;
    bool m_ended = false;
};

} // namespace keyaki::test
