#include "tests/data/ledger_simulation.hpp"

#include <charconv>
#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <string_view>

// ledger_model_run [OPERATIONS [SEED]]: random ledger operations against the reference model, every invariant checked after each; at the end, and
// each 100,000, everything is recomputed from the entries. Without arguments a million with seed 1.

namespace {

std::uint64_t number_of(std::string_view text, std::uint64_t otherwise) {
    std::uint64_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void run(std::uint64_t operations, std::uint64_t seed) {
    using namespace keyaki;
    const auto begin = std::chrono::steady_clock::now();
    test::LedgerSimulation simulation(seed);
    for (std::uint64_t done = 0; done < operations;) {
        data::Transaction transaction(simulation.connection());
        for (int i = 0; i < 1'000 && done < operations; ++i, ++done) {
            simulation.step();
        }
        transaction.commit();
        if (done % 100'000 == 0) {
            simulation.audit();
        }
    }
    simulation.audit();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print("{} operations with seed {} in {:.0f} s: {} entries, every invariant held after each\n", operations, seed, took.count(),
               simulation.entries());
    for (const auto &[outcome, count] : simulation.outcomes()) {
        fmt::print("{:>9}  {}\n", count, outcome);
    }
}

} // namespace

int main(int count, char **words) {
    try {
        run(count > 1 ? number_of(words[1], 0) : 1'000'000, count > 2 ? number_of(words[2], 1) : 1);
        return 0;
    } catch (const std::exception &error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
