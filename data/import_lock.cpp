#include "data/import_lock.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace keyaki::data {

std::optional<ImportLock> ImportLock::try_acquire(const std::filesystem::path &database, std::int64_t import_id) {
    // A file of its own: closing any descriptor of the database file would let go SQLite's locks on it (POSIX, fcntl).
    const std::filesystem::path file = database.string() + "-imports";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot open the lock file {}: {}", file.string(), std::strerror(errno)));
    }
    ImportLock lock(descriptor);
    struct flock byte = {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = import_id;
    byte.l_len = 1;
    if (::fcntl(descriptor, F_OFD_SETLK, &byte) == 0) {
        return lock;
    }
    if (errno == EAGAIN || errno == EACCES) {
        return std::nullopt;
    }
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot lock {}: {}", file.string(), std::strerror(errno)));
}

ImportLock::~ImportLock() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

ImportLock::ImportLock(ImportLock &&other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

ImportLock &ImportLock::operator=(ImportLock &&other) noexcept {
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

} // namespace keyaki::data
