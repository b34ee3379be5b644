#include "server/access/base64url.hpp"

#include <array>
#include <cstdint>

namespace keyaki::server::access {

namespace {

constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> make_digits() {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(no_digit);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (std::size_t value = 0; value < alphabet.size(); ++value) {
        digits[static_cast<std::uint8_t>(alphabet[value])] = static_cast<std::uint8_t>(value);
    }
    return digits;
}
constexpr std::array<std::uint8_t, 256> digits = make_digits();

} // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned waiting = 0; // bits that are not out yet
    for (const char letter : text) {
        const std::uint8_t digit = digits[static_cast<std::uint8_t>(letter)];
        if (digit == no_digit) {
            return std::nullopt;
        }
        bits = bits << 6U | digit;
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            bytes += static_cast<char>(bits >> waiting & 0xFFU);
        }
    }
    if ((bits & ((1U << waiting) - 1U)) != 0) {
        return std::nullopt;
    }
    return bytes;
}

} // namespace keyaki::server::access
