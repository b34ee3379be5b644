#include "data/log_buffer.hpp"

#include "data/limits.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

// SQLite calls these through tables of C functions (sqlite.org/vfs.html); nothing may be thrown through them.

namespace keyaki::data {
namespace {

constexpr const char *vfs_name = "keyaki-buffered-log";

/// A write-ahead log: what waits, and the system's file behind it in the same piece of memory, which is SQLite's.
struct LogFile : sqlite3_file {
    sqlite3_file *file = nullptr;
    std::vector<std::uint8_t> waiting;
    sqlite3_int64 begin = 0; ///< of what waits, in the file
    sqlite3_int64 size = 0;  ///< of the file, at least
};

LogFile &log_of(sqlite3_file *file) { return *static_cast<LogFile *>(file); }

/// Makes a file that would grow grow by a large piece of zeros, which SQLite takes for the end of the log. To sync a file that has grown costs more
/// than twice as much, and waits for a thread of the kernel that a busy machine lets wait; so it is done seldom. Only what lies past the file's end
/// is written: whoever writes holds the lock, so nobody else makes it longer. Where there is no room the pages themselves are tried all the same.
void grow(LogFile &log, sqlite3_int64 needed) {
    static const std::vector<std::uint8_t> zeros(log_buffer_bytes);
    if (needed <= log.size || log.file->pMethods->xFileSize(log.file, &log.size) != SQLITE_OK || needed <= log.size) {
        return;
    }
    const sqlite3_int64 wanted = (needed / log_growth_bytes + 1) * log_growth_bytes;
    while (log.size < wanted) {
        const auto piece = std::min(wanted - log.size, static_cast<sqlite3_int64>(zeros.size()));
        if (log.file->pMethods->xWrite(log.file, zeros.data(), static_cast<int>(piece), log.size) != SQLITE_OK) {
            return;
        }
        log.size += piece;
    }
}

/// What could not be written is not tried again: the commit fails, and SQLite takes it back.
int write_waiting(LogFile &log) {
    if (log.waiting.empty()) {
        return SQLITE_OK;
    }
    grow(log, log.begin + static_cast<sqlite3_int64>(log.waiting.size()));
    const int code = log.file->pMethods->xWrite(log.file, log.waiting.data(), static_cast<int>(log.waiting.size()), log.begin);
    log.waiting.clear();
    return code;
}

int write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    LogFile &log = log_of(file);
    const auto size = static_cast<std::size_t>(count);
    const bool follows = offset == log.begin + static_cast<sqlite3_int64>(log.waiting.size());
    if (!follows || log.waiting.size() + size > log_buffer_bytes) {
        if (const int code = write_waiting(log); code != SQLITE_OK) {
            return code;
        }
    }
    if (log.waiting.empty()) {
        if (offset <= log.begin) {
            log.size = 0; // the log begins anew; somebody else may have cut its file, so the size is found out again
        }
        log.begin = offset;
    }
    try {
        const auto *first = static_cast<const std::uint8_t *>(bytes);
        log.waiting.insert(log.waiting.end(), first, first + size);
        return SQLITE_OK;
    } catch (const std::bad_alloc &) {
        return SQLITE_IOERR_NOMEM;
    }
}

int read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    LogFile &log = log_of(file);
    const int code = write_waiting(log);
    return code != SQLITE_OK ? code : log.file->pMethods->xRead(log.file, bytes, count, offset);
}

/// And syncs. SQLite writes a new header into the emptied log and syncs that before it writes a page, so that the old log counts or the new one;
/// grow() comes before the header. A disk that had its zeros and not yet the truncation would give pages of the old log back between them, whose
/// first changes would be played back over a database that has gone on.
int truncate(sqlite3_file *file, sqlite3_int64 size) {
    LogFile &log = log_of(file);
    const sqlite3_io_methods &methods = *log.file->pMethods;
    int code = write_waiting(log);
    log.size = 0; // found out again when it matters
    if (code == SQLITE_OK) {
        code = methods.xTruncate(log.file, size);
    }
    return code != SQLITE_OK ? code : methods.xSync(log.file, SQLITE_SYNC_NORMAL);
}

int sync(sqlite3_file *file, int flags) {
    LogFile &log = log_of(file);
    const int code = write_waiting(log);
    return code != SQLITE_OK ? code : log.file->pMethods->xSync(log.file, flags);
}

