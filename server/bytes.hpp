#pragma once

#include <string_view>

namespace keyaki::server {

/// The bytes of a text as OpenSSL takes them. They live as long as the text.
[[nodiscard]] inline const unsigned char *bytes_of(std::string_view text) noexcept {
    return static_cast<const unsigned char *>(static_cast<const void *>(text.data()));
}

} // namespace keyaki::server
