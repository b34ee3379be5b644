#include "tests/sim/device_key.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace keyaki::sim {

namespace {

std::string hex(std::span<const unsigned char> bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

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

DeviceKey::DeviceKey(Random &random) {
    std::array<unsigned char, 32> bytes{};
    std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<unsigned char>(random.below(256)); });
    m_key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
    require(m_key != nullptr);
}

std::string DeviceKey::public_hex() const {
    std::array<unsigned char, 32> bytes{};
    std::size_t length = bytes.size();
    require(EVP_PKEY_get_raw_public_key(m_key.get(), bytes.data(), &length) == 1);
    return hex(bytes);
}

std::string DeviceKey::signature_hex(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    const std::string bytes(message);
    std::array<unsigned char, 64> signature{};
    std::size_t length = signature.size();
    require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key.get()) == 1);
    const std::basic_string<unsigned char> signed_bytes(bytes.begin(), bytes.end());
    require(EVP_DigestSign(context.get(), signature.data(), &length, signed_bytes.data(), signed_bytes.size()) == 1);
    return hex(signature);
}

} // namespace keyaki::sim
