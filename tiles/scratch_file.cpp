#include "tiles/scratch_file.hpp"

#include "geo/error.hpp"
#include "tiles/nameless_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace keyaki::tiles {

namespace {

[[noreturn]] void fail(const std::filesystem::path &folder, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot {} a file in {}: {}", what, folder.string(), std::strerror(errno)));
}

} // namespace

ScratchFile::ScratchFile(const std::filesystem::path &path)
    : m_folder(std::filesystem::absolute(path).parent_path()), m_descriptor(open_nameless_file(m_folder)) {
    if (m_descriptor < 0) {
        fail(m_folder, "make");
    }
}

ScratchFile::~ScratchFile() { ::close(m_descriptor); }

std::uint64_t ScratchFile::append(std::string_view bytes) {
    const std::uint64_t begin = reserve(bytes.size());
    write(begin, bytes);
    return begin;
}

std::uint64_t ScratchFile::reserve(std::uint64_t size) {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_size, m_size + size);
}

void ScratchFile::write(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            fail(m_folder, "write to");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void ScratchFile::read(std::uint64_t offset, std::span<char> bytes) const {
    while (!bytes.empty()) {
        const ssize_t got = ::pread(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            fail(m_folder, "read from");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

} // namespace keyaki::tiles
