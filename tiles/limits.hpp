#pragma once

#include <cstddef>
#include <cstdint>

namespace keyaki::tiles {

/// Units of a tile's side. 4096 is what every client expects; 1/8 pixel of a 512-pixel tile.
inline constexpr std::int32_t tile_extent = 4096;

/// Units beyond each edge that are drawn too, so that lines and symbols join at the edge: 8 pixels of a 512-pixel tile, as PostGIS' 256/4096 is 32.
inline constexpr std::int32_t tile_buffer = 64;

/// Units: a tile's side and its buffer together stay below 2^15, so that products of two coordinates fit easily into 64 bits.
inline constexpr std::int32_t max_tile_extent = 8192;

/// Features of one layer in one tile. A phone draws 50,000 with pain; past the limit the layer is thinned (layer_rules.hpp), never cut at random.
inline constexpr std::size_t max_features_per_tile_layer = 65'536;

/// Layers joined into one tile by name.
inline constexpr std::size_t max_layers_per_tile = 64;

/// Bytes of features kept as texts for pages of items, all layers together: 300,000 shelters or buildings. What has no room is written anew each
/// time.
inline constexpr std::size_t max_feature_text_bytes = std::size_t{64} * 1024 * 1024;
/// Bytes of the texts of neighbouring features that are kept together: long ones are left out, or a few coastlines would fill the room.
inline constexpr std::size_t max_feature_text_block_bytes = std::size_t{64} * 1024;

/// Features of one part of a snapshot: indices are 32 bits, and the bytes of all values stay below 4 GB.
inline constexpr std::size_t max_features_per_part = 50'000'000;
inline constexpr std::size_t max_positions_per_part = 4'000'000'000;
inline constexpr std::size_t max_value_bytes_per_part = 4'000'000'000;

/// Features of a snapshot that are worth a thread: ten milliseconds of work, and no more threads than a server of today gives to the start of one
/// program.
inline constexpr std::size_t features_per_snapshot_thread = 20'000;
inline constexpr std::size_t max_snapshot_threads = 8;

/// Parts of a snapshot. Each costs every tile one more search of about a microsecond; publishing merges the small ones past this.
inline constexpr std::size_t max_parts_per_snapshot = 12;

/// Bytes. What a gzipped tile may unpack to: ten times the largest tile that the limit of features makes.
inline constexpr std::size_t max_inflated_bytes = std::size_t{256} * 1024 * 1024;

/// Bytes of an MVT that the verifier and the reader accept.
inline constexpr std::size_t max_tile_bytes = std::size_t{64} * 1024 * 1024;

/// Entries of one directory of an archive and bytes that one unpacks to. Writers make leaf directories of some thousand entries; a hundred times
/// that takes 25 MB of memory.
inline constexpr std::size_t max_directory_entries = 1'000'000;
inline constexpr std::size_t max_directory_bytes = std::size_t{16} * 1024 * 1024;

/// Leaf directories below one another, the root not counted. Writers use one level; the specification's readers follow three.
inline constexpr int max_leaf_depth = 3;

/// Entries of leaf directories that an opened archive keeps unpacked: 24 MB, those of a city or two.
inline constexpr std::size_t max_kept_directory_entries = 1'000'000;

/// Bytes of an archive's metadata, unpacked: names and fields of its layers.
inline constexpr std::size_t max_archive_metadata_bytes = std::size_t{8} * 1024 * 1024;

/// Objects and arrays within one another in such metadata: vector_layers needs four, the statistics of other writers some more.
inline constexpr int max_metadata_depth = 32;

/// Bytes of such metadata's attribution that are passed on: it stands in a corner of the map.
inline constexpr std::size_t max_attribution_bytes = 4'096;

/// Entries of an archive that is written: they stay in memory until the end, with what tells equal tiles, about 100 bytes each. All of Japan to z14
/// has about 1,500,000.
inline constexpr std::size_t max_archive_entries = 20'000'000;

/// Entries of a leaf directory at first; more where the root directory would not fit otherwise.
inline constexpr std::size_t leaf_directory_entries = 4'096;

/// Bytes that are collected before they go to a file, and that are copied at a time.
inline constexpr std::size_t archive_buffer_bytes = std::size_t{1} * 1024 * 1024;

/// Units by which a map's simplified lines may be beside the whole ones above its deepest zoom: a quarter of a pixel of a 512-pixel tile.
inline constexpr double simplification_units = 2;

/// Square units that a polygon or a hole has to have above the deepest zoom: a quarter of a pixel.
inline constexpr std::int64_t least_polygon_units = 16;

/// Units that a line has to be long or wide above the deepest zoom: less than half a pixel is a dot.
inline constexpr std::int32_t least_line_units = 3;

/// Bytes of a map's tile, unpacked: some 400 kB gzipped, what a phone on a weak line loads in a few seconds. Past it layers give way.
inline constexpr std::size_t map_tile_budget_bytes = std::size_t{1} * 1024 * 1024;

/// Bytes of features that are read back together while a map is built.
inline constexpr std::size_t map_spool_block_bytes = std::size_t{256} * 1024;

/// Bytes of pieces of features in memory while a map is built; what is more is sorted on disk.
inline constexpr std::size_t map_sort_memory_bytes = std::size_t{48} * 1024 * 1024;

/// Bytes of such pieces that are read back at a time from each sorted run.
inline constexpr std::size_t tile_record_buffer_bytes = std::size_t{128} * 1024;
/// Where there are so many runs that these would not fit into map_sort_memory_bytes, less: not under a page of the disk.
inline constexpr std::size_t least_record_buffer_bytes = 4'096;

/// Bytes of pieces whose tiles one thread draws at a time.
inline constexpr std::size_t map_batch_bytes = std::size_t{512} * 1024;

/// Findings that a survey of many tiles keeps word for word: a person reads the first ones; the rest is counted.
inline constexpr std::size_t max_findings_kept = 1'000;

/// Names of layers that such a survey keeps: a map has some twenty; more are a mistake or an attack.
inline constexpr std::size_t max_layer_names_kept = 1'000;

/// Tiles of one zoom that are compared to find those that a publish has changed: who has a screen full of tiles asks for thirty; past it a client
/// fetches all that it shows, which is fewer.
inline constexpr std::size_t max_compared_tiles = 1'000;

/// Features that are drawn for such a comparison, all zooms together: half a second. What is drawn last, and given up first, are the small zooms of a
/// large layer, where a tile has everything and there are few.
inline constexpr std::size_t max_compared_features = 1'000'000;

/// Largest whole number that every client (JavaScript's double) holds exactly: numeric feature ids stay at or below.
inline constexpr std::uint64_t max_exact_integer = (std::uint64_t{1} << 53) - 1;

/// Vertices of one ring or polygon that the search for crossings compares each with each; longer ones are swept (polygon_check.hpp).
inline constexpr std::size_t max_vertices_compared_in_pairs = 48;

/// Rings of a polygon whose places among each other are looked at in pairs; more are left to GEOS, which has an index of them.
inline constexpr std::size_t max_rings_compared_in_pairs = 100;

/// Locks of the tile cache: more than the threads of a server of today, so that two seldom meet.
inline constexpr std::size_t tile_cache_shards = 16;

} // namespace keyaki::tiles
