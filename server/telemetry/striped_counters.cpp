#include "server/telemetry/striped_counters.hpp"

#include <cassert>

namespace keyaki::server::telemetry {

namespace {

/// As many as the threads of a small server that answer requests: two of Pistache, four of the pool, and two to spare.
constexpr std::size_t stripe_count = 8;
/// Counters of 8 bytes that fill a cache line: left free at both ends of a stripe, so that no two stripes share one.
constexpr std::size_t margin = 8;

std::size_t stripe_of_this_thread() noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t stripe = threads.fetch_add(1, std::memory_order_relaxed) % stripe_count;
    return stripe;
}

} // namespace

StripedCounters::StripedCounters(std::size_t counters) : m_counters(counters) {
    for (std::size_t stripe = 0; stripe < stripe_count; ++stripe) {
        m_stripes.push_back(std::make_unique<std::atomic<std::uint64_t>[]>(counters + 2 * margin));
    }
}

void StripedCounters::add(std::size_t counter, std::uint64_t amount) noexcept {
    assert(counter < m_counters);
    m_stripes[stripe_of_this_thread()][margin + counter].fetch_add(amount, std::memory_order_relaxed);
}

std::uint64_t StripedCounters::sum(std::size_t counter) const noexcept {
    assert(counter < m_counters);
    std::uint64_t sum = 0;
    for (const Stripe &stripe : m_stripes) {
        sum += stripe[margin + counter].load(std::memory_order_relaxed);
    }
    return sum;
}

} // namespace keyaki::server::telemetry
