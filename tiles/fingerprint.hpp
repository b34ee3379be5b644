#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// The first 128 bits of SHA-256: short, and no two different tiles of the world share them.
using Fingerprint = std::array<std::uint8_t, 16>;

/// Any thread.
[[nodiscard]] Fingerprint fingerprint_of(std::string_view bytes) noexcept;
/// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Fingerprint &fingerprint);

} // namespace keyaki::tiles
