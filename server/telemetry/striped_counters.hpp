#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace keyaki::server::telemetry {

/// Counters that any thread may add to at any time without a lock. Each of them stands once in every stripe, and a thread adds in its own stripe,
/// so that threads which count the same thing do not take a cache line from one another.
class StripedCounters {
  public:
    explicit StripedCounters(std::size_t counters);
    StripedCounters(const StripedCounters &) = delete;
    StripedCounters &operator=(const StripedCounters &) = delete;

    /// \pre counter < the number given to the constructor
    void add(std::size_t counter, std::uint64_t amount = 1) noexcept;
    /// What was added so far; additions that run at the same moment may be missing.
    [[nodiscard]] std::uint64_t sum(std::size_t counter) const noexcept;

  private:
    using Stripe = std::unique_ptr<std::atomic<std::uint64_t>[]>;
    std::size_t m_counters;
    std::vector<Stripe> m_stripes;
};

} // namespace keyaki::server::telemetry
