#pragma once

#include "server/http/request.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// One HTTP/1.1 request out of a stream of bytes: Boost.Beast's parser, and the strictness that it leaves to us (RFC 9112): no folded fields, no bare
/// line feed, no Transfer-Encoding but chunked, one Content-Length of digits alone, exactly one Host in HTTP/1.1. Not for two threads at once.
class RequestParser {
  public:
    enum class Step {
        need_more,
        head_complete, ///< request() has everything but the body; call limit_body() and go on
        complete,
        refused, ///< refusal() says why; no byte after this is a request
    };
    struct Refusal {
        int status = 400;
        std::string detail;
    };

    RequestParser();
    ~RequestParser();
    RequestParser(RequestParser &&) noexcept;
    RequestParser &operator=(RequestParser &&) noexcept;

    /// `unread`: every byte that has arrived and was not consumed, from its start. The caller drops `consumed` bytes and calls again after
    /// head_complete, or when more have arrived.
    [[nodiscard]] Step advance(std::string_view unread, std::size_t &consumed);

    /// After head_complete: the body goes to this file instead of request().body.
    void spool_to(std::shared_ptr<BodyFile> file);

    /// After head_complete. A Content-Length beyond it, and a chunked body when it gets there, is refused with 413.
    void limit_body(std::size_t bytes);

    [[nodiscard]] Request &request() noexcept;
    [[nodiscard]] const Refusal &refusal() const noexcept;
    /// Some byte of a head or body has been seen.
    [[nodiscard]] bool has_begun() const noexcept;
    [[nodiscard]] bool is_http_1_1() const noexcept;
    /// RFC 9112, 9.3.
    [[nodiscard]] bool keeps_alive() const noexcept;
    /// The client waits for "100 Continue" before it sends the body (RFC 9110, 10.1.1).
    [[nodiscard]] bool expects_continue() const noexcept;
    [[nodiscard]] std::size_t body_bytes() const noexcept;

  private:
    class Message;
    std::unique_ptr<Message> m_message;
};

} // namespace keyaki::server::http
