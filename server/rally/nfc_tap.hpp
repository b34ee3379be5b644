#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// NFC tags of the kind NTAG 424 DNA, which sign each tap ("Secure Unique NFC", NXP AN12196): the address that a tap opens holds the tag's UID, its
/// counter and a MAC over both. Error internal where OpenSSL has no CMAC. Any thread.
namespace keyaki::server::rally {

using TagKey = std::array<std::uint8_t, 16>;
using TagUid = std::array<std::uint8_t, 7>;
using TagMac = std::array<std::uint8_t, 8>;

/// What the tag puts behind UID and counter where no file data is mirrored: the session key is the CMAC of SV2 = 3CC3 0001 0080 ‖ UID ‖ counter
/// (least significant byte first) under the file's key, the MAC the odd bytes of the session key's CMAC of nothing (AN12196, 3.3 and 3.4).
[[nodiscard]] TagMac tap_mac(const TagKey &file_key, const TagUid &uid, std::uint32_t counter);
[[nodiscard]] bool is_tap_of(const TagKey &file_key, const TagUid &uid, std::uint32_t counter, const TagMac &mac);

/// Fills `into` from twice as many hexadecimal digits of either case; false where there are others or not so many.
[[nodiscard]] bool read_hex(std::string_view text, std::span<std::uint8_t> into) noexcept;

} // namespace keyaki::server::rally
