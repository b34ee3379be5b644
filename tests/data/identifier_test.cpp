#include "data/identifier.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <string>

using keyaki::data::is_identifier;
using keyaki::data::require_identifier;
using namespace std::string_literals;

TEST_CASE("an identifier is any text of 1 to 200 bytes") {
    CHECK(is_identifier("m-7f3a"));
    CHECK(is_identifier("shelters/清瀬第一小学校"));
    CHECK(is_identifier("a b"));
    CHECK(is_identifier("\xf0\x9f\x8c\xb3")); // U+1F333
    CHECK(is_identifier(std::string(200, 'x')));
    CHECK_FALSE(is_identifier(""));
    CHECK_FALSE(is_identifier(std::string(201, 'x')));
}

TEST_CASE("an identifier has no control characters") {
    for (int code = 0; code < 0x20; ++code) {
        CHECK_FALSE(is_identifier("a"s + static_cast<char>(code)));
    }
    CHECK_FALSE(is_identifier("\x7f"));
    CHECK_FALSE(is_identifier("a\xc2\x80"));
    CHECK_FALSE(is_identifier("a\xc2\x9f"));
    CHECK(is_identifier("a\xc2\xa0"));
}

TEST_CASE("an identifier is well-formed UTF-8") {
    for (const std::string &bad : {"\x80"s, "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s,
                                   "\xf5\x80\x80\x80"s, "\xff"s, "\xe6\xb8"s, "\xe6"s, "\xe6\xb8x"s, "\xc2"s, "\xf0\x9f\x8c"s}) {
        CAPTURE(bad);
        CHECK_FALSE(is_identifier(bad));
        CHECK_FALSE(is_identifier("ok" + bad));
    }
    CHECK(is_identifier("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
}

TEST_CASE("a refused identifier is told with what was expected and what was found, and is not repeated") {
    try {
        require_identifier("the transfer id", "secret\n");
        FAIL("no error");
    } catch (const keyaki::geo::Error &error) {
        CHECK(error.kind() == keyaki::geo::ErrorKind::invalid_input);
        CHECK(error.what() ==
              "the transfer id must be 1 to 200 bytes of UTF-8 without control characters, but its byte 7 begins a control character"s);
    }
    CHECK_THROWS_WITH(require_identifier("the rally id", std::string(333, 'x')), Catch::Contains("it has 333 bytes"));
    CHECK_THROWS_WITH(require_identifier("the rally id", ""), Catch::Contains("it is empty"));
    CHECK_THROWS_WITH(require_identifier("the rally id", "ab\xff"), Catch::Contains("its byte 3 is not UTF-8"));
    CHECK_NOTHROW(require_identifier("the rally id", "walk"));
}
