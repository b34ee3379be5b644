#pragma once

#include "geo/presence.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Proof that the phone which holds a ticket's key saw these fixes. Any thread.
namespace keyaki::server::rally {

/// What the device key signs: "keyaki-offline/1\nTICKET\nSPOT\n" and one line "lon,lat,accuracy,taken_at" for each fix as it is sent, with seven,
/// seven and two decimals and milliseconds since 1970; an accuracy that is missing is empty.
[[nodiscard]] std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes);

/// Ed25519 (RFC 8032). False for a wrong signature and for a key that is none. Error internal where OpenSSL has no Ed25519.
[[nodiscard]] bool is_signed_by(const std::array<std::uint8_t, 32> &public_key, std::string_view message,
                                const std::array<std::uint8_t, 64> &signature);

} // namespace keyaki::server::rally
