#include "tests/support/small_disk.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace keyaki::test {

namespace {

constexpr const char *filler = "filler";

void remount(const std::filesystem::path &path, unsigned long flags) {
    if (::mount("none", path.c_str(), "tmpfs", MS_REMOUNT | flags, nullptr) != 0) {
        throw std::runtime_error("cannot remount " + path.string() + ": " + std::strerror(errno));
    }
}

} // namespace

SmallDisk::SmallDisk(std::size_t bytes) {
    const std::string size = "size=" + std::to_string(bytes);
    if (::mount("none", path().c_str(), "tmpfs", 0, size.c_str()) != 0) {
        throw std::runtime_error("cannot mount at " + path().string() + ": " + std::strerror(errno));
    }
}

SmallDisk::~SmallDisk() { ::umount2(path().c_str(), MNT_DETACH); }

bool SmallDisk::can_be_made() {
    try {
        const SmallDisk disk(65'536);
        return true;
    } catch (const std::runtime_error &) {
        return false;
    }
}

void SmallDisk::make_read_only() const { remount(path(), MS_RDONLY); }

void SmallDisk::make_writable() const { remount(path(), 0); }

void SmallDisk::fill(std::size_t bytes_left) const {
    const int file = ::open((path() / filler).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::array<char, 4096> block{};
    off_t size = 0;
    for (ssize_t count = 1; count > 0;) {
        count = ::write(file, block.data(), block.size());
        size += count > 0 ? count : 0;
    }
    const bool is_cut = ::ftruncate(file, size > static_cast<off_t>(bytes_left) ? size - static_cast<off_t>(bytes_left) : 0) == 0;
    ::close(file);
    if (!is_cut) {
        throw std::runtime_error("cannot fill " + path().string());
    }
}

void SmallDisk::make_room() const { std::filesystem::remove(path() / filler); }

} // namespace keyaki::test
