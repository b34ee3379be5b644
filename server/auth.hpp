#pragma once

#include "data/store.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Scopes that a key can have. A key never has more than it was made with.
inline constexpr std::array scopes{"checkins:write", "members:read",   "ledger:read",  "ledger:write",
                                   "layers:write",   "layers:publish", "rallies:write"};
[[nodiscard]] bool is_scope(std::string_view text) noexcept;

/// The outcome of looking at a request's key: either whose it is, or the refusal to answer with.
struct Authorisation {
    std::string client; ///< the key's id
    std::optional<http::Response> refusal;
};

/// `Authorization: Bearer KEY` (RFC 6750) with at least one of the scopes: else 401 with WWW-Authenticate, or 403. The answers do not tell
/// whether a key exists. Every look-up asks the database, so a revoked key is refused from the next request on.
[[nodiscard]] Authorisation authorise(data::Store &store, const http::Request &request, std::initializer_list<std::string_view> any_of);

} // namespace keyaki::server
