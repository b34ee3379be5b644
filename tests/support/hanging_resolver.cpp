#include "tests/support/hanging_resolver.hpp"

#include <condition_variable>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <string_view>

namespace {

std::mutex mutex;
std::condition_variable changed;
bool is_hanging = false;
int asked = 0;
int left = 0;

bool hang(const char *name) {
    std::unique_lock lock(mutex);
    if (!is_hanging || name == nullptr || std::string_view(name) != keyaki::test::HangingResolver::name) {
        return false;
    }
    ++asked;
    changed.notify_all();
    changed.wait(lock, [] { return !is_hanging; });
    ++left;
    changed.notify_all();
    return true;
}

} // namespace

/// Instead of the C library's, which is asked for all other names: libcurl finds this one first.
extern "C" int getaddrinfo(const char *name, const char *service, const addrinfo *hints, addrinfo **found) {
    if (hang(name)) {
        return EAI_AGAIN;
    }
    using Resolve = int (*)(const char *, const char *, const addrinfo *, addrinfo **);
    static const auto resolve = reinterpret_cast<Resolve>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return resolve(name, service, hints, found);
}

namespace keyaki::test {

HangingResolver::HangingResolver() {
    const std::lock_guard lock(mutex);
    is_hanging = true;
    asked = 0;
    left = 0;
}

HangingResolver::~HangingResolver() { answer(); }

void HangingResolver::answer() {
    std::unique_lock lock(mutex);
    is_hanging = false;
    changed.notify_all();
    changed.wait(lock, [] { return left == asked; });
}

bool HangingResolver::wait_until_asked() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::minutes(1), [] { return asked > 0; });
}

} // namespace keyaki::test
