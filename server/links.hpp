#pragma once

#include "server/http/request.hpp"
#include "server/settings.hpp"

#include <string>
#include <string_view>

namespace keyaki::server {

/// Where the world finds this server: "https://map.example.jp", without a slash at the end; links in answers begin with it.
/// The configured public address where there is one. Without one the request's Host is taken only when it is an IP address or localhost, which
/// nobody can point elsewhere by a name of theirs; else the address that the server listens on.
[[nodiscard]] std::string base_url(const Settings &settings, std::uint16_t port, const http::Request &request);

/// Whether a Host field is `localhost` or a literal IP address, with or without a port.
[[nodiscard]] bool is_literal_host(std::string_view host) noexcept;

} // namespace keyaki::server
