#include "server/filter/folding.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server::filter;

namespace {

std::string folded(std::string_view text) {
    std::string result = "left over";
    fold_case(text, result);
    return result;
}

std::string stripped(std::string_view text) {
    std::string result = "left over";
    strip_accents(text, result);
    return result;
}

} // namespace

TEST_CASE("case is folded as Unicode's full default folding has it") {
    CHECK(folded("Kiyose CITY 9") == "kiyose city 9");
    CHECK(folded("Straße") == folded("STRASSE"));
    CHECK(folded("ΟΔΟΣ") == folded("οδος"));
    CHECK(folded("οδος") == folded("οδοσ")); // both forms of sigma
    CHECK(folded("ＡＢＣ") == "ａｂｃ");
    CHECK(folded("清瀬市コミュニティプラザ。") == "清瀬市コミュニティプラザ。");
    CHECK(folded("Ǆ") == folded("ǆ"));
    CHECK(folded("𐐀") == "𐐨");
    CHECK(folded("").empty());
    CHECK(folded("a\xFF"
                 "B")
              .starts_with('a')); // bytes that are not UTF-8 are no trouble
}

TEST_CASE("of ASCII only the letters A to Z are changed, wherever they stand") {
    for (std::size_t place = 0; place < 20; ++place) {
        for (int code = 0; code < 128; ++code) {
            std::string text = "Some Words, 20 bytes";
            text[place] = static_cast<char>(code);
            std::string expected = text;
            for (char &c : expected) {
                c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            }
            REQUIRE(folded(text) == expected);
            REQUIRE(folded(text + "清A") == expected + "清a");
        }
    }
}

TEST_CASE("accents are dropped, but the dakuten and handakuten of kana are not") {
    CHECK(stripped("débárquér") == "debarquer");
    CHECK(stripped("de\xCC\x81") == "de"); // e and a combining acute
    CHECK(stripped("がぱガパ") == "がぱガパ");
    CHECK(stripped("か\xE3\x82\x99") == "が"); // か and a combining dakuten
    CHECK(stripped("Việt Nam") == "Viet Nam");
    CHECK(stripped("清瀬").size() == 6);
    CHECK(stripped("").empty());
}
