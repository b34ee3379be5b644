#pragma once

#include <string_view>

namespace keyaki::data {

/// The one rule for names that come from outside (transfers, accounts, members, rallies, spots, keys, codes): 1 to identifier_bytes_max
/// bytes of well-formed UTF-8 without control characters (U+0000–001F, U+007F–009F). Compared byte by byte; NFC is not asked for.
[[nodiscard]] bool is_identifier(std::string_view value) noexcept;

/// Error invalid_input that says what was expected, what was found and at which byte; `what` is the subject, as "the transfer id".
/// The value itself is never repeated.
void require_identifier(std::string_view what, std::string_view value);

} // namespace keyaki::data
