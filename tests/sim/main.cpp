#include "tests/sim/report.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>

// keyaki_sim SEED [--people N] [--only CONDITION] [--person K] [--list]
namespace {

using namespace keyaki::sim;

struct Wish {
    std::uint64_t seed = 1;
    std::optional<std::size_t> people;
    std::string only;
    std::optional<std::size_t> person;
    bool list = false;
};

std::uint64_t number_of(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::invalid_argument(fmt::format("expected a number, found \"{}\"", text));
    }
    return value;
}

Wish wish_of(int argc, char **argv) {
    Wish wish;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto value = [&]() -> std::string_view {
            if (++i >= argc) {
                throw std::invalid_argument(fmt::format("{} needs a value", word));
            }
            return argv[i];
        };
        if (word == "--people") {
            wish.people = number_of(value());
        } else if (word == "--only") {
            wish.only = value();
        } else if (word == "--person") {
            wish.person = number_of(value());
        } else if (word == "--list") {
            wish.list = true;
        } else {
            wish.seed = number_of(word);
        }
    }
    if (wish.person && wish.only.empty()) {
        throw std::invalid_argument("--person needs --only: whose requests of which condition are to be told?");
    }
    return wish;
}

/// One person of a condition, request by request. All others are there too, so that the verdicts are those of the whole run.
int tell(const Wish &wish) {
    const Condition &condition = condition_of(wish.only);
    const Result result = run(condition, wish.seed, wish.people.value_or(condition.people), wish.person);
    for (const std::string &line : result.told) {
        fmt::print("{}\n", line);
    }
    return result.wrong.empty() ? 0 : 1;
}

int simulate(const Wish &wish) {
    std::vector<Promise> promises;
    std::vector<Result> results;
    fmt::print("Seed {}{}.\n", wish.seed, wish.people ? fmt::format(", {} people for each condition", *wish.people) : std::string());
    if (wish.only.empty()) {
        fmt::print("{}", presence_report(wish.seed, wish.people.value_or(20'000), promises));
        fmt::print("{}", coverage_report(wish.seed, wish.people.value_or(500), promises));
        std::fflush(stdout);
    }
    for (const Condition &condition : conditions()) {
        if (wish.only.empty() || wish.only == condition.name) {
            results.push_back(run(condition, wish.seed, wish.people.value_or(condition.people)));
        }
    }
    fmt::print("{}", conditions_report(results, promises));
    fmt::print("{}", promises_report(promises));
    bool is_well = true;
    for (const Result &result : results) {
        is_well = is_well && result.wrong.empty();
        for (const std::string &sentence : result.wrong) {
            fmt::print("WRONG in {}: {}\n", result.condition->name, sentence);
        }
    }
    return is_well ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const Wish wish = wish_of(argc, argv);
        if (wish.list) {
            for (const Condition &condition : conditions()) {
                fmt::print("{:<20} {}\n", condition.name, condition.title);
            }
            return 0;
        }
        if (!wish.only.empty()) {
            (void)condition_of(wish.only);
        }
        return wish.person ? tell(wish) : simulate(wish);
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_sim: {}\n", error.what());
        return 2;
    }
}
