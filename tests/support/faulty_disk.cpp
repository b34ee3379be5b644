#include "tests/support/faulty_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#define CATCH_CONFIG_EXTERNAL_INTERFACES // for the listener
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace keyaki::test {

namespace {

constexpr sqlite3_int64 page_bytes = 4096;  // of the system's memory: what is written out as one
constexpr sqlite3_int64 sector_bytes = 512; // of the disk: what is there whole or not at all

/// A file as the disk has it, and the pages that are newer in memory.
struct Image {
    std::vector<char> durable;
    std::set<sqlite3_int64> dirty;
};

std::vector<char> bytes_of(const std::string &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void copy_piece(const std::vector<char> &from, sqlite3_int64 at, sqlite3_int64 bytes, std::vector<char> &to) {
    const auto begin = static_cast<std::size_t>(at);
    const std::size_t end = std::min(begin + static_cast<std::size_t>(bytes), from.size());
    if (begin >= end) {
        return;
    }
    to.resize(std::max(to.size(), end));
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end),
              to.begin() + static_cast<std::ptrdiff_t>(begin));
}

/// What of a page that was not synced has reached the disk: all, nothing, or some of its sectors.
void copy_by_chance(const std::vector<char> &from, sqlite3_int64 page, std::vector<char> &to, std::mt19937_64 &random) {
    const auto chance = random() % 8;
    if (chance < 3) {
        copy_piece(from, page * page_bytes, page_bytes, to);
    } else if (chance < 5) {
        for (sqlite3_int64 sector = 0; sector < page_bytes / sector_bytes; ++sector) {
            if (random() % 2 == 0) {
                copy_piece(from, page * page_bytes + sector * sector_bytes, sector_bytes, to);
            }
        }
    }
}

} // namespace

struct FaultyDisk::State {
    sqlite3_vfs vfs{};
    sqlite3_vfs *real = nullptr;
    mutable std::mutex mutex; ///< guards what follows
    Fault fault = Fault::full;
    std::uint64_t calls_left = 0; ///< 0: nothing is asked for
    bool is_lasting = false;
    bool has_failed = false;
    std::uint64_t changes_since_failure = 0;
    bool is_stopped = false;
    bool is_in_use = false;              ///< else everything passes through
    std::map<std::string, Image> images; ///< by path

    void note_change() { changes_since_failure += has_failed ? 1 : 0; }

    /// Whether this call, which those faults can meet, fails; and by which of them.
    bool fails(std::initializer_list<Fault> possible) {
        if (calls_left == 0 || std::find(possible.begin(), possible.end(), fault) == possible.end()) {
            return false;
        }
        if (calls_left > 1) {
            --calls_left;
            return false;
        }
        calls_left = is_lasting ? 1 : 0;
        has_failed = true;
        return true;
    }
};

