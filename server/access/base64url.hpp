#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::access {

/// The bytes that base64url without padding (RFC 4648, section 5; RFC 7515, section 2) stands for. Strict: no padding, no white space, no letter of
/// another alphabet, no length that cannot be, and no bits behind the last byte, so that no two texts stand for the same bytes. Empty is empty.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

} // namespace keyaki::server::access
