#include "server/rally/proofs.hpp"

#include "geo/error.hpp"
#include "server/bytes.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include <memory>

namespace keyaki::server::rally {

namespace {

struct FreeHandle {
    void operator()(EVP_MAC *mac) const noexcept { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX *context) const noexcept { EVP_MAC_CTX_free(context); }
    void operator()(EVP_PKEY *key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX *context) const noexcept { EVP_MD_CTX_free(context); }
};

std::string hmac(const EVP_MD *digest, std::string_view secret, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    if (HMAC(digest, secret.data(), static_cast<int>(secret.size()), bytes_of(message), message.size(), bytes.data(), &length) == nullptr) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL worked out no HMAC");
    }
    return {bytes.begin(), bytes.begin() + length};
}

} // namespace

std::string hmac_sha1(std::string_view secret, std::string_view message) { return hmac(EVP_sha1(), secret, message); }
std::string hmac_sha256(std::string_view secret, std::string_view message) { return hmac(EVP_sha256(), secret, message); }

std::array<std::uint8_t, 16> aes_cmac(const std::array<std::uint8_t, 16> &key, std::span<const std::uint8_t> message) {
    const std::unique_ptr<EVP_MAC, FreeHandle> algorithm(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
    const std::unique_ptr<EVP_MAC_CTX, FreeHandle> context(algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr);
    std::string cipher = "AES-128-CBC";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("cipher", cipher.data(), 0), OSSL_PARAM_construct_end()};
    std::array<std::uint8_t, 16> mac{};
    std::size_t length = 0;
    if (!context || EVP_MAC_init(context.get(), key.data(), key.size(), parameters) != 1 ||
        EVP_MAC_update(context.get(), message.data(), message.size()) != 1 || EVP_MAC_final(context.get(), mac.data(), &length, mac.size()) != 1 ||
        length != mac.size()) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL worked out no AES-CMAC");
    }
    return mac;
}

bool is_signed_by(const std::array<std::uint8_t, 32> &public_key, std::string_view message, const std::array<std::uint8_t, 64> &signature) {
    const std::unique_ptr<EVP_PKEY, FreeHandle> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
    if (!key) {
        return false;
    }
    const std::unique_ptr<EVP_MD_CTX, FreeHandle> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL began no Ed25519 verification");
    }
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message), message.size()) == 1;
}

bool is_same_secret(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}
bool is_same_secret(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace keyaki::server::rally
