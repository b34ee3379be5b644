#include "importers/child_limits.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace keyaki::importers {

namespace {

std::uint64_t in_force(__rlimit_resource_t resource, std::uint64_t limit) {
    rlimit present{};
    return getrlimit(resource, &present) == 0 ? std::min<std::uint64_t>(limit, present.rlim_max) : limit;
}

} // namespace

std::uint64_t address_space_in_force_bytes(const ChildLimits &limits) { return in_force(RLIMIT_AS, limits.address_space_bytes); }

std::uint64_t cpu_in_force_s(const ChildLimits &limits) { return in_force(RLIMIT_CPU, limits.cpu_s); }

} // namespace keyaki::importers
