#include "server/packs/key_file.hpp"

#include "data/file_sync.hpp"
#include "geo/error.hpp"
#include "server/packs/limits.hpp"
#include "server/text_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::server::packs {

namespace {

[[noreturn]] void fail(const std::filesystem::path &file, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("the key's file {} cannot be {}: {}", file.string(), what, std::strerror(errno)));
}

/// A file that is gone again unless it is kept.
class NewFile {
  public:
    explicit NewFile(const std::filesystem::path &file)
        : m_file(file), m_descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)) {
        if (m_descriptor < 0 && errno == EEXIST) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("{} is there already, and a key that has signed packs is not to be lost: name another file", file.string()));
        }
        if (m_descriptor < 0) {
            fail(file, "made");
        }
    }
    ~NewFile() {
        ::close(m_descriptor);
        if (!m_is_kept) {
            ::unlink(m_file.c_str());
        }
    }
    NewFile(const NewFile &) = delete;
    NewFile &operator=(const NewFile &) = delete;

    void keep(std::string_view content) {
        if (::write(m_descriptor, content.data(), content.size()) != static_cast<ssize_t>(content.size()) || ::fsync(m_descriptor) != 0) {
            fail(m_file, "written");
        }
        data::sync_folder_of(m_file);
        m_is_kept = true;
    }

  private:
    const std::filesystem::path &m_file;
    int m_descriptor;
    bool m_is_kept = false;
};

} // namespace

SecretKey create_key_file(const std::filesystem::path &file) {
    SecretKey key = SecretKey::make();
    NewFile(file).keep(key.to_file());
    return key;
}

SecretKey read_key_file(const std::filesystem::path &file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{} may be used by others than its owner (mode {:04o}): a key that signs packs is its owner's alone, chmod 600",
                                     file.string(), status.st_mode & 07777U));
    }
    return SecretKey::parse(read_text_file(file, max_key_file_bytes), file.string());
}

} // namespace keyaki::server::packs
