#pragma once

#include <cstdint>

namespace keyaki::geo {

/// Place of the cell (x, y) of a 2^16 x 2^16 grid on Hilbert's curve. Cells next to each other on the curve are next to each other in the plane.
[[nodiscard]] std::uint32_t hilbert_16(std::uint16_t x, std::uint16_t y) noexcept;

/// The same at order 32, for whole GridPoints (mercator.hpp).
[[nodiscard]] std::uint64_t hilbert_32(std::uint32_t x, std::uint32_t y) noexcept;

/// The same for a grid of 2^order x 2^order cells. \pre order <= 31, x and y below 2^order
[[nodiscard]] std::uint64_t hilbert_place(std::uint32_t x, std::uint32_t y, int order) noexcept;

struct HilbertCell {
    std::uint32_t x = 0;
    std::uint32_t y = 0;
};
/// The cell at a place of the curve: hilbert_place() backwards. \pre order <= 31, place below 4^order
[[nodiscard]] HilbertCell hilbert_cell(std::uint64_t place, int order) noexcept;

} // namespace keyaki::geo
