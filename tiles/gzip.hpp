#pragma once

#include "tiles/limits.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// gzip (RFC 1952) by libdeflate; level 1 for answers on the fly, 6 for what is kept. The same bytes for the same input: no time, no name.
/// Each thread keeps one compressor. \pre level in 1..12
[[nodiscard]] std::string gzip(std::string_view bytes, int level = 6);

/// Throws geo::Error(invalid_input) for what is not one gzip member, and geo::Error(too_large) past `max_bytes`.
[[nodiscard]] std::string gunzip(std::string_view bytes, std::size_t max_bytes = max_inflated_bytes);

} // namespace keyaki::tiles