int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    LogFile &log = log_of(file);
    const int code = write_waiting(log);
    return code != SQLITE_OK ? code : log.file->pMethods->xFileSize(log.file, size);
}

int close(sqlite3_file *file) {
    LogFile &log = log_of(file);
    const int written = write_waiting(log);
    const int closed = log.file->pMethods->xClose(log.file);
    std::destroy_at(&log);
    return written != SQLITE_OK ? written : closed;
}

int lock(sqlite3_file *file, int level) { return log_of(file).file->pMethods->xLock(log_of(file).file, level); }
int unlock(sqlite3_file *file, int level) { return log_of(file).file->pMethods->xUnlock(log_of(file).file, level); }
int check_lock(sqlite3_file *file, int *result) { return log_of(file).file->pMethods->xCheckReservedLock(log_of(file).file, result); }
int control(sqlite3_file *file, int what, void *value) { return log_of(file).file->pMethods->xFileControl(log_of(file).file, what, value); }
int sector_size(sqlite3_file *file) { return log_of(file).file->pMethods->xSectorSize(log_of(file).file); }
int characteristics(sqlite3_file *file) { return log_of(file).file->pMethods->xDeviceCharacteristics(log_of(file).file); }

/// Version 1: what a log is asked; shared memory and mapping are of the database file, which is the system's own.
sqlite3_io_methods log_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;
    methods.xClose = close;
    methods.xRead = read;
    methods.xWrite = write;
    methods.xTruncate = truncate;
    methods.xSync = sync;
    methods.xFileSize = file_size;
    methods.xLock = lock;
    methods.xUnlock = unlock;
    methods.xCheckReservedLock = check_lock;
    methods.xFileControl = control;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = characteristics;
    return methods;
}

/// Bytes from the beginning of a LogFile to the system's file behind it.
constexpr std::size_t file_offset_bytes = (sizeof(LogFile) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
/// Of the memory for that file; Unix takes some hundred, and whoever stands between SQLite and the disk somewhat more.
constexpr int file_bytes = 2048;

/// The default at this moment: something else may have been put before the disk since the last time.
sqlite3_vfs *system_vfs() { return sqlite3_vfs_find(nullptr); }

int open(sqlite3_vfs *, const char *name, sqlite3_file *file, int flags, int *opened_flags) {
    static const sqlite3_io_methods methods = log_methods();
    sqlite3_vfs *const system = system_vfs();
    if (system->szOsFile > file_bytes) {
        return SQLITE_CANTOPEN;
    }
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return system->xOpen(system, name, file, flags, opened_flags);
    }
    auto *log = std::construct_at(static_cast<LogFile *>(file));
    log->file = static_cast<sqlite3_file *>(static_cast<void *>(static_cast<std::byte *>(static_cast<void *>(file)) + file_offset_bytes));
    log->file->pMethods = nullptr;
    const int code = system->xOpen(system, name, log->file, flags, opened_flags);
    if (code != SQLITE_OK) {
        if (log->file->pMethods != nullptr) {
            log->file->pMethods->xClose(log->file);
        }
        std::destroy_at(log);
        file->pMethods = nullptr; // nothing to close
        return code;
    }
    log->pMethods = &methods;
    return SQLITE_OK;
}

int remove(sqlite3_vfs *, const char *name, int sync_folder) { return system_vfs()->xDelete(system_vfs(), name, sync_folder); }
int access(sqlite3_vfs *, const char *name, int flags, int *result) { return system_vfs()->xAccess(system_vfs(), name, flags, result); }
int full_name(sqlite3_vfs *, const char *name, int size, char *result) { return system_vfs()->xFullPathname(system_vfs(), name, size, result); }
int last_error(sqlite3_vfs *, int size, char *text) { return system_vfs()->xGetLastError(system_vfs(), size, text); }

} // namespace

const char *buffered_log_vfs() {
    static std::once_flag once;
    static sqlite3_vfs vfs;
    std::call_once(once, [] {
        sqlite3_initialize();
        vfs = *sqlite3_vfs_find("unix"); // for clock, chance and rest
        vfs.zName = vfs_name;
        vfs.szOsFile = static_cast<int>(file_offset_bytes) + file_bytes;
        vfs.xOpen = open;
        vfs.xDelete = remove;
        vfs.xAccess = access;
        vfs.xFullPathname = full_name;
        vfs.xGetLastError = last_error;
        sqlite3_vfs_register(&vfs, 0);
    });
    return vfs_name;
}

} // namespace keyaki::data
