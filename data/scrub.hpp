#pragma once

#include <filesystem>

/// How the bytes of what was removed leave the files. SQLite overwrites what is deleted with zeros (PRAGMA secure_delete), but the write-ahead log
/// holds older pages until it begins anew, and where a page of a table was split its one half may keep, between the cells, a copy of what went to the
/// other. Any thread. Error unavailable where the file cannot be opened or locked.
namespace keyaki::data {

/// Moves the write-ahead log into the database file and cuts it to nothing, also while others have the database open. False where somebody kept it
/// from that for longer than a lock is waited for: then ask again.
[[nodiscard]] bool scrub_log(const std::filesystem::path &file);

/// Writes the whole file anew (VACUUM), so that it holds what is there and nothing else, and then scrubs the log: after this no byte of what was
/// removed before is in either. Reading goes on meanwhile; who writes waits, about a second for each 100 MB. As scrub_log(), false for asking again.
[[nodiscard]] bool rebuild_file(const std::filesystem::path &file);

} // namespace keyaki::data
