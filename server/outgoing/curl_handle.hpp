#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

/// What keyaki asks of other servers, through libcurl.
namespace keyaki::server::outgoing {

struct CleanUpCurl {
    void operator()(void *handle) const;
};
using CurlHandle = std::unique_ptr<void, CleanUpCurl>; ///< libcurl's CURL is void

/// A handle for one request: no redirects, TLS 1.2 or later with a certificate for that name from the file's authorities (empty: the system's), one
/// deadline from the name's look-up to the last byte, no signals. To destroy it waits for nobody, not even for a name server that hangs. Error
/// internal where libcurl cannot be used. Any thread.
[[nodiscard]] CurlHandle make_curl_handle(const std::string &url, const std::filesystem::path &ca_file, std::chrono::milliseconds deadline);

} // namespace keyaki::server::outgoing
