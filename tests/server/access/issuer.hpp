#pragma once

#include "server/access/options.hpp"
#include "tests/server/access/signing_key.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace keyaki::test {

/// An OpenID Connect issuer with one key of each kind, made once by a test's program.
struct Issuer {
    SigningKey rsa{SigningKey::Kind::rsa};
    SigningKey p256{SigningKey::Kind::p256};
    SigningKey ed25519{SigningKey::Kind::ed25519};

    static constexpr const char *name = "https://sso.example.jp/realms/city";
    static constexpr const char *audience = "keyaki";

    /// The same for all who ask: making an RSA key takes a while.
    static const Issuer &shared();

    /// Its JSON Web Key Set, with the ids "rsa", "p256" and "ed25519".
    [[nodiscard]] std::string key_set() const;
    /// The options of a server that takes its tokens.
    [[nodiscard]] server::access::IssuerOptions options(const std::string &keys_at) const;
    /// What a token of Keycloak claims, good for five minutes from `now_us` on.
    [[nodiscard]] static nlohmann::json claims(std::int64_t now_us);
    /// A token with these claims, signed by the RSA key.
    [[nodiscard]] std::string token(const nlohmann::json &claims) const;
};

} // namespace keyaki::test
