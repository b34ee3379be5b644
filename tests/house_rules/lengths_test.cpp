#include "tests/house_rules/functions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace keyaki::test::house;

namespace {

// What the admired code of this field shares is its tail: nine files of ten under 400 lines, nine functions of ten under 25.
constexpr std::size_t usual_file_lines = 400;
constexpr std::size_t longest_file_lines = 900;
constexpr std::size_t usual_function_lines = 25;
constexpr std::size_t longest_function_lines = 70;
constexpr double usual_share = 0.9;
constexpr std::size_t shown = 10;

/// Functions that may be longer than longest_function_lines, "path name" by reason.
const std::map<std::string_view, std::string_view> long_functions{};

struct Length {
    std::size_t lines = 0;
    std::string what;
    std::string path;
    std::size_t line = 1;
};

std::vector<Length> lengths_of_files() {
    std::vector<Length> lengths;
    for (const auto &source : project_sources()) {
        lengths.push_back({source->line_count(), "the file", source->path, 1});
    }
    return lengths;
}

std::vector<Length> lengths_of_functions(bool of_tests) {
    std::vector<Length> lengths;
    for (const auto &source : project_sources()) {
        if (source->is_test() != of_tests) {
            continue;
        }
        for (const Function &function : functions_of(*source)) {
            lengths.push_back({function.lines, function.name, source->path, function.line});
        }
    }
    return lengths;
}

Violations longer_than(const std::vector<Length> &lengths, std::size_t most, std::string_view remedy) {
    Violations found;
    for (const Length &length : lengths) {
        if (length.lines > most && !long_functions.contains(length.path + " " + length.what)) {
            found.push_back(
                {length.path, length.line,
                 length.what + " has " + std::to_string(length.lines) + " lines, at most " + std::to_string(most) + ": " + std::string(remedy)});
        }
    }
    return found;
}

/// Empty when the share of `lengths` under `usual` is as it should be; else a list of the longest.
std::string shortfall(std::vector<Length> lengths, std::size_t usual) {
    const auto within = std::count_if(lengths.begin(), lengths.end(), [&](const Length &length) { return length.lines < usual; });
    if (static_cast<double>(within) >= usual_share * static_cast<double>(lengths.size())) {
        return {};
    }
    std::sort(lengths.begin(), lengths.end(), [](const Length &a, const Length &b) { return a.lines > b.lines; });
    std::string report =
        std::to_string(within) + " of " + std::to_string(lengths.size()) + " have less than " + std::to_string(usual) + " lines; the longest:";
    for (std::size_t i = 0; i < std::min(shown, lengths.size()); ++i) {
        report += "\n" + lengths[i].path + ":" + std::to_string(lengths[i].line) + ": " + lengths[i].what + ", " + std::to_string(lengths[i].lines);
    }
    return report;
}

} // namespace

TEST_CASE("nine files of ten are shorter than 400 lines") { CHECK(shortfall(lengths_of_files(), usual_file_lines) == ""); }

TEST_CASE("no file is longer than 900 lines") {
    require_none(longer_than(lengths_of_files(), longest_file_lines, "split it by meaning"));
    CHECK(longer_than({{901, "the file", "geo/a.cpp", 1}}, longest_file_lines, "split it").size() == 1);
}

TEST_CASE("nine functions of ten are shorter than 25 lines") {
    const std::vector<Length> lengths = lengths_of_functions(false);
    REQUIRE(lengths.size() > 500); // the scanner still sees them
    CHECK(shortfall(lengths, usual_function_lines) == "");
    CHECK(shortfall({{30, "a", "geo/a.cpp", 1}, {3, "b", "geo/a.cpp", 31}}, usual_function_lines) != "");
}

TEST_CASE("no function is longer than 70 lines, in tests neither") {
    require_none(longer_than(lengths_of_functions(false), longest_function_lines, "give its steps names"));
    require_none(
        longer_than(lengths_of_functions(true), longest_function_lines, "one test proves one sentence: split it, or make its cases a table"));
}
