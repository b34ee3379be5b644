#include "server/rally/device_proof.hpp"

#include "server/rally/nfc_tap.hpp"
#include "server/rally/proofs.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server::rally;

TEST_CASE("signatures are those of RFC 8032, section 7.1") {
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, 64> signature{};
    REQUIRE(read_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", key));
    REQUIRE(
        read_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                 signature));
    CHECK(is_signed_by(key, "r", signature)); // the message 0x72
    CHECK_FALSE(is_signed_by(key, "s", signature));
    signature[5] ^= 1U;
    CHECK_FALSE(is_signed_by(key, "r", signature));
}

TEST_CASE("what a phone signs names ticket, spot and every fix") {
    const std::vector<geo::Fix> fixes{{{139.5, 35.75}, 12.5, 1'775'000'000'123, false},
                                      {{139.5000001, 35.75}, std::nullopt, 1'775'000'004'000, false}};
    CHECK(offline_message("T1", "shelters/a", fixes) ==
          "keyaki-offline/1\nT1\nshelters/a\n139.5000000,35.7500000,12.50,1775000000123\n139.5000001,35.7500000,,1775000004000\n");
}
