#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyaki::server::access {

/// Why a request is not let through, in the order in which it is looked for. For log and metrics: the client is told less.
enum class Refusal : std::uint8_t {
    no_credential,        ///< no Authorization field
    malformed_credential, ///< not one field with "Bearer" and one word, or longer than a key or token can be
    too_many_attempts,    ///< not looked at: too many others failed before
    unknown_key,
    revoked_key,
    tokens_not_taken, ///< a token came, and no issuer is set
    token_malformed,  ///< not three parts of base64url, or its header is no JSON object with an algorithm, or a member stands twice
    token_type,       ///< not an access token: another typ, or a token within a token
    token_critical,   ///< asks for an extension (crit, b64)
    token_algorithm,  ///< none, HS256 or any other that is not in our list
    keys_unavailable, ///< there are no keys of the issuer to judge by, or they are being fetched for a key that is not known yet
    token_key,        ///< signed by a key that the issuer does not name, or that is of another kind than the algorithm
    token_signature,
    token_claims, ///< the claims are no JSON object, or one that has to be there is missing or of another type
    token_issuer,
    token_audience,
    token_expired,
    token_not_yet, ///< nbf is to come
    missing_scope,
};
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::missing_scope) + 1;

/// "token_expired"
[[nodiscard]] std::string_view refusal_name(Refusal refusal) noexcept;

/// Whether somebody may have guessed, or goes on with what was taken from him. A token that the issuer has signed is no guess, whatever else is wrong
/// with it, nor is one that cannot be judged.
[[nodiscard]] bool is_failed_attempt(Refusal refusal) noexcept;

} // namespace keyaki::server::access
