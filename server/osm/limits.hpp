#pragma once

#include <cstddef>
#include <cstdint>

/// The limits of OpenStreetMap in the database, each with its unit and its reason.
namespace keyaki::server {

/// Bytes of an extract that is kept for change files: all of Tokyo has some 130 MB. Each change writes it anew.
inline constexpr std::uint64_t max_kept_extract_bytes = std::uint64_t{256} << 20U;
/// Bytes of one piece of it, written in one transaction: a check-in waits a few milliseconds for it.
inline constexpr std::size_t extract_piece_bytes = std::size_t{1} << 20U;
/// Pieces of an old one that are swept in one transaction.
inline constexpr std::size_t swept_extract_pieces = 4;
/// Edits of the city's own in one layer, of which each is remembered by its id and two hashes while a file is read; a rollback of a whole city's
/// buildings makes some hundred thousand.
inline constexpr std::size_t max_own_edits = 1'000'000;
/// Change files laid over an extract in one step: a week of hours. They are held in memory, a region's hour with some 10 MB.
inline constexpr std::size_t max_change_files = 200;

} // namespace keyaki::server
