#include "geo/tile_id.hpp"

#include "geo/hilbert.hpp"
#include "geo/mercator.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace keyaki::geo {

namespace {

/// Degrees of latitude of the row edge `y` of `rows`; the outermost edges are those of Web Mercator's square to the last bit.
double row_edge_lat_deg(std::uint32_t y, double rows) { return std::atan(std::sinh(std::numbers::pi * (1 - 2 * y / rows))) * 180 / std::numbers::pi; }

} // namespace

TileId TileId::parent() const noexcept {
    assert(z > 0);
    return {static_cast<std::uint8_t>(z - 1), x >> 1, y >> 1};
}

bool is_valid(TileId tile) noexcept { return tile.z <= max_zoom && tile.x < (1U << tile.z) && tile.y < (1U << tile.z); }

LonLatBox bounds(TileId tile) noexcept {
    assert(is_valid(tile));
    const auto tiles = static_cast<double>(1U << tile.z);
    return {tile.x / tiles * 360 - 180, row_edge_lat_deg(tile.y + 1, tiles), (tile.x + 1) / tiles * 360 - 180, row_edge_lat_deg(tile.y, tiles)};
}

TileId tile_at(LonLat position, std::uint8_t z) noexcept {
    assert(z <= max_zoom);
    if (z == 0) {
        return {};
    }
    const GridPoint cell = to_grid(position);
    const int shift = 32 - z;
    return {z, cell.x >> shift, cell.y >> shift};
}

std::uint64_t first_hilbert_id(int z) noexcept {
    assert(z >= 0 && z <= max_zoom + 1);
    return ((std::uint64_t{1} << (2 * z)) - 1) / 3; // 1 + 4 + 16 + …
}

std::uint64_t hilbert_id(TileId tile) noexcept {
    assert(is_valid(tile));
    return first_hilbert_id(tile.z) + hilbert_place(tile.x, tile.y, tile.z);
}

std::optional<TileId> tile_of_hilbert_id(std::uint64_t id) noexcept {
    for (int z = 0; z <= max_zoom; ++z) {
        if (id < first_hilbert_id(z + 1)) {
            const HilbertCell cell = hilbert_cell(id - first_hilbert_id(z), z);
            return TileId{static_cast<std::uint8_t>(z), cell.x, cell.y};
        }
    }
    return std::nullopt;
}

} // namespace keyaki::geo

std::size_t std::hash<keyaki::geo::TileId>::operator()(const keyaki::geo::TileId &tile) const noexcept {
    // z, x and y fit into 5 + 24 + 24 bits; the multiplication (2^64 / golden ratio, Knuth 6.4) spreads neighbours over the table.
    const std::uint64_t key = (std::uint64_t{tile.z} << 48) | (std::uint64_t{tile.x} << 24) | tile.y;
    const std::uint64_t spread = key * 0x9E37'79B9'7F4A'7C15;
    return static_cast<std::size_t>(spread ^ (spread >> 32));
}
