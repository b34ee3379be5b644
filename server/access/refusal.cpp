#include "server/access/refusal.hpp"

#include <array>

namespace keyaki::server::access {

std::string_view refusal_name(Refusal refusal) noexcept {
    constexpr std::array<std::string_view, refusal_count> names{
        "no_credential", "malformed_credential", "too_many_attempts", "unknown_key",      "revoked_key",  "tokens_not_taken", "token_malformed",
        "token_type",    "token_critical",       "token_algorithm",   "keys_unavailable", "token_key",    "token_signature",  "token_claims",
        "token_issuer",  "token_audience",       "token_expired",     "token_not_yet",    "missing_scope"};
    return names.at(static_cast<std::size_t>(refusal));
}

bool is_failed_attempt(Refusal refusal) noexcept {
    switch (refusal) {
    case Refusal::no_credential:
    case Refusal::malformed_credential: // nothing of it could have been right
    case Refusal::too_many_attempts:
    case Refusal::keys_unavailable:
    case Refusal::token_type: // like those that follow, found also in what the issuer has signed
    case Refusal::token_claims:
    case Refusal::token_issuer:
    case Refusal::token_audience:
    case Refusal::token_expired:
    case Refusal::token_not_yet:
    case Refusal::missing_scope: return false;
    default: return true;
    }
}

} // namespace keyaki::server::access
