#include "data/database_file.hpp"

#include "data/database_error.hpp"
#include "data/limits.hpp"
#include "data/log_buffer.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <sys/statvfs.h>

namespace keyaki::data {

namespace {

// Whether this thread has played a log back since it was last asked: SQLite says so nowhere but in its own log.
thread_local bool has_replayed_log = false;

void listen_to_sqlite(void *, int code, const char *) {
    if (code == SQLITE_NOTICE_RECOVER_WAL) {
        has_replayed_log = true;
    }
}

// Before main(): afterwards PROJ may have begun to use SQLite, which then takes no listener any more.
const int listening = sqlite3_config(SQLITE_CONFIG_LOG, listen_to_sqlite, nullptr);
// Its account of its own memory, which nobody reads, costs all threads one mutex at every page that they fetch.
const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
// Else every savepoint of more than 64 KiB gets a file that is made, written and removed.
const int spilling = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, savepoint_bytes_in_memory);

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::corrupt, sentence); }

std::uintmax_t log_bytes(const std::filesystem::path &file) {
    std::error_code none;
    const std::uintmax_t bytes = std::filesystem::file_size(file.string() + "-wal", none);
    return none ? 0 : bytes;
}

void refuse_orphaned_log(const std::filesystem::path &file, std::string_view found) {
    if (log_bytes(file) > 0) {
        refuse(
            fmt::format("expected a database of keyaki, found {} {} with a write-ahead log beside it, {}-wal, that may hold what was written last: "
                        "keep the log elsewhere before anything is put in the place of the database",
                        found, file.string(), file.string()));
    }
}

void refuse_what_is_no_file(const std::filesystem::path &file, Access access) {
    std::error_code none;
    const auto status = std::filesystem::status(file, none);
    if (std::filesystem::is_directory(status)) {
        refuse(fmt::format("expected a database of keyaki, found the folder {}", file.string()));
    }
    if (std::filesystem::exists(status)) {
        return;
    }
    refuse_log_without_database(file);
    if (access != Access::create) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no database {}", file.string()));
    }
}

constexpr std::size_t header_bytes = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t application_id_at = 68;

/// Through SQLite's own descriptor: to close another one would let go the locks of all connections of this process (POSIX, fcntl).
void look_at_header(sqlite3 *database, const std::filesystem::path &file, Access access) {
    sqlite3_file *opened = nullptr;
    sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &opened);
    sqlite3_int64 size = 0;
    if (const int code = opened->pMethods->xFileSize(opened, &size); code != SQLITE_OK) {
        fail_to_open(file, code, errno);
    }
    if (size == 0) {
        refuse_orphaned_log(file, "the empty file");
        if (access != Access::create) {
            refuse(fmt::format("expected a database of keyaki, found the empty file {}", file.string()));
        }
        return;
    }
    std::array<char, header_bytes> header{};
    const int code = opened->pMethods->xRead(opened, header.data(), static_cast<int>(std::min<sqlite3_int64>(size, header_bytes)), 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
        fail_to_open(file, code, errno);
    }
    if (std::string_view(header.data(), magic.size()) != magic) {
        refuse(fmt::format("expected a database of keyaki, found {}, which is no SQLite database", file.string()));
    }
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < sizeof found; ++i) {
        found = found << 8U | static_cast<std::uint8_t>(header.at(application_id_at + i));
    }
    // Where it says nothing yet, the log may hold the first page: schema.cpp looks again.
    if (found != application_id && (found != 0 || log_bytes(file) == 0) && access != Access::create) {
        refuse(fmt::format("expected a database of keyaki (application id {:#x}), found an SQLite file of another program (application id {:#x}): {}",
                           application_id, found, file.string()));
    }
}

OpenedDatabase open_quietly(const std::filesystem::path &file, const std::string &name, int flags, Access access) {
    sqlite3 *opened = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, buffered_log_vfs());
    OpenedDatabase result{DatabaseHandle(opened)};
    if (code != SQLITE_OK) {
        fail_to_open(file, code, opened == nullptr ? 0 : sqlite3_system_errno(opened));
    }
    sqlite3_busy_timeout(opened, busy_timeout_ms); // another process may be playing the log back just now
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access == Access::create ? 0 : 1, nullptr);
    look_at_header(opened, file, access);
    result.is_read_only = sqlite3_db_readonly(opened, "main") == 1;
    return result;
}

/// SQLite plays back, in memory, what a log holds that nobody has open.
int read_first_page(OpenedDatabase &opened) {
    has_replayed_log = false;
    const int code = sqlite3_exec(opened.database.get(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
    opened.has_replayed_log = has_replayed_log;
    return code;
}

bool is_mounted_read_only(const std::filesystem::path &file) {
    struct statvfs disk = {};
    return ::statvfs(file.c_str(), &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0;
}

/// Where the index of the log (-shm) can neither be found nor made.
OpenedDatabase open_without_index(const std::filesystem::path &file, Access access) {
    if (log_bytes(file) > 0) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("{0} has a write-ahead log, {0}-wal, that cannot be played back where nothing can be written: copy both into a "
                                     "folder that can be written and open the copy",
                                     file.string()));
    }
    if (!is_mounted_read_only(file)) {
        throw geo::Error(
            geo::ErrorKind::unavailable,
            fmt::format("the folder of {0} must be one that this user can write: {0}-wal and {0}-shm belong beside the database", file.string()));
    }
    OpenedDatabase opened = open_quietly(file, immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, access);
    if (const int code = read_first_page(opened); code != SQLITE_OK) {
        fail(opened.database.get(), code, "the first page");
    }
    return opened;
}

} // namespace

void refuse_log_without_database(const std::filesystem::path &file) { refuse_orphaned_log(file, "no"); }

std::string immutable_uri(const std::filesystem::path &file) {
    std::string uri = "file:";
    for (const char letter : std::filesystem::absolute(file).string()) {
        const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
                              letter == '/' || letter == '.' || letter == '-' || letter == '_';
        uri += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return uri + "?immutable=1";
}

void CloseDatabase::operator()(sqlite3 *database) const noexcept { sqlite3_close(database); }

OpenedDatabase open_database_file(const std::filesystem::path &file, Access access) {
    if (listening != SQLITE_OK || uncounted != SQLITE_OK || spilling != SQLITE_OK) {
        throw geo::Error(geo::ErrorKind::internal,
                         fmt::format("SQLite took no settings ({}): something used it before the program began", listening));
    }
    refuse_what_is_no_file(file, access);
    const int flags = access == Access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    OpenedDatabase opened = open_quietly(file, file.string(), flags, access);
    const int code = read_first_page(opened);
    if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY) {
        return open_without_index(file, access);
    }
    if (code != SQLITE_OK) {
        fail(opened.database.get(), code, "the first page");
    }
    return opened;
}

} // namespace keyaki::data
