#include "server/access/token_verifier.hpp"

#include "server/access/token.hpp"

namespace keyaki::server::access {

std::variant<Identity, Refusal> TokenVerifier::verify(std::string_view text, std::int64_t now_us) {
    const auto parsed = parse_token(text);
    if (const auto *refusal = std::get_if<Refusal>(&parsed)) {
        return *refusal;
    }
    const auto &token = std::get<Token>(parsed);
    const auto keys = m_keys.keys();
    if (!keys) {
        static_cast<void>(m_keys.look_again());
        return Refusal::keys_unavailable;
    }
    switch (keys->judge(token)) {
    case KeySet::Judgement::unknown_key: return m_keys.look_again() ? Refusal::keys_unavailable : Refusal::token_key;
    case KeySet::Judgement::forged: return Refusal::token_signature;
    case KeySet::Judgement::good: break;
    }
    return read_claims(token.payload, m_options, now_us);
}

} // namespace keyaki::server::access
