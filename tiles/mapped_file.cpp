#include "tiles/mapped_file.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::tiles {

namespace {

/// Where a copy out of a mapping goes on when the page is not there any more. nullptr: nobody copies in this thread.
thread_local sigjmp_buf *rescue = nullptr;
struct sigaction previous_action = {};

void on_bus_error(int, siginfo_t *, void *) {
    if (rescue != nullptr) {
        siglongjmp(*rescue, 1);
    }
    // Not ours: what would have happened without us happens when the instruction is tried again.
    ::sigaction(SIGBUS, &previous_action, nullptr);
}

void catch_bus_errors() {
    static const bool is_caught = [] {
        struct sigaction action = {};
        action.sa_sigaction = on_bus_error;
        action.sa_flags = SA_SIGINFO | SA_NODEFER; // not blocked after the jump out of it
        return ::sigaction(SIGBUS, &action, &previous_action) == 0;
    }();
    if (!is_caught) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("cannot catch SIGBUS: {}", std::strerror(errno)));
    }
}

/// False where a page of the source is not there: the file has been cut off, or the disk cannot read it.
bool copy_from_mapping(char *to, const char *from, std::size_t bytes) noexcept {
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        rescue = nullptr;
        return false;
    }
    rescue = &here;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::memcpy(to, from, bytes);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    rescue = nullptr;
    return true;
}

FileVersion version_in(const struct stat &status) {
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec};
}

[[noreturn]] void fail(const std::string &name, std::string_view what) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    throw geo::Error(is_missing ? geo::ErrorKind::not_found : geo::ErrorKind::unavailable,
                     fmt::format("cannot {} {}: {}", what, name, std::strerror(errno)));
}

} // namespace

FileVersion version_of(const std::filesystem::path &path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        fail(path.string(), "find");
    }
    if (!S_ISREG(status.st_mode)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("expected a file, found {}, which is none", path.string()));
    }
    return version_in(status);
}

MappedFile::MappedFile(const std::filesystem::path &path) : m_name(path.string()) {
    catch_bus_errors();
    (void)version_of(path); // a pipe would wait in open()
    m_descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status = {};
    if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0) {
        fail(m_name, "open");
    }
    m_version = version_in(status);
    if (m_version.size_bytes == 0) {
        ::close(m_descriptor);
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected an archive of tiles, found the empty file {}", m_name));
    }
    m_begin = ::mmap(nullptr, m_version.size_bytes, PROT_READ, MAP_SHARED, m_descriptor, 0);
    if (m_begin == MAP_FAILED) {
        const int reason = errno;
        ::close(m_descriptor);
        errno = reason;
        fail(m_name, "map");
    }
}

MappedFile::~MappedFile() {
    ::munmap(m_begin, m_version.size_bytes);
    ::close(m_descriptor);
}

std::string MappedFile::read(std::uint64_t offset, std::uint64_t length) const {
    assert(offset <= size() && length <= size() - offset);
    std::string bytes(length, '\0');
    const bool is_copied = copy_from_mapping(bytes.data(), static_cast<const char *>(m_begin) + offset, length);
    struct stat status = {};
    if (!is_copied || ::fstat(m_descriptor, &status) != 0 || version_in(status) != m_version) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("{} was changed while it was open: replace it by renaming a whole file over it", m_name));
    }
    return bytes;
}

} // namespace keyaki::tiles
