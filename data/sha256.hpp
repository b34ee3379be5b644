#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::data {

/// SHA-256 (FIPS 180-4) of the bytes of `first`, then those of `second`. Error internal when OpenSSL has none. Any thread.
[[nodiscard]] Hash sha256(std::string_view first, std::string_view second = {});

/// Lower-case hexadecimal digits, two for each byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

} // namespace keyaki::data
