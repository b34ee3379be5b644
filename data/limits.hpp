#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace keyaki::data {

/// Another process (`keyaki import` beside a server) holds the write lock for one chunk at a time; this is many times that.
constexpr int busy_timeout_ms = 10'000;

/// Cutting the log holds the writer's lock while it waits for readers of older pages: no check-in waits for it longer than this, three times what a
/// tile takes to read. Whoever wanted it cut asks again.
constexpr int scrub_timeout_ms = 100;
/// How often, and how long after, it is asked again where the file was written anew: for about as long as a lock is waited for elsewhere.
constexpr int scrub_tries = 50;
constexpr std::chrono::milliseconds rest_between_scrubs{100};

/// A bulk load touches the table, two indexes and the R*Tree: this keeps their inner pages in memory. Not more: SQLite 3.40 looks through all pages
/// that it holds at each commit after a page was split (its pcache truncates from page 262,145, which balancing names for a moment), so that four
/// times this costs check-ins a twentieth, and imports are no faster by it.
constexpr std::int64_t writer_cache_kib = 16'384;
constexpr std::int64_t reader_cache_kib = 8'192;

/// What a savepoint needs to undo its changes, before a temporary file takes it: a check-in touches 30 pages of 4 KiB, twice SQLite's default.
/// Making and removing such a file for each took a third of a busy writer's time.
/// SQLite writes what was kept in one piece when it spills, and its write takes 17 bits of a length (os_unix.c, seekAndWriteFd): with 128 KiB or more
/// it says that the disk is full.
constexpr int savepoint_bytes_in_memory = 124 << 10;
static_assert(savepoint_bytes_in_memory < 1 << 17);

/// Of the write-ahead log, handed to the system in one piece: a check-in's pages. SQLite's own file system writes no more than 128 KiB at once.
constexpr std::size_t log_buffer_bytes = 126'976;
/// By so much the file of the log grows at once: the commits of fifty check-ins.
constexpr std::int64_t log_growth_bytes = 4 << 20;

/// Past this many pages of 4 KiB the write-ahead log is moved into the database file even while the writer is busy.
constexpr std::int64_t wal_pages_max = 16'384;
/// An idle writer moves the log when it is longer than this …
constexpr std::int64_t wal_pages_idle = 1'000;
/// … and nobody came for so long. Between two check-ins of one client, a fraction of a millisecond apart, the queue is empty too: moving the log
/// there would let the second wait for milliseconds.
constexpr std::chrono::milliseconds rest_before_log_moves{200};
/// After a checkpoint the log file is cut to this size, so that one big import does not keep the disk for ever.
constexpr std::int64_t wal_file_bytes_max = 64 << 20;

/// Commands committed by one fsync: enough to saturate the disk (measured: no gain past 256), few enough to answer the first soon.
constexpr std::size_t group_commit_commands_max = 256;

/// A disk that was full counts as full until so many bytes are free: several groups of check-ins, and the index of the log.
constexpr std::uintmax_t full_disk_room_bytes = std::uintmax_t{4} << 20;
/// Between two tries whether a full disk has room again: soon for whoever made some, and nothing beside the work of a second.
constexpr std::chrono::seconds full_disk_retry{1};

/// Rows of an import written in one transaction, a few milliseconds: check-ins pass between two of them.
constexpr std::size_t draft_chunk_rows = 1'000;
/// The same for few large features: bytes of geometry and properties.
constexpr std::size_t draft_chunk_bytes = std::size_t{2} << 20;

/// Features that one edit changes: a day's work at a screen. More is an import, whose pieces let others pass.
constexpr std::size_t edits_max = 1'000;
/// Numbers of changes that are left free below a draft when a revision is published past it: as many edits are published before the draft has to be
/// renumbered again, which takes as long as it is large.
constexpr std::int64_t numbers_below_draft = 1 << 20;
/// Pieces of what nobody may see that an edit sweeps on its way, in its own transaction; with more it lets others pass between them.
constexpr int swept_pieces_per_edit = 4;

/// The same for the nodes of a spatial index that is built anew: 1.2 KiB each.
constexpr std::size_t index_chunk_nodes = 1'000;

/// Removing up to this many features is a day's work, never an accident that wants a confirmation.
constexpr std::uint64_t removals_without_confirmation = 10;
/// Removing more than one feature in so many wants a confirmation.
constexpr std::uint64_t removal_guard_divisor = 10;

/// One feature; the largest real one known (a coastline of Japan in one piece) has about 3 million positions.
constexpr std::size_t feature_bytes_max = std::size_t{64} << 20;
constexpr std::size_t feature_id_bytes_max = 512;

/// Columns of the view that desktop programs open; SQLite's own limit is 2,000, and more names than this are no table.
constexpr std::size_t view_columns_max = 300;

/// Names of transfers, accounts, members, rallies, spots and keys: a derived transfer id holds three of the others, and all of them are
/// index keys and lines on a screen.
constexpr std::size_t identifier_bytes_max = 200;

/// Sentences in one report of check().
constexpr std::size_t problems_max = 100;

/// Of a tile or a text in an MBTiles file of a stranger: as much as a tile may have that is checked or served.
constexpr int mbtiles_value_bytes_max = 64 << 20;
/// Steps of SQLite's machine that one row of such a file may take, about half a second; finding a tile takes some fifty.
constexpr int mbtiles_steps_max = 10'000'000;
/// Rows of its table `metadata` that are read, and their bytes in all: names and fields of layers.
constexpr std::size_t mbtiles_metadata_rows_max = 1'000;
constexpr std::size_t mbtiles_metadata_bytes_max = std::size_t{8} << 20;
/// Tiles of an MBTiles file that is written: a fingerprint of each different one is in memory, about 60 bytes. All of Japan to z14 has about
/// 1,500,000.
constexpr std::size_t mbtiles_tiles_max = 20'000'000;

} // namespace keyaki::data
