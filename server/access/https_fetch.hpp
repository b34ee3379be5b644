#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace keyaki::server::access {

/// The body at an https address. TLS 1.2 or later, with a certificate for that name from the file's authorities (empty: the system's). One answer:
/// redirects are refused, as is every status but 200. Error unavailable with the reason; too_large past `max_bytes`. Takes `deadline` at most.
/// A proxy comes from the environment (HTTPS_PROXY), as libcurl takes it.
[[nodiscard]] std::string fetch_https(const std::string &url, const std::filesystem::path &ca_file, std::size_t max_bytes,
                                      std::chrono::milliseconds deadline);

} // namespace keyaki::server::access
