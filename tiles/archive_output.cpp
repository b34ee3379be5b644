#include "tiles/archive_output.hpp"

#include "geo/error.hpp"
#include "tiles/limits.hpp"
#include "tiles/nameless_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::tiles {

namespace {

[[noreturn]] void fail(const std::filesystem::path &path, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

} // namespace

ArchiveOutput::ArchiveOutput(const std::filesystem::path &path)
    : m_path(path), m_descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    struct stat status = {};
    if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0) {
        fail(m_path, "make");
    }
    if (status.st_size > 0) {
        ::close(m_descriptor);
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("expected a new file, found {} with {} bytes", m_path.string(), status.st_size));
    }
}

ArchiveOutput ArchiveOutput::nameless_beside(const std::filesystem::path &path) {
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    const int descriptor = open_nameless_file(folder);
    if (descriptor < 0) {
        fail(folder, "make a file in");
    }
    return {path, descriptor};
}

ArchiveOutput::ArchiveOutput(ArchiveOutput &&other) noexcept
    : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)), m_buffer(std::move(other.m_buffer)),
      m_size(other.m_size) {}

ArchiveOutput::~ArchiveOutput() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

void ArchiveOutput::append(std::string_view bytes) {
    m_size += bytes.size();
    if (m_buffer.size() + bytes.size() > archive_buffer_bytes) {
        flush();
    }
    if (bytes.size() > archive_buffer_bytes) {
        write_out(bytes);
        return;
    }
    m_buffer += bytes;
}

void ArchiveOutput::append_all_of(ArchiveOutput &other) {
    other.flush();
    std::string piece(archive_buffer_bytes, '\0');
    for (std::uint64_t at = 0; at < other.m_size;) {
        const ssize_t got = ::pread(other.m_descriptor, piece.data(), piece.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            fail(m_path, "read what was collected for");
        }
        append(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
    }
}

void ArchiveOutput::sync() {
    flush();
    if (::fsync(m_descriptor) != 0) {
        fail(m_path, "sync");
    }
}

void ArchiveOutput::flush() {
    write_out(m_buffer);
    m_buffer.clear();
}

void ArchiveOutput::write_out(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            fail(m_path, "write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace keyaki::tiles
