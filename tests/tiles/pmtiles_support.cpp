#include "tests/tiles/pmtiles_support.hpp"

#include "geo/error.hpp"
#include "tiles/gzip.hpp"

namespace keyaki::test {

MadeArchive::MadeArchive(const tiles::PmtilesDirectory &entries) : root(entries.empty() ? std::string(1, '\0') : tiles::encode(entries)) {
    header.internal_compression = tiles::PmtilesCompression::none;
    header.tile_compression = tiles::PmtilesCompression::none;
    header.zoom_max = 14;
    header.bounds = {139, 35, 140, 36};
    header.center = {139.5, 35.5};
}

tiles::PmtilesEntry MadeArchive::add_leaf(const tiles::PmtilesDirectory &entries) {
    const std::string leaf = tiles::encode(entries);
    const tiles::PmtilesEntry place{entries.front().id, leaves.size(), static_cast<std::uint32_t>(leaf.size()), 0};
    leaves += leaf;
    return place;
}

std::string MadeArchive::bytes() const {
    tiles::PmtilesHeader placed = header;
    const bool is_gzipped = header.internal_compression == tiles::PmtilesCompression::gzip;
    const std::string metadata = is_gzipped ? tiles::gzip("{}") : "{}";
    placed.root = {tiles::pmtiles_header_bytes, root.size()};
    placed.metadata = {placed.root.offset + root.size(), metadata.size()};
    placed.leaves = {placed.metadata.offset + metadata.size(), leaves.size()};
    placed.tiles = {placed.leaves.offset + leaves.size(), tile_data.size()};
    return tiles::encode(placed) + root + metadata + leaves + tile_data;
}

std::string complaint_about(const std::string &archive) {
    try {
        const tiles::PmtilesReader reader(std::make_shared<MemoryBytes>(archive));
        (void)all_tiles(reader);
        return {};
    } catch (const geo::Error &error) {
        return error.what();
    }
}

std::map<std::uint64_t, std::string> all_tiles(const tiles::PmtilesReader &reader) {
    std::map<std::uint64_t, std::string> tiles;
    reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
        const std::string bytes = reader.read(entry);
        for (std::uint64_t id = entry.id; id < entry.id + entry.run_length && tiles.size() < 1'000'000; ++id) {
            tiles.emplace(id, bytes);
        }
    });
    return tiles;
}

} // namespace keyaki::test
