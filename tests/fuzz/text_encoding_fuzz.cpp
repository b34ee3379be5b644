// Bytes of any encoding: a guess that iconv knows, and UTF-8 that is the same in pieces as in one.
#include "geo/error.hpp"
#include "importers/text_encoding.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace keyaki::importers;

bool is_utf8(std::string_view text) {
    EncodingDetector detector;
    detector.add(text);
    return !detector.first_not_utf8().has_value();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t seed = input.number();
    const std::uint8_t choice = input.number();
    const std::string_view bytes = input.rest();
    EncodingDetector whole;
    whole.add(bytes);
    EncodingDetector in_pieces;
    keyaki::test::in_pieces(bytes, seed, [&](std::string_view piece) { in_pieces.add(piece); });
    KEYAKI_FUZZ_REQUIRE(whole.guess().name == in_pieces.guess().name && whole.first_not_utf8() == in_pieces.first_not_utf8());

    const std::string_view names[] = {"cp932", "euc-jp", "utf-8", "utf-16le", "utf-16be", "windows-1252", damaged_cp932};
    const std::string encoding = canonical_encoding(choice % 8 < 7 ? names[choice % 8] : std::string_view(whole.guess().name));
    TextDecoder decoder(encoding);
    std::string text;
    decoder.decode(bytes, text, true);
    TextDecoder piecewise(encoding);
    std::string pieced;
    keyaki::test::in_pieces(bytes, seed, [&](std::string_view piece) { piecewise.decode(piece, pieced, false); });
    piecewise.decode({}, pieced, true);
    KEYAKI_FUZZ_REQUIRE(text == pieced && decoder.invalid() == piecewise.invalid());
    KEYAKI_FUZZ_REQUIRE(is_utf8(text));
    (void)find_mojibake(text);
    KEYAKI_FUZZ_REQUIRE(is_utf8(TextDecoder(encoding).decode_cell(bytes)));
    return 0;
}
