#pragma once

#include "server/access/options.hpp"
#include "server/access/refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyaki::server::access {

/// Who asks: a program or person whose key or token was right.
struct Identity {
    std::string client;              ///< never another's: a key's id, or issuer and subject of a token
    std::string author;              ///< the same with a readable name before it, for audit and revisions; never the secret
    std::vector<std::string> scopes; ///< what was granted
};

/// What the payload of a token with a good signature says, held against the issuer's options at `now_us` (RFC 7519, 4.1): `iss` equal, one of the
/// audiences in `aud` (text or list), `exp` there and not over, `nbf` not to come, both with the clock skew, `sub` of 1 to 255 visible ASCII letters
/// (OpenID Connect Core 1.0, 2); a `typ` among the claims, as Keycloak writes it, has to be Bearer, so that an ID token opens nothing. Pure.
[[nodiscard]] std::variant<Identity, Refusal> read_claims(std::string_view payload, const IssuerOptions &options, std::int64_t now_us);

/// "yamada (sso.example.jp/realms/city#7f3a)" and the like, within the length that an author may have; what cannot be shown is left out.
[[nodiscard]] std::string author_text(std::string_view name, std::string_view client);

} // namespace keyaki::server::access
