// The glyphs as they are embedded, read by a reader that shares no code with their writer.
#include "server/web/glyphs/distance_field.hpp"
#include "server/web/glyphs/glyph_set.hpp"
#include "server/web/glyphs/wanted_characters.hpp"

#include "tiles/gzip.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <protozero/pbf_reader.hpp>
#include <string>

using namespace keyaki;
using namespace keyaki::server::web::glyphs;

namespace {

struct Glyph {
    std::string bitmap;
    bool has_bitmap = false;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::int32_t left = 0;
    std::int32_t top = 0;
    std::uint32_t advance = 0;
};

struct Stack {
    std::string name;
    std::string range;
    std::map<char32_t, Glyph> glyphs;
};

void read_glyph(protozero::pbf_reader reader, Stack &stack) {
    Glyph glyph;
    char32_t id = 0;
    while (reader.next()) {
        switch (reader.tag()) {
        case 1: id = reader.get_uint32(); break;
        case 2:
            glyph.bitmap = reader.get_bytes();
            glyph.has_bitmap = true;
            break;
        case 3: glyph.width = reader.get_uint32(); break;
        case 4: glyph.height = reader.get_uint32(); break;
        case 5: glyph.left = reader.get_sint32(); break;
        case 6: glyph.top = reader.get_sint32(); break;
        case 7: glyph.advance = reader.get_uint32(); break;
        default: FAIL("a field of a glyph that glyphs.proto does not have: " << reader.tag());
        }
    }
    CHECK(stack.glyphs.emplace(id, std::move(glyph)).second);
}

Stack read_stack(const PackedRange &packed) {
    const std::string bytes = tiles::gunzip(std::string(packed.gzip), 4'000'000);
    protozero::pbf_reader whole(bytes);
    REQUIRE(whole.next(1));
    Stack stack;
    protozero::pbf_reader reader = whole.get_message();
    while (reader.next()) {
        switch (reader.tag()) {
        case 1: stack.name = reader.get_string(); break;
        case 2: stack.range = reader.get_string(); break;
        case 3: read_glyph(reader.get_message(), stack); break;
        default: FAIL("a field of a font stack that glyphs.proto does not have: " << reader.tag());
        }
    }
    CHECK_FALSE(whole.next());
    return stack;
}

Stack stack_of(std::string_view name, char32_t character) {
    const auto range = find_range(name, character / 256 * 256);
    REQUIRE(range.has_value());
    return read_stack(*range);
}

/// The pixels that are more inside than outside.
std::size_t ink(const Glyph &glyph) {
    std::size_t count = 0;
    for (const char byte : glyph.bitmap) {
        count += static_cast<unsigned char>(byte) > 191 ? 1 : 0;
    }
    return count;
}

constexpr std::string_view regular = "Noto Sans CJK JP Regular";
constexpr std::string_view bold = "Noto Sans CJK JP Bold";

} // namespace

TEST_CASE("there are two stacks, and a list of names finds the first that is here") {
    CHECK(stacks() == std::vector<std::string_view>{bold, regular});
    CHECK(find_stack(regular) == regular);
    CHECK(find_stack("Open Sans Bold,Noto Sans CJK JP Bold,Noto Sans CJK JP Regular") == bold);
    CHECK(find_stack("Open Sans Bold, noto_sans_regular") == regular);
    CHECK_FALSE(find_stack("Open Sans Bold").has_value());
    CHECK_FALSE(find_stack("").has_value());
    CHECK_FALSE(find_stack(",,").has_value());
}

TEST_CASE("a range has one name") {
    CHECK(parse_range("0-255") == char32_t{0});
    CHECK(parse_range("19968-20223") == char32_t{19968});
    CHECK(parse_range("1113856-1114111") == last_range);
    for (const char *text : {"", "-", "0-256", "1-256", "00-255", "0-0255", " 0-255", "0-255 ", "-256--1", "1114112-1114367", "4294967296-4294967551",
                             "a-b", "0-255-", "0"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_range(text).has_value());
    }
}

TEST_CASE("every range of every stack is whole: names, characters and pictures of the size they say") {
    std::size_t ranges = 0;
    for (const std::string_view name : stacks()) {
        for (char32_t first = 0; first <= last_range; first += 256) {
            const auto packed = find_range(name, first);
            if (!packed) {
                continue;
            }
            ++ranges;
            const Stack stack = read_stack(*packed);
            CHECK(stack.name == name);
            CHECK(parse_range(stack.range) == first);
            CHECK_FALSE(stack.glyphs.empty());
            for (const auto &[id, glyph] : stack.glyphs) {
                if (id / 256 * 256 != first || glyph.width > 100 || glyph.height > 100 || glyph.advance > 100 ||
                    glyph.has_bitmap != (glyph.width > 0) || (glyph.has_bitmap && glyph.bitmap.size() != (glyph.width + 6) * (glyph.height + 6))) {
                    FAIL_CHECK("U+" << std::hex << static_cast<std::uint32_t>(id) << std::dec << " of " << name << ": " << glyph.width << " by "
                                    << glyph.height << ", " << glyph.bitmap.size() << " bytes");
                }
            }
        }
    }
    CHECK(ranges > 200);
}

TEST_CASE("every character that Japanese writes is there in both weights, and the bold one has more ink") {
    for (const char32_t character : std::u32string(U"Aaｱあアー々〆一亜清瀬駅鷗髙﨑塡剝頰№①㎞〒避難所")) {
        CAPTURE(static_cast<std::uint32_t>(character));
        const Stack thin = stack_of(regular, character);
        const Stack thick = stack_of(bold, character);
        REQUIRE(thin.glyphs.contains(character));
        REQUIRE(thick.glyphs.contains(character));
        CHECK(ink(thick.glyphs.at(character)) >= ink(thin.glyphs.at(character)));
    }
}

TEST_CASE("a letter stands where the format's readers expect it") {
    const Stack latin = stack_of(regular, U'H');
    const Glyph &letter = latin.glyphs.at(U'H');
    CHECK(letter.height == 18);   // 0.733 em
    CHECK(letter.top == 18 - 28); // from the line's upper edge, 1.16 em above the baseline
    CHECK(letter.advance == 17);  // 0.728 em
    CHECK_FALSE(latin.glyphs.at(U' ').has_bitmap);
    CHECK(latin.glyphs.at(U' ').advance == 5); // 0.224 em
    const Glyph &kanji = stack_of(regular, U'国').glyphs.at(U'国');
    CHECK(kanji.advance == 24);
    CHECK(kanji.width >= 20);
}

TEST_CASE("of ideographs, those of Japanese text have glyphs, and Hangul has none") {
    const WantedCharacters wanted;
    CHECK(wanted.has(U'清'));
    CHECK(wanted.has(U'髙')); // CP932 alone
    CHECK(wanted.has(U'頰')); // JIS X 0213 alone
    CHECK(wanted.has(U'𠮟')); // JIS X 0213, above the first plane
    CHECK(wanted.has(U'é'));
    CHECK_FALSE(wanted.has(U'们')); // Chinese alone
    CHECK_FALSE(wanted.has(U'한'));
    CHECK_FALSE(find_range(regular, 0xAC00).has_value());
}
