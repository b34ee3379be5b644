#include "server/filter/page_token.hpp"

#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server::filter;
using keyaki::test::sentence_of;

TEST_CASE("a page token gives back the place that was written") {
    const SortPlace place{{std::string("清瀬 \"1\""), std::int64_t{-9007199254740993}, 0.1, 3.0, true, std::monostate{}}, "a/b c"};
    CHECK(read_page_token(write_page_token(place, 7, "q"), 7, "q", 6) == place);
    const SortPlace by_id{{}, "x"};
    CHECK(read_page_token(write_page_token(by_id, 7, "q"), 7, "q", 0) == by_id);
}

TEST_CASE("a page token with a value that is too long for an address names the feature alone") {
    const SortPlace place{{std::string(513, 'a')}, "x"};
    CHECK(read_page_token(write_page_token(place, 7, "q"), 7, "q", 1) == SortPlace{{}, "x"});
}

TEST_CASE("a page token serves the revision and the query that it was made for alone") {
    const std::string token = write_page_token({{std::int64_t{1}}, "x"}, 7, "sortby=a");
    CHECK(sentence_of([&] { (void)read_page_token(token, 8, "sortby=a", 1); }) == "after: expected a token of revision 8, found one of revision 7");
    CHECK(sentence_of([&] { (void)read_page_token(token, 7, "sortby=b", 1); }) ==
          "after: expected the token of this query's \"next\" link, found that of another filter or order");
}

TEST_CASE("a page token that somebody has changed or made up is refused") {
    const std::string token = write_page_token({{std::int64_t{1}}, "x"}, 7, "q");
    for (std::size_t at = 0; at < token.size(); ++at) {
        std::string changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        if (changed != token) {
            INFO(changed);
            const std::string said = sentence_of([&] { (void)read_page_token(changed, 7, "q", 1); });
            // The last character has bits that mean nothing.
            CHECK((said.starts_with("after: expected the token of a \"next\" link, found ") || at + 1 == token.size()));
        }
    }
    for (const char *wrong : {"", "x", "ABC", "????", "こんにちは", "eyJyIjoxfQ"}) {
        CHECK(sentence_of([&] { (void)read_page_token(wrong, 7, "q", 1); }).starts_with("after: expected the token of a \"next\" link, found "));
    }
    CHECK_FALSE(sentence_of([&] { (void)read_page_token(std::string(100'000, 'A'), 7, "q", 1); }).empty());
}
