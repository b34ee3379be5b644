#include "tiles/pmtiles_writer.hpp"

#include "geo/error.hpp"
#include "tiles/gzip.hpp"
#include "tiles/limits.hpp"
#include "tiles/pmtiles_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace keyaki::tiles {

namespace {

constexpr int smallest_gzip = 9; ///< directories are read by everybody and written once
constexpr std::size_t root_bytes_max = pmtiles_head_bytes - pmtiles_header_bytes - 1;

struct Directories {
    std::string root;
    std::string leaves;
};

/// The entries in leaves of so many, and the root that names them.
Directories with_leaves(std::span<const PmtilesEntry> entries, std::size_t leaf_entries) {
    Directories directories;
    PmtilesDirectory root;
    for (std::size_t begin = 0; begin < entries.size(); begin += leaf_entries) {
        const auto of_leaf = entries.subspan(begin, std::min(leaf_entries, entries.size() - begin));
        const std::string leaf = gzip(encode(of_leaf), smallest_gzip);
        root.push_back({of_leaf.front().id, directories.leaves.size(), static_cast<std::uint32_t>(leaf.size()), 0});
        directories.leaves += leaf;
    }
    directories.root = gzip(encode(root), smallest_gzip);
    return directories;
}

Directories directories_of(std::span<const PmtilesEntry> entries) {
    // A byte of the root holds two entries at the very most: more are not worth the try.
    if (entries.size() < 2 * root_bytes_max) {
        if (std::string root = gzip(encode(entries), smallest_gzip); root.size() <= root_bytes_max) {
            return {std::move(root), {}};
        }
    }
    for (std::size_t leaf_entries = leaf_directory_entries;; leaf_entries += leaf_entries / 2) {
        if (Directories directories = with_leaves(entries, leaf_entries); directories.root.size() <= root_bytes_max) {
            return directories;
        }
    }
}

/// Also of a single point, as clients show nothing where the bounds have no area.
geo::LonLatBox with_area(geo::LonLatBox bounds) {
    constexpr double unit_deg = 1e-7;
    if (bounds.east_deg - bounds.west_deg < unit_deg) {
        bounds.west_deg = std::min(bounds.west_deg, 180 - unit_deg);
        bounds.east_deg = bounds.west_deg + unit_deg;
    }
    if (bounds.north_deg - bounds.south_deg < unit_deg) {
        bounds.south_deg = std::min(bounds.south_deg, 90 - unit_deg);
        bounds.north_deg = bounds.south_deg + unit_deg;
    }
    return bounds;
}

} // namespace

PmtilesWriter::PmtilesWriter(const std::filesystem::path &path, ArchiveDescription description)
    : m_path(path), m_description(std::move(description)), m_archive(path), m_tile_data(ArchiveOutput::nameless_beside(path)) {}

std::size_t PmtilesWriter::FingerprintHash::operator()(const Fingerprint &fingerprint) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, fingerprint.data(), sizeof hash);
    return hash;
}

PmtilesWriter::Place PmtilesWriter::keep(std::string_view gzipped) {
    const Place next{m_tile_data.size(), static_cast<std::uint32_t>(gzipped.size())};
    const auto [known, is_new] = m_known.try_emplace(fingerprint_of(gzipped), next);
    if (is_new) {
        m_tile_data.append(gzipped);
    }
    return known->second;
}

void PmtilesWriter::add(geo::TileId tile, std::string_view gzipped) {
    const std::uint64_t id = geo::hilbert_id(tile);
    const std::uint64_t next_id = m_entries.empty() ? 0 : m_entries.back().id + m_entries.back().run_length;
    if (id < next_id || gzipped.empty() || gzipped.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("expected tiles of 1 to 2^32-1 bytes in the order of Hilbert's curve, found {} bytes "
                                                               "of tile {} ({}/{}/{}) after tile {}",
                                                               gzipped.size(), id, tile.z, tile.x, tile.y, next_id));
    }
    const Place place = keep(gzipped);
    ++m_tiles;
    if (!m_entries.empty() && m_entries.back().offset == place.offset && id == next_id) {
        ++m_entries.back().run_length;
        return;
    }
    if (m_entries.size() == max_archive_entries) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} would have more than {} different tiles: ask for fewer zooms or layers",
                                                                m_path.string(), max_archive_entries));
    }
    m_entries.push_back({id, place.offset, place.length, 1});
}

ArchiveOutcome PmtilesWriter::finish() {
    if (m_entries.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected at least one tile for {}, found none", m_path.string()));
    }
    const Directories directories = directories_of(m_entries);
    const std::string metadata = gzip(pmtiles_metadata(m_description), smallest_gzip);
    PmtilesHeader header;
    header.root = {pmtiles_header_bytes, directories.root.size()};
    header.metadata = {header.root.offset + header.root.length, metadata.size()};
    header.leaves = {header.metadata.offset + header.metadata.length, directories.leaves.size()};
    header.tiles = {header.leaves.offset + header.leaves.length, m_tile_data.size()};
    header.addressed_tiles = m_tiles;
    header.tile_entries = m_entries.size();
    header.tile_contents = m_known.size();
    header.is_clustered = true;
    header.zoom_min = geo::tile_of_hilbert_id(m_entries.front().id)->z;
    header.zoom_max = geo::tile_of_hilbert_id(m_entries.back().id + m_entries.back().run_length - 1)->z;
    header.bounds = with_area(drawn_bounds(m_description));
    header.center = {(header.bounds.west_deg + header.bounds.east_deg) / 2, (header.bounds.south_deg + header.bounds.north_deg) / 2};
    header.center_zoom = static_cast<std::uint8_t>(zoom_that_shows(header.bounds, header.zoom_min, header.zoom_max));
    m_archive.append(encode(header));
    m_archive.append(directories.root);
    m_archive.append(metadata);
    m_archive.append(directories.leaves);
    m_archive.append_all_of(m_tile_data);
    m_archive.sync();
    return {m_tiles, m_known.size(), m_archive.size()};
}

} // namespace keyaki::tiles
