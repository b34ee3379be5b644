#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What proofs are made of: the one file of the rules that knows OpenSSL. Error internal where OpenSSL has not what is asked for. Any thread.
namespace keyaki::server::rally {

/// RFC 2104: 20 and 32 bytes.
[[nodiscard]] std::string hmac_sha1(std::string_view secret, std::string_view message);
[[nodiscard]] std::string hmac_sha256(std::string_view secret, std::string_view message);

/// AES-128-CMAC (NIST SP 800-38B).
[[nodiscard]] std::array<std::uint8_t, 16> aes_cmac(const std::array<std::uint8_t, 16> &key, std::span<const std::uint8_t> message);

/// Ed25519 (RFC 8032). False for a wrong signature and for a key that is none.
[[nodiscard]] bool is_signed_by(const std::array<std::uint8_t, 32> &public_key, std::string_view message,
                                const std::array<std::uint8_t, 64> &signature);

/// In a time that does not tell how much of it was right.
[[nodiscard]] bool is_same_secret(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool is_same_secret(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

} // namespace keyaki::server::rally
