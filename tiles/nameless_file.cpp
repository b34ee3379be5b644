#include "tiles/nameless_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace keyaki::tiles {

namespace {

/// The same where the file system has no O_TMPFILE.
int open_and_unlink(const std::filesystem::path &folder) {
    std::string name = (folder / ".tiles-XXXXXX").string();
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) {
        ::unlink(name.c_str());
    }
    return descriptor;
}

} // namespace

int open_nameless_file(const std::filesystem::path &folder) {
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        return open_and_unlink(folder);
    }
    return descriptor;
}

} // namespace keyaki::tiles
