#include "server/filter/like.hpp"

#include "server/filter/folding.hpp"
#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>
#include <random>

using keyaki::server::filter::fold_case;
using keyaki::server::filter::LikePattern;
using keyaki::test::sentence_of;

namespace {

/// By the definition, trying everything: only for short texts of one byte a character.
bool matches_naively(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern.front() == '%') {
        return matches_naively(pattern.substr(1), text) || (!text.empty() && matches_naively(pattern, text.substr(1)));
    }
    const bool is_escape = pattern.front() == '\\';
    const char wanted = is_escape ? pattern[1] : pattern.front();
    const bool is_any = !is_escape && wanted == '_';
    return !text.empty() && (is_any || text.front() == wanted) && matches_naively(pattern.substr(is_escape ? 2 : 1), text.substr(1));
}

std::string random_text(std::mt19937_64 &random, std::string_view letters, std::size_t most) {
    std::string text(random() % (most + 1), ' ');
    for (char &c : text) {
        c = letters[random() % letters.size()];
    }
    return text;
}

} // namespace

TEST_CASE("LIKE knows % for any characters, _ for one and \\ for a character itself") {
    struct Case {
        const char *pattern;
        const char *text;
        bool matches;
    };
    const Case cases[] = {
        {"", "", true},
        {"", "a", false},
        {"%", "", true},
        {"%%", "清瀬", true},
        {"_", "", false},
        {"_", "清", true},
        {"_", "清瀬", false},
        {"__", "清瀬", true},
        {"清%", "清瀬", true},
        {"%瀬", "清瀬", true},
        {"%清%", "清瀬", true},
        {"%a%", "bcd", false},
        {"a%c", "abc", true},
        {"a%c", "ac", true},
        {"a%c", "abd", false},
        {"Smith%", "Smi", false},
        {"Smith%", "Smithson", true},
        {"smith%", "Smith", false},
        {"100\\%", "100%", true},
        {"100\\%", "1000", false},
        {"\\_", "_", true},
        {"\\_", "a", false},
        {"\\\\%", "\\x", true},
        {"a\\bc", "abc", true},
        {"%ab%ab", "abxab", true},
        {"%ab%ab", "ab", false},
        {"_%_", "a", false},
        {"_%_", "ab", true},
        {"%_", "", false},
        {"\\%%", "%", true},
        {"a%", "a", true},
        {"%.%", "。", false},
    };
    for (const Case &one : cases) {
        INFO(one.pattern << " on " << one.text);
        CHECK(LikePattern(one.pattern).matches(one.text) == one.matches);
    }
}

TEST_CASE("LIKE says of random texts what its definition says") {
    std::mt19937_64 random(20261125);
    for (int turn = 0; turn < 20'000; ++turn) {
        std::string pattern = random_text(random, "ab%_\\", 9);
        if (pattern.ends_with('\\')) {
            pattern += random() % 2 == 0 ? 'a' : '%';
        }
        const std::string text = random_text(random, "ab%", 8);
        INFO(pattern << " on " << text);
        REQUIRE(LikePattern(pattern).matches(text) == matches_naively(pattern, text));
    }
}

TEST_CASE("LIKE without case says of random texts what it says of them folded") {
    std::mt19937_64 random(20261126);
    const std::string_view wide[] = {"Ä", "ß", "清", "Ｋ", "\xE6", "\xFF"};
    std::size_t matched = 0;
    for (int turn = 0; turn < 20'000; ++turn) {
        std::string pattern = random_text(random, "ab%_k", random() % 50 == 0 ? 90 : 7);
        std::string text = random_text(random, "aAbBkK[@`{", 12);
        for (std::string *changed : {&pattern, &text}) {
            if (random() % 4 == 0) {
                changed->insert(random() % (changed->size() + 1), wide[random() % std::size(wide)]);
            }
        }
        std::string folded;
        std::string scratch;
        fold_case(text, folded);
        const bool expected = LikePattern(pattern).matches(folded);
        INFO(pattern << " on " << text);
        REQUIRE(LikePattern(pattern).matches_without_case(text, scratch) == expected);
        matched += expected ? 1U : 0U;
    }
    CHECK(matched > 1'000);
}

TEST_CASE("a long pattern works over the borders of its machine words") {
    const std::string sixty_three(63, 'a');
    for (const std::size_t length : {62U, 63U, 64U, 65U, 127U, 128U, 200U, 255U}) {
        const std::string text(length, 'a');
        INFO(length);
        CHECK(LikePattern("_" + text.substr(1)).matches(text));
        CHECK_FALSE(LikePattern("_" + text.substr(1)).matches(text + "a"));
        CHECK(LikePattern("_%" + text.substr(1)).matches("x" + text + "b" + text));
        CHECK_FALSE(LikePattern("_%" + text.substr(1)).matches(text.substr(1)));
    }
}

TEST_CASE("patterns that make others try for ever are read in one pass") {
    // 64 KB of a, which a backtracking matcher would take longer for than the universe is old.
    const std::string text(65'536, 'a');
    std::string pattern;
    for (int i = 0; i < 120; ++i) {
        pattern += "%a_";
    }
    CHECK_FALSE(LikePattern(pattern + "b").matches(text));
    CHECK(LikePattern(pattern).matches(text));
    CHECK_FALSE(LikePattern("%" + std::string(254, '_') + "b").matches(text));
}

TEST_CASE("a pattern has at most 255 characters and no lone backslash at its end") {
    CHECK(sentence_of([] { (void)LikePattern(std::string(256, 'a')); }) == "expected a pattern of at most 255 characters besides %, found more");
    CHECK(sentence_of([] { (void)LikePattern("a\\"); }) == "expected a character after the last \\ of the pattern, found its end");
    CHECK(LikePattern(std::string(10'000, '%')).matches("a"));
}
