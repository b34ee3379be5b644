#pragma once

#include <string>
#include <string_view>

namespace keyaki::geo {

/// True for well-formed UTF-8 (Unicode 15, table 3-7).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// What is not UTF-8 becomes U+FFFD, one for each byte that does not fit.
[[nodiscard]] std::string as_utf8(std::string_view text);

} // namespace keyaki::geo
