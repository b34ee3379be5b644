#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace keyaki::server {

/// RFC 4648, section 4, with padding.
[[nodiscard]] std::string to_base64(std::span<const std::uint8_t> bytes);

} // namespace keyaki::server
