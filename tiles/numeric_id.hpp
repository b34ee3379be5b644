#pragma once

#include <cstdint>
#include <string_view>

namespace keyaki::tiles {

/// A feature's id as the number that MVT wants (MVT 2.1 4.2: uint64): the number itself where the text is a whole number up to 2^53 - 1 in decimal
/// form without leading zeros, else 53 bits of FNV-1a (64 bits) of the text, mixed, and never 0. Part of what clients hold on to: never change it.
[[nodiscard]] std::uint64_t numeric_id_of(std::string_view id) noexcept;

} // namespace keyaki::tiles
