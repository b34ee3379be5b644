#include "server/rally/one_time_code.hpp"
#include "server/rally/proofs.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace keyaki::server::rally;

TEST_CASE("the codes are those of RFC 6238, appendix B") {
    const std::string secret = "12345678901234567890";
    const std::vector<std::pair<std::int64_t, const char *>> vectors{{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                                                                     {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (const auto &[time_s, code] : vectors) {
        CHECK(one_time_code(secret, time_s, 30, 8) == code);
        CHECK(one_time_code(secret, time_s) == std::string(code).substr(2));
    }
}

TEST_CASE("a code counts in its own step and those beside it; before, it is stale; others are wrong") {
    const std::string secret = "a secret of the spot";
    constexpr std::int64_t shown_s = 1'790'000'010;
    const std::string code = one_time_code(secret, shown_s);
    const EvidenceRules rules;
    CHECK(check_code(secret, code, shown_s, rules).step == shown_s / 30);
    CHECK(check_code(secret, code, shown_s + 30, rules).step == shown_s / 30);
    CHECK(check_code(secret, code, shown_s - 30, rules).step == shown_s / 30);
    CHECK(check_code(secret, code, shown_s + 60, rules).fault == TokenFault::stale_code);
    CHECK(check_code(secret, code, shown_s + 599, rules).fault == TokenFault::stale_code);
    CHECK(check_code(secret, code, shown_s + 3600, rules).fault == TokenFault::wrong_code);
    CHECK(check_code("another spot's secret", code, shown_s, rules).fault == TokenFault::wrong_code);
    CHECK(check_code(secret, "", shown_s, rules).fault == TokenFault::wrong_code);
}

TEST_CASE("threat: a code that is passed on live is still valid after five seconds, so presence must be asked too (relay)") {
    const std::string secret = "a secret of the spot";
    CHECK(check_code(secret, one_time_code(secret, 1'790'000'010), 1'790'000'015, {}).step);
}

TEST_CASE("a printed code names its rally and spot, and is base 32") {
    CHECK(printed_code("secret", "r", "shelters/a").size() == 16);
    CHECK(printed_code("secret", "r", "shelters/a") == printed_code("secret", "r", "shelters/a"));
    CHECK(printed_code("secret", "r", "shelters/a") != printed_code("secret", "r", "shelters/b"));
    CHECK(printed_code("secret", "r", "shelters/a") != printed_code("secret", "s", "shelters/a"));
    CHECK(printed_code("secret", "r", "shelters/a") != printed_code("secres", "r", "shelters/a"));
    // RFC 4648, section 10
    CHECK(base32("") == "");
    CHECK(base32("f") == "MY");
    CHECK(base32("fo") == "MZXQ");
    CHECK(base32("foobar") == "MZXW6YTBOI");
}
