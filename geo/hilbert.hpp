#pragma once

#include <cstdint>

namespace keyaki::geo {

/// Place of the cell (x, y) of a 2^16 x 2^16 grid on Hilbert's curve. Cells next to each other on the curve are next to each other in the plane.
[[nodiscard]] std::uint32_t hilbert_16(std::uint16_t x, std::uint16_t y) noexcept;

/// The same at order 32, for whole GridPoints (mercator.hpp).
[[nodiscard]] std::uint64_t hilbert_32(std::uint32_t x, std::uint32_t y) noexcept;

} // namespace keyaki::geo
