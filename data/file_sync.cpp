#include "data/file_sync.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace keyaki::data {

void sync_file(const std::filesystem::path &file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int reason = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!is_synced) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot sync {}: {}", file.string(), std::strerror(reason)));
    }
}

void sync_folder_of(const std::filesystem::path &file) { sync_file(std::filesystem::absolute(file).parent_path()); }

} // namespace keyaki::data
