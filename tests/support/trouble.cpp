#include "tests/support/trouble.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace {

std::atomic<bool> is_short{false};
thread_local bool has_memory = false;
thread_local keyaki::test::WatchedSyncs *watched = nullptr;

} // namespace

namespace keyaki::test {

struct SyncWatch {
    static void see(WatchedSyncs &syncs, int descriptor) {
        const std::string path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
        syncs.m_paths.push_back(path);
        syncs.m_see(path);
    }
};

MemoryShortage::MemoryShortage() noexcept {
    has_memory = true;
    is_short = true;
}

MemoryShortage::~MemoryShortage() {
    is_short = false;
    has_memory = false;
}

WatchedSyncs::WatchedSyncs(std::function<void(const std::string &)> see) : m_see(std::move(see)) { watched = this; }

WatchedSyncs::~WatchedSyncs() { watched = nullptr; }

} // namespace keyaki::test

// Instead of the C++ library's; the array forms and those without exceptions go through this one.
void *operator new(std::size_t size) {
    void *const memory = is_short && !has_memory ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

/// Instead of the C library's.
extern "C" int fsync(int descriptor) {
    const int outcome = static_cast<int>(syscall(SYS_fsync, descriptor));
    if (watched != nullptr && outcome == 0) {
        keyaki::test::SyncWatch::see(*watched, descriptor);
    }
    return outcome;
}
