#pragma once

#include <filesystem>

/// How the bytes of what was removed leave the files. SQLite overwrites what is deleted with zeros (PRAGMA secure_delete), but the write-ahead log
/// holds older pages until it begins anew, and where a page of a table was split its one half may keep, between the cells, a copy of what went to the
/// other. Any thread. Error unavailable where the file cannot be opened or locked.
namespace keyaki::data {

/// Moves the write-ahead log into the database file and cuts it to nothing, also while others have the database open. Who writes waits meanwhile, so
/// a reader of older pages is waited for no longer than scrub_timeout_ms (limits.hpp): false where one is there for longer; then ask again.
[[nodiscard]] bool scrub_log(const std::filesystem::path &file);

/// Writes the whole file anew (VACUUM), so that it holds what is there and nothing else, and then scrubs the log: after this no byte of what was
/// removed before is in either. Reading goes on meanwhile; who writes waits, about a second for each 100 MB, but no longer than busy_timeout_ms, 10
/// s: above about 1 GB a server answers 503 to whoever writes until it is done. False, after scrub_tries, where the log could not be cut: ask again.
[[nodiscard]] bool rebuild_file(const std::filesystem::path &file);

} // namespace keyaki::data
