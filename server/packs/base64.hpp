#pragma once

#include <string>
#include <string_view>

namespace keyaki::server::packs {

/// RFC 4648, section 4, with padding: bytes as a script may hold them.
[[nodiscard]] std::string to_base64(std::string_view bytes);

} // namespace keyaki::server::packs
