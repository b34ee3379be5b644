#pragma once

#include "tests/support/temporary_folder.hpp"

#include <cstddef>
#include <filesystem>

namespace keyaki::test {

/// A real disk of its own, in memory and small: it can be full, and it can be read-only also for root. Needs the right to mount.
class SmallDisk {
  public:
    /// Throws where this process may not mount.
    explicit SmallDisk(std::size_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;

    [[nodiscard]] static bool can_be_made();
    [[nodiscard]] const std::filesystem::path &path() const noexcept { return m_folder.path(); }
    void make_read_only() const;
    void make_writable() const;
    /// Takes all the room there is, but so many bytes.
    void fill(std::size_t bytes_left = 0) const;
    void make_room() const;

  private:
    TemporaryFolder m_folder;
};

} // namespace keyaki::test

/// Ends the test with a message where no disk can be mounted.
#define KEYAKI_MOUNT_OR_SKIP()                                                                                                                       \
    if (!::keyaki::test::SmallDisk::can_be_made()) {                                                                                                 \
        WARN("skipped: this user may not mount a disk of the test's own");                                                                           \
        return;                                                                                                                                      \
    }
