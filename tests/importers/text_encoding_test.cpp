#include "importers/text_encoding.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

EncodingGuess guess(std::string_view bytes) {
    EncodingDetector detector;
    detector.add(bytes);
    return detector.guess();
}

std::string decode(std::string_view encoding, std::string_view bytes, std::size_t chunk = 1000) {
    TextDecoder decoder(encoding);
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += chunk) {
        decoder.decode(bytes.substr(i, chunk), out, false);
    }
    decoder.decode({}, out, true);
    return out;
}

// "名称,緯度,経度\n清瀬市役所①㈱～髙Ⅲ表ソ能" in CP932, written down from the code table.
constexpr std::string_view cp932_text = "\x96\xBC\x8F\xCC,\x88\xDC\x93\x78,\x8C\x6F\x93\x78\n\x90\xB4\x90\xA3\x8E\x73\x96\xF0\x8F\x8A"
                                        "\x87\x40\x87\x8A\x81\x60\xFB\xFC\x87\x56\x95\x5C\x83\x5C\x94\x5C";
constexpr std::string_view utf8_text = "名称,緯度,経度\n清瀬市役所①㈱～髙Ⅲ表ソ能";

} // namespace

TEST_CASE("every name for Shift_JIS means CP932") {
    for (const char *name : {"Shift_JIS", "SJIS", "sjis", "cp932", "CP932", "932", "MS932", "Windows-31J", "ANSI 932", "x-sjis"}) {
        CHECK(canonical_encoding(name) == "CP932");
    }
    CHECK(canonical_encoding("utf8") == "UTF-8");
    CHECK(canonical_encoding("euc-jp") == "EUC-JP");
    CHECK(canonical_encoding("UTF-16LE") == "UTF-16LE");
    CHECK_THROWS_AS(canonical_encoding("klingon-7"), geo::Error);
    CHECK_THROWS_AS(canonical_encoding(""), geo::Error);
}

TEST_CASE("the characters that Shift_JIS proper has not survive CP932") { CHECK(decode("CP932", cp932_text) == utf8_text); }

TEST_CASE("a character cut by the end of a chunk is put together") {
    for (std::size_t chunk = 1; chunk < 8; ++chunk) {
        CHECK(decode("CP932", cp932_text, chunk) == utf8_text);
        CHECK(decode("UTF-8", utf8_text, chunk) == utf8_text);
    }
}

TEST_CASE("CP932, UTF-8, EUC-JP and UTF-16 are told apart by their bytes") {
    CHECK(guess(cp932_text).name == "CP932");
    CHECK(guess(utf8_text).name == "UTF-8");
    CHECK(guess("\xEF\xBB\xBFname").evidence == "byte order mark EF BB BF");
    CHECK(guess("\xCC\xBE\xBE\xCE,\xB0\xDE\xC5\xD9,\xB7\xD0\xC5\xD9\n\xC0\xB6\xC0\xA5\xBB\xD4\xCC\xF2\xBD\xEA").name == "EUC-JP");
    CHECK(guess(std::string_view("a\0,\0b\0\n\0\x05\x6e,\0", 12)).name == "UTF-16LE");
    CHECK(guess(std::string_view("\0a\0,\0b\0\n\x6e\x05\0,", 12)).name == "UTF-16BE");
    CHECK(guess("plain ASCII").name == "UTF-8");
    CHECK(guess("caf\xE9, cr\xE8me").name == "CP1252");
}

TEST_CASE("a table of half-width kana is CP932") {
    CHECK(guess("\xB1\xB2\xB3,\xB4\xB5\xB6\xB7\xB8,1\n\xB9\xBA\xBB,\xBC\xBD\xBE\xBF\xC0,2\n").name == "CP932");
}

TEST_CASE("the place of the first byte that is not UTF-8 is known") {
    EncodingDetector detector;
    detector.add("abc");
    detector.add("\xE6\x9D\xB1");
    detector.add("\x93");
    CHECK(detector.first_not_utf8() == 6U);
    EncodingDetector cut;
    cut.add("abc\xE6\x9D");
    CHECK_FALSE(cut.first_not_utf8());
}

TEST_CASE("overlong forms, surrogates and values beyond Unicode are not UTF-8") {
    for (const char *bytes : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80"}) {
        EncodingDetector detector;
        detector.add(bytes);
        CHECK(detector.first_not_utf8());
    }
}

// iconv's UTF-8 still has the longer forms of RFC 2279 and passes them through; found by the fuzzer.
TEST_CASE("what lies beyond U+10FFFF is no character: it is replaced and counted") {
    TextDecoder decoder("UTF-8");
    std::string out;
    decoder.decode("a\xF7\xA5\x81\x81"
                   "b\xF4\x8F\xBF\xBF",
                   out, true);
    CHECK(out == "a\xEF\xBF\xBD"
                 "b\xF4\x8F\xBF\xBF");
    CHECK(decoder.invalid() > 0);
}

TEST_CASE("a U+FEFF that is not at the start is text, however small the pieces are") {
    TextDecoder decoder("UTF-8");
    std::string out;
    decoder.decode("@", out, false);
    decoder.decode("\xEF\xBB\xBF!", out, true);
    CHECK(out == "@\xEF\xBB\xBF!");
}

TEST_CASE("bytes that do not decode become U+FFFD and are counted") {
    TextDecoder decoder("CP932");
    std::string out;
    decoder.decode("\x96\xBC\xFF\x8F\xCC", out, true);
    CHECK(out == "名\xEF\xBF\xBD称");
    CHECK(decoder.invalid() == 1);
}

TEST_CASE("a character cut by the width of a DBF cell is dropped") {
    TextDecoder decoder("CP932");
    CHECK(decoder.decode_cell("\x96\xBC\x8F") == "名");
    CHECK(decoder.decode_cell("\x8F\xCC") == "称");
    CHECK(decoder.invalid() == 0);
}

TEST_CASE("CP932 that was read as Latin-1 and saved as UTF-8 is recognised and undone") {
    const std::string damaged = decode("ISO-8859-1", cp932_text);
    const auto mojibake = find_mojibake(damaged);
    REQUIRE(mojibake);
    CHECK(mojibake->what == "CP932 that was read as Latin-1 and saved as UTF-8");
    CHECK(mojibake->option == damaged_cp932);
    CHECK(decode(damaged_cp932, damaged, 3) == utf8_text);
    CHECK_FALSE(find_mojibake(utf8_text));
    CHECK_FALSE(find_mojibake("Île-de-France, Crèmerie à l'été, Garçon naïf, déjà vu, où, Zürich, Österreich\n"));
}

TEST_CASE("UTF-8 that was encoded twice is recognised") {
    const auto mojibake = find_mojibake(decode("ISO-8859-1", utf8_text));
    REQUIRE(mojibake);
    CHECK(mojibake->meant == "名称,緯度,経度");
}

TEST_CASE("a quotation is cut between characters") {
    const std::string quoted = quoted_value(std::string(119, 'a') + "東京");
    CHECK(quoted == std::string(119, 'a') + "…");
    CHECK(quoted_value("two\nlines") == "two lines");
}
