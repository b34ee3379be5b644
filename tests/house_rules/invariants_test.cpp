#include "tests/house_rules/source_file.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

using namespace keyaki::test::house;

// Each invariant of the ledger has a test that begins with its number, and data/ledger-invariants.md says where: nobody has to believe a table.

namespace {

constexpr int invariants = 22;

/// 4 and 19 of "I4, I19: a sentence"; empty for a name that begins with no number, nothing for one that begins as if it did.
std::optional<std::set<int>> numbers_of(std::string_view name) {
    std::set<int> numbers;
    for (;;) {
        int number = 0;
        if (name.size() < 2 || name[0] != 'I' || name[1] < '0' || name[1] > '9') {
            return numbers.empty() ? std::optional(numbers) : std::nullopt;
        }
        const auto [end, failure] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
        name.remove_prefix(static_cast<std::size_t>(end - name.data()));
        if (failure != std::errc() || number < 1 || number > invariants || !numbers.insert(number).second) {
            return std::nullopt;
        }
        if (name.starts_with(": ")) {
            return numbers;
        }
        if (!name.starts_with(", ")) {
            return std::nullopt;
        }
        name.remove_prefix(2);
    }
}

struct Named {
    std::string name;
    std::size_t line = 0;
};

/// Names of the tests of a file.
std::vector<Named> tests_of(const SourceFile &source) {
    std::vector<Named> tests;
    auto literal = source.literals.begin();
    for (const Token &token : source.tokens) {
        if (token.text != "TEST_CASE") {
            continue;
        }
        while (literal != source.literals.end() && literal->line < token.line) {
            ++literal;
        }
        if (literal != source.literals.end()) {
            tests.push_back({literal->text, literal->line});
        }
    }
    return tests;
}

Violations against_numbers(const SourceFile &source) {
    Violations found;
    for (const Named &test : tests_of(source)) {
        if (!numbers_of(test.name)) {
            found.push_back({source.path, test.line, "a test of the ledger's invariants begins with their numbers, as \"I4, I19: …\""});
        }
    }
    return found;
}

using Places = std::map<int, std::set<std::string>>; ///< "data/ledger_model" by number

void add_places(const SourceFile &source, Places &places) {
    constexpr std::string_view begin = "tests/";
    constexpr std::string_view end = "_test.cpp";
    if (!source.path.starts_with(begin) || !source.path.ends_with(end)) {
        return;
    }
    for (const Named &test : tests_of(source)) {
        for (const int number : numbers_of(test.name).value_or(std::set<int>{})) {
            places[number].insert(source.path.substr(begin.size(), source.path.size() - begin.size() - end.size()));
        }
    }
}

/// What a page's rows "| I8 | … | `a`, `b` |" say.
Places rows_of(const std::string &page) {
    Places places;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| I")) {
            continue;
        }
        std::set<std::string> &files = places[std::stoi(line.substr(3))];
        std::string_view cell = std::string_view(line).substr(0, line.size() - 2);
        cell.remove_prefix(cell.rfind('|'));
        for (std::size_t open = cell.find('`'); open != std::string_view::npos; open = cell.find('`')) {
            cell.remove_prefix(open + 1);
            files.emplace(cell.substr(0, cell.find('`')));
            cell.remove_prefix(cell.find('`') + 1);
        }
    }
    return places;
}

} // namespace

TEST_CASE("every invariant of the ledger has a test that begins with its number, and its page says where") {
    Places found;
    for (const auto &source : project_sources()) {
        add_places(*source, found);
    }
    const Places told = rows_of(keyaki::test::bytes_of(keyaki::test::project_file("data/ledger-invariants.md")));
    for (int number = 1; number <= invariants; ++number) {
        CAPTURE(number);
        CHECK_FALSE(found[number].empty());
        REQUIRE(told.contains(number));
        CHECK(told.at(number) == found[number]);
    }
    CHECK(told.size() == invariants);
}

TEST_CASE("numbers of invariants are written in one way") {
    require_none(in_project(against_numbers));
    const auto violations = [](const std::string &name) {
        return in_text(against_numbers, "tests/data/a_test.cpp", "TEST_CASE(\"" + name + "\") {}\n").size();
    };
    CHECK(violations("I8: one award") == 0);
    CHECK(violations("I4, I19: refused") == 0);
    CHECK(violations("Items are listed") == 0);
    CHECK(violations("I1-I5: a range") == 1);
    CHECK(violations("I8 one award") == 1);
    CHECK(violations("I0: none") == 1);
    CHECK(violations("I23: none") == 1);
    CHECK(violations("I8, one award") == 1);
    CHECK(violations("I8, I8: twice") == 1);
    Places places;
    add_places(SourceFile("tests/data/a_test.cpp", "TEST_CASE(\n    \"I8, I9: a\") { f(\"I7: b\"); }\n"), places);
    CHECK(places == Places{{8, {"data/a"}}, {9, {"data/a"}}});
    CHECK(rows_of("| # | x | y |\n| I8 | `no` | `data/a`, `data/b` |\n") == Places{{8, {"data/a", "data/b"}}});
}
