#pragma once

#include "tests/sim/condition.hpp"
#include "tests/sim/tables.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The tables in Markdown.
namespace keyaki::sim {

/// A promise of the issue, and what the run shows of it.
struct Promise {
    std::string sentence;
    Count count;
    double limit = 0;
    bool is_least = false; ///< the share is to be at least the limit; otherwise at most

    [[nodiscard]] bool holds() const noexcept { return is_least ? count.share() >= limit : count.share() <= limit; }
};

[[nodiscard]] std::string presence_report(std::uint64_t seed, std::size_t trials, std::vector<Promise> &promises);
[[nodiscard]] std::string coverage_report(std::uint64_t seed, std::size_t trials, std::vector<Promise> &promises);
/// The tables of those conditions that were run.
[[nodiscard]] std::string conditions_report(const std::vector<Result> &results, std::vector<Promise> &promises);
[[nodiscard]] std::string promises_report(const std::vector<Promise> &promises);

} // namespace keyaki::sim
