#pragma once

#include "server/access/access.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// The outcome of looking at a request's key or token: either whose it is, or the refusal to answer with.
struct Authorisation {
    std::string client; ///< never another's: a key's id, or a token's issuer and subject
    std::string author; ///< the same with a readable name, for audit and revisions
    std::optional<http::Response> refusal;
    std::vector<std::string> scopes{}; ///< that were granted; empty with a refusal
};

/// The layer that a request is about: what its route calls {layer}, without a revision; empty where it has none.
[[nodiscard]] std::string_view layer_of(const http::Request &request) noexcept;

/// `Authorization: Bearer KEY` (RFC 6750) with at least one of the scopes, for this layer or for all: else 401 with WWW-Authenticate, 403, or what
/// Access::identify answers. Called once by each handler, before it looks at anything else: so a refusal says nothing of what is there.
[[nodiscard]] Authorisation authorise(access::Access &access, const http::Request &request, std::initializer_list<std::string_view> any_of,
                                      std::string_view layer);
/// The same for the layer of the request's address.
[[nodiscard]] Authorisation authorise(access::Access &access, const http::Request &request, std::initializer_list<std::string_view> any_of);

} // namespace keyaki::server
