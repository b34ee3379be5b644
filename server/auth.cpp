#include "server/auth.hpp"

#include "data/sha256.hpp"
#include "server/http/problem.hpp"

#include <algorithm>

namespace keyaki::server {

namespace {

/// Bytes of a bearer token that are looked at: ours have 51.
constexpr std::size_t max_secret_bytes = 256;

http::Response unauthorised(std::string_view challenge) {
    return http::problem(401, "Unauthorized", "This needs a valid key: Authorization: Bearer KEY.").with("WWW-Authenticate", std::string(challenge));
}

std::optional<std::string_view> bearer_secret(const http::Request &request) {
    const std::string_view header = request.header("Authorization");
    constexpr std::string_view scheme = "bearer ";
    if (header.size() <= scheme.size() || header.size() > scheme.size() + max_secret_bytes ||
        !http::equal_ignoring_case(header.substr(0, scheme.size()), scheme)) {
        return std::nullopt;
    }
    return http::trim_blanks(header.substr(scheme.size()));
}

} // namespace

bool is_scope(std::string_view text) noexcept { return std::find(scopes.begin(), scopes.end(), text) != scopes.end(); }

Authorisation authorise(data::Store &store, const http::Request &request, std::initializer_list<std::string_view> any_of) {
    const auto secret = bearer_secret(request);
    if (!secret) {
        return {"", unauthorised("Bearer realm=\"keyaki\"")};
    }
    const auto key = store.find_key(data::sha256(*secret));
    if (!key || key->revoked_at_us) {
        return {"", unauthorised("Bearer realm=\"keyaki\", error=\"invalid_token\"")};
    }
    const bool has_scope = std::any_of(any_of.begin(), any_of.end(), [&](std::string_view scope) {
        return std::find(key->scopes.begin(), key->scopes.end(), scope) != key->scopes.end();
    });
    if (!has_scope) {
        return {"", http::problem(403, "Forbidden", "This key may not do that.")};
    }
    return {key->id, std::nullopt};
}

} // namespace keyaki::server
