#include "tiles/fingerprint.hpp"

#include <algorithm>

#include <openssl/sha.h>

namespace keyaki::tiles {

Fingerprint fingerprint_of(std::string_view bytes) noexcept {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(), digest.data());
    Fingerprint fingerprint;
    std::copy_n(digest.begin(), fingerprint.size(), fingerprint.begin());
    return fingerprint;
}

std::string to_hex(const Fingerprint &fingerprint) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const std::uint8_t byte : fingerprint) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

} // namespace keyaki::tiles
