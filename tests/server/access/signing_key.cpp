#include "tests/server/access/signing_key.hpp"

#include <array>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdexcept>
#include <utility>
#include <vector>

namespace keyaki::test {

namespace {

void must(bool is_well) {
    if (!is_well) {
        throw std::runtime_error("OpenSSL does not do what the test asks");
    }
}

const unsigned char *bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char *>(text.data()); }

std::string number_at(const EVP_PKEY *key, const char *name, std::size_t bytes) {
    BIGNUM *number = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
    std::vector<unsigned char> out(std::max(bytes, static_cast<std::size_t>(BN_num_bytes(number))));
    must(BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) > 0);
    BN_free(number);
    return {out.begin(), out.end()};
}

std::string raw_from_der(const std::string &der) {
    const unsigned char *at = bytes_of(der);
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    must(parsed != nullptr);
    std::array<unsigned char, 64> raw{};
    must(BN_bn2binpad(ECDSA_SIG_get0_r(parsed), raw.data(), 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), raw.data() + 32, 32) == 32);
    ECDSA_SIG_free(parsed);
    return {raw.begin(), raw.end()};
}

EVP_PKEY *make(SigningKey::Kind kind, int rsa_bits) {
    switch (kind) {
    case SigningKey::Kind::rsa: return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits));
    case SigningKey::Kind::p256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case SigningKey::Kind::p384: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case SigningKey::Kind::ed25519: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    return nullptr;
}

} // namespace

std::string base64url(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned bits = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            bits = bits << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        const std::size_t letters = bytes.size() - i >= 3 ? 4 : bytes.size() - i + 1;
        for (std::size_t j = 0; j < letters; ++j) {
            text += alphabet[bits >> (18 - 6 * j) & 63U];
        }
    }
    return text;
}

struct SigningKey::Handle {
    EVP_PKEY *key = nullptr;
};

SigningKey::SigningKey(Kind kind, int rsa_bits) : m_kind(kind), m_handle(std::make_unique<Handle>(Handle{make(kind, rsa_bits)})) {
    must(m_handle->key != nullptr);
}

SigningKey::~SigningKey() { EVP_PKEY_free(m_handle->key); }

nlohmann::json SigningKey::jwk(const std::string &id) const {
    nlohmann::json jwk{{"use", "sig"}};
    if (!id.empty()) {
        jwk["kid"] = id;
    }
    const EVP_PKEY *key = m_handle->key;
    if (m_kind == Kind::rsa) {
        jwk["kty"] = "RSA";
        jwk["n"] = base64url(number_at(key, OSSL_PKEY_PARAM_RSA_N, 0));
        jwk["e"] = base64url(number_at(key, OSSL_PKEY_PARAM_RSA_E, 0));
    } else if (m_kind == Kind::ed25519) {
        std::array<unsigned char, 32> raw{};
        std::size_t size = raw.size();
        must(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1);
        jwk["kty"] = "OKP";
        jwk["crv"] = "Ed25519";
        jwk["x"] = base64url({reinterpret_cast<const char *>(raw.data()), raw.size()});
    } else {
        const std::size_t bytes = m_kind == Kind::p256 ? 32 : 48;
        jwk["kty"] = "EC";
        jwk["crv"] = m_kind == Kind::p256 ? "P-256" : "P-384";
        jwk["x"] = base64url(number_at(key, OSSL_PKEY_PARAM_EC_PUB_X, bytes));
        jwk["y"] = base64url(number_at(key, OSSL_PKEY_PARAM_EC_PUB_Y, bytes));
    }
    return jwk;
}

std::string SigningKey::pem() const {
    BIO *memory = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PUBKEY(memory, m_handle->key) == 1);
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

std::string SigningKey::signature(std::string_view signed_text) const {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(EVP_DigestSignInit(context, nullptr, m_kind == Kind::ed25519 ? nullptr : EVP_sha256(), nullptr, m_handle->key) == 1);
    std::size_t size = 0;
    must(EVP_DigestSign(context, nullptr, &size, bytes_of(signed_text), signed_text.size()) == 1);
    std::vector<unsigned char> made(size);
    must(EVP_DigestSign(context, made.data(), &size, bytes_of(signed_text), signed_text.size()) == 1);
    EVP_MD_CTX_free(context);
    const std::string der(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(size));
    return m_kind == Kind::p256 ? raw_from_der(der) : der;
}

std::string signed_token(const SigningKey &key, std::string_view header, std::string_view payload) {
    const std::string text = base64url(header) + "." + base64url(payload);
    return text + "." + base64url(key.signature(text));
}

std::string hs256_token(std::string_view secret, std::string_view header, std::string_view payload) {
    const std::string text = base64url(header) + "." + base64url(payload);
    std::array<unsigned char, 32> mac{};
    unsigned size = 0;
    must(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), mac.data(), &size) != nullptr);
    return text + "." + base64url({reinterpret_cast<const char *>(mac.data()), mac.size()});
}

} // namespace keyaki::test
