#include "server/http/descriptor_reserve.hpp"

#include "geo/error.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

namespace keyaki::server::http {

namespace {

/// So many duplicates, or none.
std::vector<Descriptor> duplicates(const Descriptor &original, std::size_t count) {
    std::vector<Descriptor> made;
    made.reserve(count);
    while (made.size() < count) {
        Descriptor one(::fcntl(original.get(), F_DUPFD_CLOEXEC, 0));
        if (!one.is_open()) {
            return {};
        }
        made.push_back(std::move(one));
    }
    return made;
}

} // namespace

DescriptorReserve::DescriptorReserve(std::size_t count) : m_count(count), m_original(::eventfd(0, EFD_CLOEXEC)) {
    m_held = duplicates(m_original, m_count);
    if (m_held.empty()) {
        throw geo::Error(geo::ErrorKind::unavailable, "the system has no descriptors left for the HTTP server");
    }
}

void DescriptorReserve::look() {
    const std::lock_guard lock(m_mutex);
    if (!m_is_spent) {
        if (duplicates(m_original, 1).empty()) {
            m_is_spent = true; // before the descriptors are to be had, so that nobody is admitted with them
            m_held.clear();
            spdlog::error("no descriptor is left: new clients are turned away until there are some again");
        }
        return;
    }
    // As many again must be free: else the next client would already spend the reserve once more.
    if (auto found = duplicates(m_original, 2 * m_count); !found.empty()) {
        found.resize(m_count);
        m_held = std::move(found);
        m_is_spent = false;
        spdlog::warn("descriptors are to be had again: new clients are taken in");
    }
}

} // namespace keyaki::server::http
