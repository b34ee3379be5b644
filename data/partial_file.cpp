#include "data/partial_file.hpp"

#include "data/file_sync.hpp"
#include "geo/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace keyaki::data {

namespace {

[[noreturn]] void fail(const std::filesystem::path &file, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(errno)));
}

void remove_with_companions(const std::filesystem::path &file) {
    for (const char *suffix : {"", "-journal", "-wal", "-shm"}) {
        std::error_code ignored; // it was renamed, or never there
        std::filesystem::remove(file.string() + suffix, ignored);
    }
}

bool is_left_alone(const std::filesystem::path &file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_free = descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return is_free;
}

void remove_left_overs(const std::filesystem::path &target) {
    const std::string prefix = target.filename().string() + ".partial-";
    std::error_code none; // a folder that cannot be listed fails at the next step, with a sentence
    for (const auto &entry : std::filesystem::directory_iterator(std::filesystem::absolute(target).parent_path(), none)) {
        const std::string rest = entry.path().filename().string();
        const bool is_one = rest.starts_with(prefix) && rest.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
        if (is_one && is_left_alone(entry.path())) {
            remove_with_companions(entry.path());
        }
    }
}

} // namespace

PartialFile::PartialFile(std::filesystem::path target)
    : m_target(std::move(target)), m_path(fmt::format("{}.partial-{}", m_target.string(), ::getpid())) {
    remove_left_overs(m_target);
    m_lock = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (m_lock < 0 || ::flock(m_lock, LOCK_EX | LOCK_NB) != 0) {
        fail(m_path, "make");
    }
}

PartialFile::~PartialFile() {
    remove_with_companions(m_path);
    ::close(m_lock);
}

bool PartialFile::give_name() const {
    sync_file(m_path);
    if (::renameat2(AT_FDCWD, m_path.c_str(), AT_FDCWD, m_target.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) {
            return false;
        }
        fail(m_target, "give its name to");
    }
    sync_folder_of(m_target);
    return true;
}

void PartialFile::replace_name() const {
    sync_file(m_path);
    if (::rename(m_path.c_str(), m_target.c_str()) != 0) {
        fail(m_target, "give its name to");
    }
    sync_folder_of(m_target);
}

} // namespace keyaki::data
