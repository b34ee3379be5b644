#include "server/rally/nfc_tap.hpp"
#include "server/rally/proofs.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace keyaki::server::rally;

namespace {

template <std::size_t N>
std::array<std::uint8_t, N> bytes(std::string_view hex) {
    std::array<std::uint8_t, N> result{};
    REQUIRE(read_hex(hex, result));
    return result;
}

} // namespace

TEST_CASE("AES-CMAC is that of RFC 4493, section 4") {
    const auto key = bytes<16>("2b7e151628aed2a6abf7158809cf4f3c");
    CHECK(aes_cmac(key, {}) == bytes<16>("bb1d6929e95937287fa37d129b756746"));
    CHECK(aes_cmac(key, bytes<16>("6bc1bee22e409f96e93d7e117393172a")) == bytes<16>("070a16b46b4d4144f79bdd9dd04a287c"));
    CHECK(aes_cmac(key, bytes<40>("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")) ==
          bytes<16>("dfa66747de9ae63030ca32611497c827"));
}

TEST_CASE("a tap is that of NXP's example (AN12196, 3.4.4.2.1 and table 4: all keys zero)") {
    const TagKey zero{};
    CHECK(tap_mac(zero, bytes<7>("04DE5F1EACC040"), 0x3D) == bytes<8>("94EED9EE65337086"));
    CHECK(is_tap_of(zero, bytes<7>("04DE5F1EACC040"), 0x3D, bytes<8>("94EED9EE65337086")));
}

TEST_CASE("threat: another counter, another tag and another key give another MAC (tag cloned or address saved)") {
    const TagKey zero{};
    const TagUid uid = bytes<7>("04DE5F1EACC040");
    const TagMac mac = bytes<8>("94EED9EE65337086");
    CHECK_FALSE(is_tap_of(zero, uid, 0x3C, mac));
    CHECK_FALSE(is_tap_of(zero, uid, 0x3E, mac));
    CHECK_FALSE(is_tap_of(zero, bytes<7>("04DE5F1EACC041"), 0x3D, mac));
    CHECK_FALSE(is_tap_of(bytes<16>("00000000000000000000000000000001"), uid, 0x3D, mac));
}

TEST_CASE("hexadecimal digits are read in either case, and nothing else is") {
    std::array<std::uint8_t, 2> two{};
    CHECK(read_hex("aBc9", two));
    CHECK(two == std::array<std::uint8_t, 2>{0xAB, 0xC9});
    for (const char *text : {"", "abc", "abcde", "abcg", "ab c"}) {
        CHECK_FALSE(read_hex(text, two));
    }
}
