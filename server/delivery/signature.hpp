#pragma once

#include "data/outbox.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// Standard Webhooks 1.0: what is signed is "<webhook-id>.<webhook-timestamp>.<body>".
namespace keyaki::server::delivery {

using Secret = std::array<std::uint8_t, 32>; ///< from make_secret()

/// "v1a,<base64>" by ed25519 (RFC 8032), or "v1,<base64>" by HMAC-SHA256. Any thread.
[[nodiscard]] std::string sign(data::Signing signing, const Secret &secret, std::string_view id, std::string_view timestamp, std::string_view body);

/// What the receiver needs to check: "whpk_<base64>", the public key, or "whsec_<base64>", the shared secret itself.
[[nodiscard]] std::string receiver_key(data::Signing signing, const Secret &secret);

} // namespace keyaki::server::delivery
