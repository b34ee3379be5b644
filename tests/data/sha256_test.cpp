#include "data/sha256.hpp"

#include <catch2/catch.hpp>
#include <string>

using keyaki::data::sha256;
using keyaki::data::to_hex;

// FIPS 180-4 examples, as NIST publishes them.
TEST_CASE("SHA-256 gives NIST's example values") {
    CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of two pieces is that of both joined") {
    CHECK(sha256("a", "bc") == sha256("abc"));
    CHECK(sha256("abc", "") == sha256("", "abc"));
}
