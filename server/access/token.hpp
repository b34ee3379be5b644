#pragma once

#include "server/access/refusal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace keyaki::server::access {

/// The algorithms that tokens may be signed with, and no other (RFC 8725, 3.1): RSASSA-PKCS1-v1_5 and ECDSA on P-256, each with SHA-256 (RFC 7518,
/// 3.3 and 3.4), and Ed25519 (RFC 8037, 3.1). Each belongs to one kind of key, and none to a shared secret.
enum class Algorithm : std::uint8_t { rs256, es256, eddsa };
/// "RS256"; nothing for the names of all others.
[[nodiscard]] std::optional<Algorithm> algorithm_from_name(std::string_view name) noexcept;
[[nodiscard]] std::string_view algorithm_name(Algorithm algorithm) noexcept;

/// A JSON Web Token in its compact form (RFC 7519; RFC 7515, 7.1), of which only the header has been read: what it claims is looked at when the
/// signature is good.
struct Token {
    Algorithm algorithm = Algorithm::rs256;
    std::optional<std::string> key_id;
    std::string_view signed_text; ///< header and payload as they came; points into the text that was parsed
    std::string payload;          ///< decoded
    std::string signature;        ///< decoded
};

/// Parts a token and reads its header. Refused: more than limits::token_bytes; anything but three parts of strict base64url; a header that is not
/// one JSON object without a member twice; an algorithm of no list; a type that is not an access token's (absent, JWT or at+jwt: RFC 9068, 4); a
/// token within (cty) or one that is compressed or encrypted; extensions that have to be understood (crit, b64). Keys and addresses of keys in the
/// header (jwk, jku, x5c, x5u) are passed over, as RFC 8725, 3.10 asks.
[[nodiscard]] std::variant<Token, Refusal> parse_token(std::string_view text);

} // namespace keyaki::server::access
