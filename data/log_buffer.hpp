#pragma once

namespace keyaki::data {

/// SQLite hands each page of a commit to its write-ahead log by two calls of the system, a check-in's thirty pages by sixty. Through the file system
/// (SQLite's word: VFS) of this name they are kept until the log is synced, read or closed, and then written in one piece; every file but the log
/// is the system's own. The log's file grows by 4 MiB at a time. Nothing else changes: with synchronous=FULL a commit syncs the log before anybody
/// can see it, in this process or another, and that sync first writes what waits. With less than FULL it must not be used: readers would find pages
/// that are not written yet.
///
/// Registered at the first call; any thread. For sqlite3_open_v2().
[[nodiscard]] const char *buffered_log_vfs();

} // namespace keyaki::data
