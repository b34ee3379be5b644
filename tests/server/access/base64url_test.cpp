#include "server/access/base64url.hpp"

#include "tests/server/access/signing_key.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using keyaki::server::access::decode_base64url;
using keyaki::test::base64url;

TEST_CASE("every sequence of bytes comes back from its base64url") {
    const bool holds = rc::check([](const std::string &bytes) { RC_ASSERT(decode_base64url(base64url(bytes)) == bytes); });
    CHECK(holds);
}

TEST_CASE("no two texts of base64url stand for the same bytes") {
    // Letters of the alphabet, and a few that are not: what is taken at all is what the bytes are written as.
    const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCDwxyz0189-_+/= .")));
    const bool holds = rc::check([&] {
        const std::string text = *letters;
        if (const auto bytes = decode_base64url(text)) {
            RC_ASSERT(base64url(*bytes) == text);
        }
    });
    CHECK(holds);
}

TEST_CASE("what is not strict base64url is refused") {
    CHECK(decode_base64url("") == "");
    CHECK(decode_base64url("Zg") == "f");
    CHECK(decode_base64url("Zm8") == "fo");
    CHECK(decode_base64url("-_-_") == "\xFB\xFF\xBF");
    for (const std::string text : {"Zg==", "Zh", "Z", "Zm9vY", "Zm9v YmFy", "Zm9v\n", " Zm9v", "Zm9+", "Zm9/", "Zm.v", "Zm9\xC3\xA9",
                                   "Zm9"}) { // the last: bits behind the second byte
        CAPTURE(text);
        CHECK_FALSE(decode_base64url(text));
    }
    CHECK_FALSE(decode_base64url(std::string_view("Zm9v\0Zg", 7)));
}
