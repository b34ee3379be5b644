#include "server/rally/nfc_tap.hpp"

#include "geo/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

namespace keyaki::server::rally {

namespace {

struct FreeMac {
    void operator()(EVP_MAC *mac) const noexcept { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX *context) const noexcept { EVP_MAC_CTX_free(context); }
};

int digit_of(char c) noexcept {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::array<std::uint8_t, 16> aes_cmac(const TagKey &key, std::span<const std::uint8_t> message) {
    const std::unique_ptr<EVP_MAC, FreeMac> algorithm(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
    const std::unique_ptr<EVP_MAC_CTX, FreeMac> context(algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr);
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

TagMac tap_mac(const TagKey &file_key, const TagUid &uid, std::uint32_t counter) {
    std::array<std::uint8_t, 16> vector{0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80};
    for (std::size_t i = 0; i < uid.size(); ++i) {
        vector.at(6 + i) = uid.at(i);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        vector.at(13 + i) = static_cast<std::uint8_t>(counter >> (8 * i) & 0xFFU);
    }
    const auto whole = aes_cmac(aes_cmac(file_key, vector), {});
    TagMac mac{};
    for (std::size_t i = 0; i < mac.size(); ++i) {
        mac.at(i) = whole.at(2 * i + 1);
    }
    return mac;
}

bool is_tap_of(const TagKey &file_key, const TagUid &uid, std::uint32_t counter, const TagMac &mac) {
    return CRYPTO_memcmp(tap_mac(file_key, uid, counter).data(), mac.data(), mac.size()) == 0;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> into) noexcept {
    if (text.size() != 2 * into.size()) {
        return false;
    }
    for (std::size_t i = 0; i < into.size(); ++i) {
        const int high = digit_of(text[2 * i]);
        const int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        into[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

} // namespace keyaki::server::rally