namespace {

using Fault = FaultyDisk::Fault;

/// What SQLite holds of an open file; the real one stands behind it in the same memory.
struct FaultyFile {
    sqlite3_file base;
    FaultyDisk::State *disk;
    const char *name; ///< SQLite's, which lives as long as the file; nullptr for a temporary one
    [[nodiscard]] sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
};

FaultyFile &faulty(sqlite3_file *file) { return *reinterpret_cast<FaultyFile *>(file); }
FaultyDisk::State &state_of(sqlite3_vfs *vfs) { return *static_cast<FaultyDisk::State *>(vfs->pAppData); }

int close_file(sqlite3_file *file) { return faulty(file).real()->pMethods->xClose(faulty(file).real()); }

int read_file(sqlite3_file *file, void *buffer, int bytes, sqlite3_int64 offset) {
    FaultyFile &self = faulty(file);
    const int code = self.real()->pMethods->xRead(self.real(), buffer, bytes, offset);
    const std::lock_guard lock(self.disk->mutex);
    if (self.name == nullptr || !self.disk->fails({Fault::read_fails, Fault::short_read})) {
        return code;
    }
    if (self.disk->fault == Fault::read_fails) {
        return SQLITE_IOERR_READ;
    }
    std::memset(static_cast<char *>(buffer) + bytes / 2, 0, static_cast<std::size_t>(bytes - bytes / 2));
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file *file, const void *buffer, int bytes, sqlite3_int64 offset) {
    FaultyFile &self = faulty(file);
    if (self.name == nullptr) {
        return self.real()->pMethods->xWrite(self.real(), buffer, bytes, offset);
    }
    const std::lock_guard lock(self.disk->mutex);
    self.disk->note_change();
    if (self.disk->is_stopped) {
        return SQLITE_IOERR_WRITE;
    }
    const bool fails = self.disk->fails({Fault::full, Fault::write_fails, Fault::power_goes, Fault::power_goes_late});
    const bool is_late = self.disk->fault == Fault::power_goes_late;
    self.disk->is_stopped = fails && (self.disk->fault == Fault::power_goes || is_late);
    const int written = fails && !is_late ? bytes / 2 : bytes;
    Image &image = self.disk->images[self.name];
    for (sqlite3_int64 page = offset / page_bytes; page <= (offset + bytes - 1) / page_bytes; ++page) {
        image.dirty.insert(page);
    }
    const int code = written == 0 ? SQLITE_OK : self.real()->pMethods->xWrite(self.real(), buffer, written, offset);
    return !fails ? code : self.disk->fault == Fault::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
    FaultyFile &self = faulty(file);
    const std::lock_guard lock(self.disk->mutex);
    self.disk->note_change();
    self.disk->is_stopped = self.disk->is_stopped || (self.name != nullptr && self.disk->fails({Fault::power_goes}));
    if (self.disk->is_stopped) {
        return SQLITE_IOERR_TRUNCATE;
    }
    const int code = self.real()->pMethods->xTruncate(self.real(), size);
    self.disk->is_stopped = self.name != nullptr && self.disk->fails({Fault::power_goes_late});
    return self.disk->is_stopped ? SQLITE_IOERR_TRUNCATE : code;
}

/// What a sync that succeeds does.
void bring_out(FaultyFile &self, Image &image) {
    sqlite3_int64 size = 0;
    self.real()->pMethods->xFileSize(self.real(), &size);
    image.durable.resize(static_cast<std::size_t>(size));
    for (const sqlite3_int64 page : image.dirty) {
        const sqlite3_int64 bytes = std::min(page_bytes, size - page * page_bytes);
        if (bytes > 0) {
            self.real()->pMethods->xRead(self.real(), image.durable.data() + page * page_bytes, static_cast<int>(bytes), page * page_bytes);
        }
    }
    image.dirty.clear();
}

int sync_file(sqlite3_file *file, int flags) {
    FaultyFile &self = faulty(file);
    if (self.name == nullptr) {
        return self.real()->pMethods->xSync(self.real(), flags);
    }
    const std::lock_guard lock(self.disk->mutex);
    self.disk->note_change();
    if (self.disk->is_stopped) {
        return SQLITE_IOERR_FSYNC;
    }
    Image &image = self.disk->images[self.name];
    if (self.disk->fails({Fault::power_goes, Fault::power_goes_late})) {
        self.disk->is_stopped = true;
        if (self.disk->fault == Fault::power_goes_late || image.dirty.size() % 2 == 0) {
            bring_out(self, image); // done, and nobody is told
        }
        return SQLITE_IOERR_FSYNC;
    }
    if (self.disk->fails({Fault::sync_fails})) {
        image.dirty.clear(); // never to reach the disk, and nobody will say so again
        return SQLITE_IOERR_FSYNC;
    }
    bring_out(self, image); // what counts as the disk from here on; the real one is not waited for
    return SQLITE_OK;
}

int file_size(sqlite3_file *file, sqlite3_int64 *size) { return faulty(file).real()->pMethods->xFileSize(faulty(file).real(), size); }
int lock_file(sqlite3_file *file, int level) { return faulty(file).real()->pMethods->xLock(faulty(file).real(), level); }
int unlock_file(sqlite3_file *file, int level) { return faulty(file).real()->pMethods->xUnlock(faulty(file).real(), level); }
int check_lock(sqlite3_file *file, int *result) { return faulty(file).real()->pMethods->xCheckReservedLock(faulty(file).real(), result); }
int control(sqlite3_file *file, int what, void *argument) { return faulty(file).real()->pMethods->xFileControl(faulty(file).real(), what, argument); }
int sector_size(sqlite3_file *file) { return faulty(file).real()->pMethods->xSectorSize(faulty(file).real()); }
int characteristics(sqlite3_file *file) { return faulty(file).real()->pMethods->xDeviceCharacteristics(faulty(file).real()); }
int map_index(sqlite3_file *file, int region, int bytes, int extend, void volatile **mapped) {
    return faulty(file).real()->pMethods->xShmMap(faulty(file).real(), region, bytes, extend, mapped);
}
int lock_index(sqlite3_file *file, int offset, int count, int flags) {
    return faulty(file).real()->pMethods->xShmLock(faulty(file).real(), offset, count, flags);
}
void fence_index(sqlite3_file *file) { faulty(file).real()->pMethods->xShmBarrier(faulty(file).real()); }
int unmap_index(sqlite3_file *file, int removes) { return faulty(file).real()->pMethods->xShmUnmap(faulty(file).real(), removes); }

/// Version 2: with the index of a log, without mapped reading.
const sqlite3_io_methods methods{2,          close_file,  read_file,   write_file, truncate_file, sync_file,       file_size,
                                 lock_file,  unlock_file, check_lock,  control,    sector_size,   characteristics, map_index,
                                 lock_index, fence_index, unmap_index, nullptr,    nullptr};

int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
    FaultyDisk::State &disk = state_of(vfs);
    FaultyFile &self = faulty(file);
    self.base.pMethods = nullptr;
    self.disk = &disk;
    const std::lock_guard lock(disk.mutex);
    self.name = disk.is_in_use && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0 ? name : nullptr;
    const int code = disk.real->xOpen(disk.real, name, self.real(), flags, flags_out);
    if (code == SQLITE_OK) {
        self.base.pMethods = &methods;
        if (self.name != nullptr && !disk.images.contains(name)) {
            disk.images[name].durable = bytes_of(name); // what was there before counts as safe
        }
    }
    return code;
}

