#include "tests/house_rules/source_file.hpp"

#include <catch2/catch.hpp>

#include <cstddef>

using namespace keyaki::test::house;

namespace {

using Tokens = std::vector<Token>;

/// Where the bracket that opens at `open` is closed.
std::size_t end_of_brackets(const Tokens &tokens, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        depth += tokens[i].text == "(" || tokens[i].text == "[" || tokens[i].text == "{" ? 1 : 0;
        depth -= tokens[i].text == ")" || tokens[i].text == "]" || tokens[i].text == "}" ? 1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return tokens.size();
}

/// Does the loop run over what a call's result leads to: f()->x, f()[x], f()….items()? C++20 lets that result go before the first round.
bool runs_over_what_is_gone(const Tokens &tokens, std::size_t begin, std::size_t end) {
    bool follows_call = false;
    for (std::size_t i = begin; i < end; ++i) {
        const std::string_view word = tokens[i].text;
        if (follows_call && (word == "->" || word == "[" || word == "items")) {
            return true;
        }
        if (word == "(" || word == "[" || word == "{") {
            i = end_of_brackets(tokens, i);
            follows_call = follows_call || word == "(";
        }
    }
    return false;
}

Violations against_loops_over_what_is_gone(const SourceFile &source) {
    Violations found;
    for (std::size_t i = 0; i + 1 < source.tokens.size(); ++i) {
        if (source.tokens[i].text != "for" || source.tokens[i + 1].text != "(") {
            continue;
        }
        const std::size_t end = end_of_brackets(source.tokens, i + 1);
        std::size_t colon = i + 2;
        while (colon < end && source.tokens[colon].text != ":" && source.tokens[colon].text != ";") {
            ++colon;
        }
        if (colon < end && source.tokens[colon].text == ":" && runs_over_what_is_gone(source.tokens, colon + 1, end)) {
            found.push_back(
                {source.path, source.tokens[i].line, "the call's result may be gone before the first round: give it a name above the loop"});
        }
    }
    return found;
}

} // namespace

TEST_CASE("no loop runs over a part of what a call returned and nobody keeps") {
    require_none(in_project(against_loops_over_what_is_gone));
    const auto violations = [](const std::string &loop) {
        return in_text(against_loops_over_what_is_gone, "geo/a.cpp", "void a() { " + loop + " {} }").size();
    };
    CHECK(violations("for (const auto &layer : snapshots.catalogue()->layers)") == 1);
    CHECK(violations("for (const auto &[name, value] : body_of(answer)[\"properties\"].items())") == 1);
    CHECK(violations("for (const auto &[name, value] : body_of(answer).items())") == 1);
    CHECK(violations("for (const auto &layer : store.layers())") == 0);
    CHECK(violations("for (const auto &[name, value] : properties.items())") == 0);
    CHECK(violations("for (const auto &layer : sorted_page(a[1], b->c).features)") == 0);
    CHECK(violations("for (std::size_t i = f()->first; i < 2; ++i)") == 0);
}
