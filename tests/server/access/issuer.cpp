#include "tests/server/access/issuer.hpp"

namespace keyaki::test {

const Issuer &Issuer::shared() {
    static const Issuer issuer;
    return issuer;
}

std::string Issuer::key_set() const { return nlohmann::json{{"keys", {rsa.jwk("rsa"), p256.jwk("p256"), ed25519.jwk("ed25519")}}}.dump(); }

server::access::IssuerOptions Issuer::options(const std::string &keys_at) const {
    server::access::IssuerOptions options;
    options.issuer = name;
    options.audiences = {audience};
    options.keys_at = keys_at;
    return options;
}

nlohmann::json Issuer::claims(std::int64_t now_us) {
    const std::int64_t now_s = now_us / 1'000'000;
    return {{"iss", name},
            {"sub", "7f3a0c1e"},
            {"aud", audience},
            {"exp", now_s + 300},
            {"iat", now_s},
            {"typ", "Bearer"},
            {"azp", "qgis"},
            {"preferred_username", "yamada"},
            {"scope", "openid layers:write:shelters"}};
}

std::string Issuer::token(const nlohmann::json &claims) const {
    return signed_token(rsa, R"({"alg":"RS256","typ":"JWT","kid":"rsa"})", claims.dump());
}

} // namespace keyaki::test
