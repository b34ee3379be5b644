#include "data/database_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace keyaki::data {

namespace {

geo::ErrorKind kind_of(int extended_code) {
    switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return geo::ErrorKind::conflict;
    default: break;
    }
    switch (extended_code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL: return geo::ErrorKind::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return geo::ErrorKind::corrupt;
    case SQLITE_TOOBIG: return geo::ErrorKind::too_large;
    default: return geo::ErrorKind::internal;
    }
}

std::string_view sentence_of(int extended_code) {
    switch (extended_code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC: return "the disk did not confirm what was written to the database";
    case SQLITE_READONLY_DBMOVED: return "the database was moved or removed while it was open";
    default: break;
    }
    switch (extended_code & 0xff) {
    case SQLITE_FULL: return "the disk of the database is full";
    case SQLITE_BUSY: return "the database stayed locked by another process for too long";
    case SQLITE_IOERR: return "the database could not be read or written";
    case SQLITE_CANTOPEN: return "the database, or its -wal or -shm beside it, cannot be opened";
    case SQLITE_CORRUPT: return "the database file is damaged";
    case SQLITE_NOTADB: return "the file is not an SQLite database";
    case SQLITE_READONLY: return "the database can only be read, not written";
    case SQLITE_CONSTRAINT: return "an entry with the same key is there already";
    case SQLITE_TOOBIG: return "a value is too long for the database";
    default: return "the database cannot do this now";
    }
}

/// SQLite knows a full disk by ENOSPC from write(2); a full quota, and a disk too full for the index of the log (-shm), it calls I/O errors.
/// Nothing was lost by either, so they are what they are: no room. After a failed fsync that is not so, whatever the reason.
int without_disguise(int extended_code, int system_error) {
    const bool is_no_room = system_error == ENOSPC || system_error == EDQUOT;
    const bool is_growth = extended_code == SQLITE_IOERR_WRITE || extended_code == SQLITE_IOERR_SHMSIZE;
    return is_no_room && is_growth ? SQLITE_FULL : extended_code;
}

/// "the database file is damaged: /var/lib/keyaki/city.sqlite (SQLite's code 11)"
std::string sentence_about(std::string_view file, int code, int system_error) {
    const std::string system = system_error == 0 ? std::string() : fmt::format(": {}", std::strerror(system_error));
    return fmt::format("{}: {} (SQLite's code {}{})", sentence_of(code), file, code, system);
}

} // namespace

bool DatabaseError::is_io_failure() const noexcept { return (m_code & 0xff) == SQLITE_IOERR; }
bool DatabaseError::is_disk_full() const noexcept { return (m_code & 0xff) == SQLITE_FULL; }
bool DatabaseError::is_damage() const noexcept { return (m_code & 0xff) == SQLITE_CORRUPT || (m_code & 0xff) == SQLITE_NOTADB; }

void fail(sqlite3 *database, int result_code, std::string_view sql) {
    const int extended = sqlite3_extended_errcode(database);
    const int system_error = sqlite3_system_errno(database);
    const int code = without_disguise(extended == SQLITE_OK ? result_code : extended, system_error);
    switch (const geo::ErrorKind kind = kind_of(code)) {
    case geo::ErrorKind::internal: throw DatabaseError(kind, code, fmt::format("SQLite says {} ({}) to: {}", sqlite3_errmsg(database), code, sql));
    case geo::ErrorKind::unavailable:
    case geo::ErrorKind::corrupt: {
        const char *file = sqlite3_db_filename(database, "main");
        const bool is_systems = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
        throw DatabaseError(kind, code, sentence_about(file == nullptr ? "" : file, code, is_systems ? system_error : 0));
    }
    default: throw DatabaseError(kind, code, std::string(sentence_of(code)));
    }
}

void fail_to_open(const std::filesystem::path &file, int result_code, int system_error) {
    throw DatabaseError(kind_of(result_code), result_code, sentence_about(file.string(), result_code, system_error));
}

void fail_copy(const std::filesystem::path &original, const std::filesystem::path &copy, int result_code) {
    const std::string_view reason = (result_code & 0xff) == SQLITE_FULL ? "the disk of the copy is full" : sentence_of(result_code);
    throw DatabaseError(kind_of(result_code), result_code,
                        fmt::format("{} could not be copied to {}: {} (SQLite's code {})", original.string(), copy.string(), reason, result_code));
}

} // namespace keyaki::data
