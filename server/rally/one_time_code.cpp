#include "server/rally/one_time_code.hpp"

#include "server/rally/proofs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::server::rally {

namespace {

constexpr std::int64_t remembered_s = 600;

} // namespace

std::string one_time_code(std::string_view secret, std::int64_t time_s, std::int64_t step_s, int digits) {
    std::string counter(8, '\0');
    auto step = static_cast<std::uint64_t>(time_s / step_s);
    for (std::size_t i = 8; i-- > 0; step >>= 8U) {
        counter[i] = static_cast<char>(step & 0xFFU);
    }
    const std::string hash = hmac_sha1(secret, counter);
    // RFC 4226, 5.3: dynamic truncation.
    const auto byte = [&hash](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(hash[at])); };
    const std::size_t offset = byte(hash.size() - 1) & 0x0FU;
    const std::uint32_t number = (byte(offset) & 0x7FU) << 24U | byte(offset + 1) << 16U | byte(offset + 2) << 8U | byte(offset + 3);
    std::uint32_t modulus = 1;
    for (int i = 0; i < digits; ++i) {
        modulus *= 10;
    }
    return fmt::format("{:0{}}", number % modulus, digits);
}

CodeCheck check_code(std::string_view secret, std::string_view code, std::int64_t time_s, const EvidenceRules &rules) {
    const auto step_s = static_cast<std::int64_t>(rules.code_step_s);
    const auto window = static_cast<std::int64_t>(rules.code_window);
    for (std::int64_t away = -window; away <= window; ++away) {
        if (is_same_secret(one_time_code(secret, time_s + away * step_s, step_s), code)) {
            return {time_s / step_s + away, TokenFault::none};
        }
    }
    for (std::int64_t away = window + 1; away * step_s <= remembered_s; ++away) {
        if (is_same_secret(one_time_code(secret, time_s - away * step_s, step_s), code)) {
            return {std::nullopt, TokenFault::stale_code};
        }
    }
    return {std::nullopt, TokenFault::wrong_code};
}

std::string printed_code(std::string_view secret, std::string_view rally, std::string_view spot) {
    return base32(hmac_sha256(secret, fmt::format("qr\n{}\n{}", rally, spot)).substr(0, 10));
}

std::string base32(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char byte : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(byte);
        held += 8;
        for (; held >= 5; held -= 5) {
            text += letters[bits >> (held - 5) & 31U];
        }
    }
    if (held > 0) {
        text += letters[bits << (5 - held) & 31U];
    }
    return text;
}

} // namespace keyaki::server::rally
