#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace keyaki::sim {

/// Chances of one person of one condition. The same seed gives the same sequence on every machine: the distributions of the standard library differ
/// between its makers, so they stand here.
class Random {
  public:
    Random(std::uint64_t seed, std::string_view condition, std::uint64_t person);

    /// From 0 to below 1.
    [[nodiscard]] double share();
    [[nodiscard]] double between(double least, double most) { return least + (most - least) * share(); }
    /// Mean 0, deviation 1.
    [[nodiscard]] double normal();
    /// From 0 to below `count`. \pre count > 0
    [[nodiscard]] std::size_t below(std::size_t count) { return static_cast<std::size_t>(share() * static_cast<double>(count)); }
    [[nodiscard]] bool happens(double chance) { return share() < chance; }

  private:
    std::mt19937_64 m_engine;
};

} // namespace keyaki::sim
