#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace keyaki::test {

/// RFC 4648, section 5, without padding: written apart from what is tested.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// A private key that signs tokens, made anew by OpenSSL.
class SigningKey {
  public:
    enum class Kind { rsa, p256, ed25519, p384 };
    explicit SigningKey(Kind kind, int rsa_bits = 2048);
    ~SigningKey();
    SigningKey(const SigningKey &) = delete;
    SigningKey &operator=(const SigningKey &) = delete;

    /// The public half as a JSON Web Key; without a `kid` where the id is empty.
    [[nodiscard]] nlohmann::json jwk(const std::string &id) const;
    /// The public half in PEM, as one finds it.
    [[nodiscard]] std::string pem() const;
    /// The signature of JSON Web Signatures: SHA-256 for RSA and ECDSA (r and s side by side), Ed25519 as it is.
    [[nodiscard]] std::string signature(std::string_view signed_text) const;

  private:
    struct Handle;
    Kind m_kind;
    std::unique_ptr<Handle> m_handle;
};

/// header.payload.signature of any two texts.
[[nodiscard]] std::string signed_token(const SigningKey &key, std::string_view header, std::string_view payload);
/// HMAC with SHA-256 under any secret: what a forger makes of a public key.
[[nodiscard]] std::string hs256_token(std::string_view secret, std::string_view header, std::string_view payload);

} // namespace keyaki::test
