#include "tests/support/device_key.hpp"

#include "data/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace keyaki::test {

namespace {

void require(bool is_done) {
    if (!is_done) {
        throw std::runtime_error("OpenSSL has no Ed25519");
    }
}

struct FreeContext {
    void operator()(EVP_MD_CTX *context) const noexcept { EVP_MD_CTX_free(context); }
};

} // namespace

void DeviceKey::FreeKey::operator()(evp_pkey_st *key) const noexcept { EVP_PKEY_free(key); }

DeviceKey::DeviceKey(const std::array<std::uint8_t, 32> &secret)
    : m_key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size())) {
    require(m_key != nullptr);
}

std::string DeviceKey::public_hex() const {
    std::array<unsigned char, 32> bytes{};
    std::size_t length = bytes.size();
    require(EVP_PKEY_get_raw_public_key(m_key.get(), bytes.data(), &length) == 1);
    return data::to_hex(bytes);
}

std::string DeviceKey::sign_hex(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    std::array<unsigned char, 64> signature{};
    std::size_t length = signature.size();
    require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key.get()) == 1);
    const auto *bytes = reinterpret_cast<const unsigned char *>(message.data());
    require(EVP_DigestSign(context.get(), signature.data(), &length, bytes, message.size()) == 1);
    return data::to_hex(signature);
}

} // namespace keyaki::test
