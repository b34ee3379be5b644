#include "server/http/body_file.hpp"

#include "geo/error.hpp"
#include "server/http/limits.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace keyaki::server::http {

namespace {

std::atomic<std::size_t> open_files = 0;

/// Where the file system has no files without a name, one that loses its name at once.
int open_nameless(const std::string &folder) {
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
        return descriptor;
    }
    std::string name = folder + "/keyaki-body-XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) {
        ::unlink(name.c_str());
    }
    return named;
}

} // namespace

std::shared_ptr<BodyFile> BodyFile::open(const std::string &folder) {
    if (++open_files > limits::spooled_bodies) {
        --open_files;
        return nullptr;
    }
    const int descriptor = open_nameless(folder);
    if (descriptor < 0) {
        --open_files;
        return nullptr;
    }
    return std::make_shared<BodyFile>(Key(), descriptor);
}

BodyFile::~BodyFile() {
    ::close(m_descriptor);
    --open_files;
}

void BodyFile::append(std::string_view bytes) noexcept {
    while (!bytes.empty() && !m_is_full) {
        const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            m_is_full = true;
        } else if (written > 0) {
            m_size_bytes += static_cast<std::size_t>(written);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
}

std::size_t BodyFile::read(std::size_t place, std::span<char> buffer) const {
    ssize_t got = 0;
    do {
        got = ::pread(m_descriptor, buffer.data(), buffer.size(), static_cast<off_t>(place));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        throw geo::Error(geo::ErrorKind::unavailable, std::string("the body that was received cannot be read again: ") + std::strerror(errno));
    }
    return static_cast<std::size_t>(got);
}

} // namespace keyaki::server::http
