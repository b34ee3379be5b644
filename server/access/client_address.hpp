#pragma once

#include "server/access/options.hpp"
#include "server/http/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::access {

/// "192.0.2.1" or "2001:db8::1", also in brackets; nothing for a name, a port or anything else.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
/// "10.0.0.0/8", "::1/128" or one address; nothing where bits are set behind the prefix, which would be a mistake of who wrote it.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);
[[nodiscard]] bool contains(const Network &network, const Address &address) noexcept;

/// Where a request comes from: the peer, or where that is a trusted proxy the last address of X-Forwarded-For that is none, for everything before it
/// may have been made up. What is no address there ends the search at the last that was. Looks at limits::proxies of them.
[[nodiscard]] Address client_address(const http::Request &request, const std::vector<Network> &trusted_proxies);

/// "192.0.2.1", "2001:db8::1"
[[nodiscard]] std::string to_text(const Address &address);

} // namespace keyaki::server::access