int delete_file(sqlite3_vfs *vfs, const char *name, int syncs_folder) {
    FaultyDisk::State &disk = state_of(vfs);
    const std::lock_guard lock(disk.mutex);
    if (disk.is_stopped) {
        return SQLITE_IOERR_DELETE;
    }
    disk.images.erase(name);
    return disk.real->xDelete(disk.real, name, syncs_folder);
}

int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    return state_of(vfs).real->xAccess(state_of(vfs).real, name, flags, result);
}
int full_path(sqlite3_vfs *vfs, const char *name, int bytes, char *out) {
    return state_of(vfs).real->xFullPathname(state_of(vfs).real, name, bytes, out);
}

} // namespace

namespace {

FaultyDisk::State &only_state() {
    static FaultyDisk::State state;
    return state;
}

/// The default from the first test to the end of the process. PROJ closes its database by what the default is then, not by what it was when the
/// database was opened: the default must not change while PROJ has one, and it keeps one for ever.
void make_default(FaultyDisk::State &state) {
    state.real = sqlite3_vfs_find("unix");
    state.vfs = *state.real; // what is not named below is the real one's
    state.vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + state.real->szOsFile;
    state.vfs.pNext = nullptr;
    state.vfs.zName = "faulty";
    state.vfs.pAppData = &state;
    state.vfs.xOpen = open_file;
    state.vfs.xDelete = delete_file;
    state.vfs.xAccess = access_file;
    state.vfs.xFullPathname = full_path;
    if (sqlite3_vfs_register(&state.vfs, 1) != SQLITE_OK) {
        throw std::runtime_error("SQLite takes no disk");
    }
}

struct FirstOfAll : Catch::TestEventListenerBase {
    using TestEventListenerBase::TestEventListenerBase;
    void testRunStarting(const Catch::TestRunInfo &) override { make_default(only_state()); }
};

} // namespace

CATCH_REGISTER_LISTENER(FirstOfAll)

FaultyDisk::FaultyDisk() : m_state(only_state()) {
    const std::lock_guard lock(m_state.mutex);
    m_state.is_in_use = true;
}

FaultyDisk::~FaultyDisk() {
    heal();
    const std::lock_guard lock(m_state.mutex);
    m_state.images.clear();
    m_state.is_in_use = false;
}

void FaultyDisk::fail(Fault fault, std::uint64_t call, bool lasting) {
    const std::lock_guard lock(m_state.mutex);
    m_state.fault = fault;
    m_state.calls_left = call;
    m_state.is_lasting = lasting;
    m_state.has_failed = false;
    m_state.changes_since_failure = 0;
}

void FaultyDisk::heal() {
    const std::lock_guard lock(m_state.mutex);
    m_state.calls_left = 0;
    m_state.is_stopped = false;
}

bool FaultyDisk::has_failed() const {
    const std::lock_guard lock(m_state.mutex);
    return m_state.has_failed;
}

std::uint64_t FaultyDisk::changes_since_failure() const {
    const std::lock_guard lock(m_state.mutex);
    return m_state.changes_since_failure;
}

void FaultyDisk::stop() {
    const std::lock_guard lock(m_state.mutex);
    m_state.is_stopped = true;
    m_state.calls_left = 0;
}

void FaultyDisk::lose_power(std::mt19937_64 &random) {
    const std::lock_guard lock(m_state.mutex);
    for (auto &[name, image] : m_state.images) {
        const std::vector<char> now = bytes_of(name);
        for (const sqlite3_int64 page : image.dirty) {
            copy_by_chance(now, page, image.durable, random);
        }
        image.dirty.clear();
        std::ofstream(name, std::ios::binary | std::ios::trunc).write(image.durable.data(), static_cast<std::streamsize>(image.durable.size()));
        std::filesystem::remove(std::filesystem::path(name + "-shm")); // memory, not disk
    }
    m_state.images.clear();
    m_state.is_stopped = false;
}

} // namespace keyaki::test
