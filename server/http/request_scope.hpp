#pragma once

#include <string_view>

namespace keyaki::server::http {

/// Names the request that this thread is at work on for as long as the scope lasts, so that everything logged meanwhile carries the request's id.
class RequestScope {
  public:
    /// `request_id` outlives the scope.
    explicit RequestScope(std::string_view request_id) noexcept : m_before(of_this_thread()) { of_this_thread() = request_id; }
    ~RequestScope() { of_this_thread() = m_before; }
    RequestScope(const RequestScope &) = delete;
    RequestScope &operator=(const RequestScope &) = delete;

    /// The request's id; empty outside of any request.
    [[nodiscard]] static std::string_view current() noexcept { return of_this_thread(); }

  private:
    [[nodiscard]] static std::string_view &of_this_thread() noexcept {
        thread_local std::string_view id;
        return id;
    }
    std::string_view m_before;
};

} // namespace keyaki::server::http
