#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace keyaki::data {

/// How often a figure came out how large: counts between ascending bounds. Not for two threads at once.
template <std::size_t bounds>
class Distribution {
  public:
    explicit constexpr Distribution(const std::array<double, bounds> &upper_bounds) : m_upper_bounds(upper_bounds) {}

    void add(double value) noexcept {
        const auto place = std::lower_bound(m_upper_bounds.begin(), m_upper_bounds.end(), value); // a bound belongs to what lies below it
        ++m_counts[static_cast<std::size_t>(place - m_upper_bounds.begin())];
        m_sum += value;
    }

    [[nodiscard]] const std::array<double, bounds> &upper_bounds() const noexcept { return m_upper_bounds; }
    /// One count for each bound, of what lies at or below it and above the one before; the last is of what lies above them all.
    [[nodiscard]] const std::array<std::uint64_t, bounds + 1> &counts() const noexcept { return m_counts; }
    [[nodiscard]] double sum() const noexcept { return m_sum; }

  private:
    std::array<double, bounds> m_upper_bounds;
    std::array<std::uint64_t, bounds + 1> m_counts{};
    double m_sum = 0;
};

} // namespace keyaki::data
