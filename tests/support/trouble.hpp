#pragma once

#include <functional>
#include <string>
#include <vector>

/// Trouble that the system makes, in this process alone. A test's executable that has trouble.cpp in it allocates and syncs through it.
namespace keyaki::test {

/// As long as it lives, `new` finds no memory on other threads than the one that made it. One at a time.
class MemoryShortage {
  public:
    MemoryShortage() noexcept;
    ~MemoryShortage();
    MemoryShortage(const MemoryShortage &) = delete;
    MemoryShortage &operator=(const MemoryShortage &) = delete;
};

/// As long as it lives, the thread that made it sees which files and folders it syncs. One at a time.
class WatchedSyncs {
  public:
    /// `see` is called with each path, after its fsync.
    explicit WatchedSyncs(std::function<void(const std::string &)> see);
    ~WatchedSyncs();
    WatchedSyncs(const WatchedSyncs &) = delete;
    WatchedSyncs &operator=(const WatchedSyncs &) = delete;

    [[nodiscard]] const std::vector<std::string> &paths() const noexcept { return m_paths; }

  private:
    friend struct SyncWatch;
    std::function<void(const std::string &)> m_see;
    std::vector<std::string> m_paths;
};

} // namespace keyaki::test
