#include "geo/hilbert.hpp"

namespace keyaki::geo {

namespace {

/// Place on the curve by walking down the quadrants: each bit of x and y picks the quarter, and the axes turn with the curve (Hilbert 1891;
/// the turning rule as in Warren, Hacker's Delight 2nd edition, 16-2).
template <typename Place>
Place place_on_curve(std::uint32_t x, std::uint32_t y, int order) noexcept {
    Place place = 0;
    for (int bit = order - 1; bit >= 0; --bit) {
        const std::uint32_t right = (x >> bit) & 1U;
        const std::uint32_t upper = (y >> bit) & 1U;
        place = static_cast<Place>(place << 2) | ((right * 3U) ^ upper);
        if (upper == 0) {
            if (right == 1) {
                x = ~x;
                y = ~y;
            }
            const std::uint32_t swapped = x;
            x = y;
            y = swapped;
        }
    }
    return place;
}

} // namespace

std::uint32_t hilbert_16(std::uint16_t x, std::uint16_t y) noexcept { return place_on_curve<std::uint32_t>(x, y, 16); }

std::uint64_t hilbert_32(std::uint32_t x, std::uint32_t y) noexcept { return place_on_curve<std::uint64_t>(x, y, 32); }

std::uint64_t hilbert_place(std::uint32_t x, std::uint32_t y, int order) noexcept { return place_on_curve<std::uint64_t>(x, y, order); }

HilbertCell hilbert_cell(std::uint64_t place, int order) noexcept {
    // From the smallest quadrant up: each pair of bits says where the square so far lies in the next larger one, and how it is turned there.
    HilbertCell cell;
    for (int bit = 0; bit < order; ++bit, place >>= 2) {
        const auto right = static_cast<std::uint32_t>((place >> 1) & 1);
        const auto upper = static_cast<std::uint32_t>((place ^ right) & 1);
        const std::uint32_t side = std::uint32_t{1} << bit;
        if (upper == 0) {
            if (right == 1) {
                cell = {side - 1 - cell.x, side - 1 - cell.y};
            }
            cell = {cell.y, cell.x};
        }
        cell = {cell.x | (right << bit), cell.y | (upper << bit)};
    }
    return cell;
}

} // namespace keyaki::geo
