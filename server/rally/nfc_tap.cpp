#include "server/rally/nfc_tap.hpp"

#include "server/rally/proofs.hpp"

namespace keyaki::server::rally {

namespace {

int digit_of(char c) noexcept {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

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
    return is_same_secret(tap_mac(file_key, uid, counter), mac);
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
