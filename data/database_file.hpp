#pragma once

#include "data/database.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace keyaki::data {

/// "Kyak" as ASCII: `file city.sqlite` and others recognise a database by this number (SQLite file format, section 1.3.10).
constexpr std::int64_t application_id = 0x4B79616B;

struct CloseDatabase {
    void operator()(sqlite3 *database) const noexcept;
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

struct OpenedDatabase {
    DatabaseHandle database;
    bool is_read_only = false;     ///< asked for writing or not: it cannot be written
    bool has_replayed_log = false; ///< a log was there that nobody had open
};

/// Opens a file and reads its first page, and looks before SQLite does: what is no database of ours is refused untouched. Closed without
/// Connection::take_over_file(), the file and its log stay as they were found. On a disk that is mounted read-only the file is read without locks,
/// which nobody needs there.
/// Error: not_found when there is no file (and Access::create was not asked); corrupt when it is empty, cut off, no SQLite, another program's, or a
/// log lies beside it without the database that it belongs to; unavailable when the system refuses or a log cannot be played back.
[[nodiscard]] OpenedDatabase open_database_file(const std::filesystem::path &file, Access access);

/// A log without its database is the last copy of what was written, and SQLite would delete it or play it back into whatever comes in the place
/// of the database. Error corrupt when there is one. \pre there is no file of that name
void refuse_log_without_database(const std::filesystem::path &file);

/// The file's name as SQLite's URI (RFC 3986; every byte that could mean something there is written by its number) for a file that nobody changes
/// while it is open: it is read without locks, and neither a journal nor a log beside it is looked at.
[[nodiscard]] std::string immutable_uri(const std::filesystem::path &file);

} // namespace keyaki::data
