#include "server/packs/pack_folder.hpp"

#include "data/file_sync.hpp"
#include "geo/error.hpp"
#include "server/packs/file_hash.hpp"
#include "server/packs/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace keyaki::server::packs {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path &path, std::string_view what, int reason) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be {}: {}", path.string(), what, std::strerror(reason)));
}

[[noreturn]] void refuse_existing(const fs::path &wanted) {
    throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} is there already: name a folder that does not exist yet", wanted.string()));
}

/// "packs/" and "packs" are one folder.
fs::path without_slash(const fs::path &path) { return path.has_filename() ? path : path.parent_path(); }

void write_file(const fs::path &path, std::string_view content) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        fail(path, "made", errno);
    }
    int reason = 0;
    while (!content.empty() && reason == 0) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            reason = errno;
        }
        content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    if (::close(descriptor) != 0 && reason == 0) {
        reason = errno;
    }
    if (reason != 0) {
        fail(path, "written", reason);
    }
}

} // namespace

PackFolder::PackFolder(fs::path wanted) : m_wanted(without_slash(wanted)), m_path(m_wanted.string() + ".unfinished") {
    std::error_code error;
    if (fs::exists(fs::symlink_status(m_wanted, error))) {
        refuse_existing(m_wanted);
    }
    fs::create_directories(m_path, error);
    m_lock = ::open(m_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m_lock < 0) {
        fail(m_path, "made", errno);
    }
    if (::flock(m_lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(m_lock);
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} is being made by another process", m_wanted.string()));
    }
    for (const auto &left : fs::directory_iterator(m_path)) { // by a process that was killed
        fs::remove_all(left.path());
    }
}

PackFolder::~PackFolder() {
    std::error_code ignored; // it was renamed, or the disk fails
    fs::remove_all(m_path, ignored);
    ::close(m_lock);
}

fs::path PackFolder::place_for(std::string_view path) const {
    fs::path place = m_path / path;
    std::error_code error;
    fs::create_directories(place.parent_path(), error);
    if (error) {
        fail(place.parent_path(), "made", error.value());
    }
    return place;
}

void PackFolder::list(PackFile file) {
    if (file.bytes > max_file_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} would have {} bytes, and a file of a pack has at most {}: choose a smaller area",
                                                                file.path, file.bytes, max_file_bytes));
    }
    if (m_files.size() == max_files) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("a pack would have more than {} files: choose a smaller area", max_files));
    }
    m_files.push_back(std::move(file));
}

void PackFolder::take(std::string_view path) {
    const FileHash hash = hash_file(m_path / path);
    list({std::string(path), hash.bytes, data::to_hex(hash.sha256)});
}

void PackFolder::add(std::string_view path, std::string_view content) {
    list({std::string(path), content.size(), data::to_hex(data::sha256(content))});
    add_unlisted(path, content);
}

void PackFolder::add_unlisted(std::string_view path, std::string_view content) const { write_file(place_for(path), content); }

std::vector<PackFile> PackFolder::files() const {
    std::vector<PackFile> sorted = m_files;
    std::sort(sorted.begin(), sorted.end(), [](const PackFile &left, const PackFile &right) { return left.path < right.path; });
    return sorted;
}

void PackFolder::finish() {
    if (::syncfs(m_lock) != 0) {
        fail(m_path, "brought to the disk", errno);
    }
    if (::renameat2(AT_FDCWD, m_path.c_str(), AT_FDCWD, m_wanted.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST || errno == ENOTEMPTY) {
            refuse_existing(m_wanted);
        }
        fail(m_wanted, "given its name", errno);
    }
    data::sync_folder_of(m_wanted);
}

} // namespace keyaki::server::packs
