#pragma once

#include "server/outgoing/address_guard.hpp"
#include "server/outgoing/curl_handle.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::server::delivery {

/// Sends bodies to addresses, many at a time, on the thread that calls. Connections are kept for the next one.
class Poster {
  public:
    /// `guard` decides which addresses may be reached; plain http only those that it allows although they are inside. Lives longer than the poster.
    Poster(const outgoing::AddressGuard &guard, std::filesystem::path ca_file);
    ~Poster();
    Poster(const Poster &) = delete;
    Poster &operator=(const Poster &) = delete;

    struct Header {
        std::string name;
        std::string value;
    };
    /// Begins one; its end comes from wait() under the same ticket. Error internal where it cannot begin: then there is no end.
    void begin(std::uint64_t ticket, const std::string &url, const std::vector<Header> &headers, std::string body);

    struct Ended {
        std::uint64_t ticket = 0;
        long status = 0;    ///< of HTTP; 0 without an answer
        std::string reason; ///< one sentence, where it was no success
        std::optional<std::chrono::seconds> retry_after;
        double seconds = 0;
    };
    /// Waits until something has ended, wake() was called, or `patience` is over.
    [[nodiscard]] std::vector<Ended> wait(std::chrono::milliseconds patience);
    /// From any thread.
    void wake();
    [[nodiscard]] std::size_t in_flight() const noexcept { return m_requests.size(); }

  private:
    struct Request;
    struct FreeMulti {
        void operator()(void *multi) const;
    };
    [[nodiscard]] Ended end_of(const Request &request, int outcome) const;

    const outgoing::AddressGuard &m_guard;
    std::filesystem::path m_ca_file;
    std::unique_ptr<void, FreeMulti> m_multi;              ///< libcurl's CURLM is void
    std::map<void *, std::unique_ptr<Request>> m_requests; ///< by the handle of each
};

} // namespace keyaki::server::delivery
