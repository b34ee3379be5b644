#pragma once

#include <cstddef>
#include <cstdint>

/// Limits of reading OpenStreetMap files, with unit and reason; the rest of the importers' are in limits.hpp.
namespace keyaki::importers {

/// Refusals kept with their reason; all are counted.
constexpr std::size_t max_osm_refusals_kept = 1000;

/// Nodes of a file: the places of more than 4 billion nodes (half a planet, 51 GB) are beyond one machine and this index.
constexpr std::uint64_t max_osm_nodes = 4'000'000'000;

/// Bytes looked at to tell which format a file has.
constexpr std::size_t osm_format_evidence_bytes = 4096;

/// Nodes of one area's ways together: as many positions as one geometry may have (geo/limits.hpp), before any ring is built.
constexpr std::size_t max_osm_area_nodes = 1'000'000;

/// Nodes without tags in a file without ways from which on it counts as cut off: fewer may be somebody's own drawing.
constexpr std::uint64_t min_nodes_of_cut_extract = 1000;

/// Threads that unpack PBF blocks beside the one that makes features. More gain nothing: that one thread is then the slowest.
constexpr int osm_reader_threads = 2;

/// The process that reads one: all of Japan (300 million nodes, the ways of its multipolygons) takes about 6 GB, half as much again while it grows.
constexpr std::uint64_t osm_child_address_space_bytes = 16ULL << 30U;

/// Seconds of processor time of all its threads: ten times what all of Japan takes.
constexpr std::uint64_t osm_child_cpu_s = 3600;

} // namespace keyaki::importers
