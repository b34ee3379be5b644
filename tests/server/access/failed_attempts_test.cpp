#include "server/access/failed_attempts.hpp"

#include "server/access/client_address.hpp"
#include "server/access/limits.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki::server::access;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t begin_us = 1000 * second_us; // of a machine that has run for a while

Address at(std::string_view text) { return parse_address(text).value(); }

std::string key(int number) { return "keyaki_" + std::to_string(10'000'000 + number) + "the-rest-of-a-key"; }

/// Fails with other keys from one address until it is turned away; how often.
int fail_until_refused(FailedAttempts &attempts, const Address &client, std::int64_t now_us) {
    for (int tried = 0; tried < 1000; ++tried) {
        const auto attempt = attempts.attempt(client, key(tried), true);
        if (attempts.wait(attempt, now_us)) {
            return tried;
        }
        attempts.fail(attempt, now_us);
    }
    return 1000;
}

} // namespace

TEST_CASE("after 30 failed attempts in a row an address is turned away, and gets one more each two seconds") {
    FailedAttempts attempts;
    const Address client = at("192.0.2.1");
    CHECK(fail_until_refused(attempts, client, begin_us) == 30);
    const auto attempt = attempts.attempt(client, key(1000), true);
    CHECK(attempts.wait(attempt, begin_us) == 2s);
    CHECK(attempts.wait(attempt, begin_us + second_us / 2) == 2s);
    CHECK(attempts.wait(attempt, begin_us + second_us) == 1s);
    CHECK_FALSE(attempts.wait(attempt, begin_us + 2 * second_us));
    CHECK(attempts.fail(attempt, begin_us + 2 * second_us).remaining == 0);
    CHECK(attempts.wait(attempt, begin_us + 2 * second_us) == 2s);
    CHECK(fail_until_refused(attempts, client, begin_us + 62 * second_us) == 30); // all is forgotten after a minute
}

TEST_CASE("what is left of the attempts is told with each") {
    FailedAttempts attempts;
    const auto attempt = attempts.attempt(at("192.0.2.1"), key(1), true);
    for (std::int64_t left = limits::attempts - 1; left >= 0; --left) {
        const FailedAttempts::Budget budget = attempts.fail(attempt, begin_us);
        CHECK(budget.remaining == left);
        CHECK(budget.reset == 2s);
        CHECK(budget.has_just_run_out == (left == 0));
    }
    CHECK(attempts.fail(attempt, begin_us).remaining == 0); // came while the last was under way
    CHECK(attempts.wait(attempt, begin_us) == 2s);          // and is not held against anybody
}

TEST_CASE("other addresses go on, but not the one that shares a subscriber's network") {
    FailedAttempts attempts;
    CHECK(fail_until_refused(attempts, at("2001:db8:1:2::1"), begin_us) == 30);
    CHECK(attempts.wait(attempts.attempt(at("2001:db8:1:2:ffff::9"), key(1000), true), begin_us));
    CHECK_FALSE(attempts.wait(attempts.attempt(at("2001:db8:1:3::1"), key(1000), true), begin_us));
    CHECK(fail_until_refused(attempts, at("192.0.2.1"), begin_us) == 30);
    CHECK_FALSE(attempts.wait(attempts.attempt(at("192.0.2.2"), key(1000), true), begin_us));
}

TEST_CASE("who fails with keys keeps nobody at his address from signing in with a token") {
    FailedAttempts attempts;
    const Address office = at("192.0.2.1");
    CHECK(fail_until_refused(attempts, office, begin_us) == 30);
    const auto token = attempts.attempt(office, "eyJhbGciOiJSUzI1NiJ9.x.y", false);
    CHECK_FALSE(attempts.wait(token, begin_us));
    for (int tried = 0; tried < 30; ++tried) {
        attempts.fail(token, begin_us);
    }
    CHECK(attempts.wait(token, begin_us));
}

TEST_CASE("guesses at the rest of one key are bounded from however many addresses they come") {
    FailedAttempts attempts;
    int tried = 0;
    for (; tried < 1000; ++tried) {
        const Address client = at("198.51." + std::to_string(tried / 250) + "." + std::to_string(tried % 250));
        const auto attempt = attempts.attempt(client, "keyaki_abcdefgh" + std::to_string(tried), true);
        if (attempts.wait(attempt, begin_us)) {
            break;
        }
        attempts.fail(attempt, begin_us);
    }
    CHECK(tried == 30);
    CHECK_FALSE(attempts.wait(attempts.attempt(at("203.0.113.1"), "keyaki_abcdefgiX", true), begin_us)); // another key
    // The beginning of a token is the same for everybody, and bounds nobody.
    const auto token = [&](int number) { return attempts.attempt(at("203.0.113." + std::to_string(number)), "eyJhbGciOiJSUzI1NiJ9.x.y", false); };
    for (int number = 0; number < 100; ++number) {
        attempts.fail(token(number), begin_us);
    }
    CHECK_FALSE(attempts.wait(token(200), begin_us));
}

TEST_CASE("a key that was right from an address is not locked out by a neighbour's mistakes, until it fails itself") {
    FailedAttempts attempts;
    const Address office = at("192.0.2.1");
    const auto good = attempts.attempt(office, key(5000), true);
    attempts.succeed(good, begin_us);
    CHECK(fail_until_refused(attempts, office, begin_us) == 30);
    CHECK_FALSE(attempts.wait(good, begin_us));
    CHECK(attempts.wait(attempts.attempt(office, key(5001), true), begin_us));
    CHECK_FALSE(attempts.wait(attempts.attempt(at("192.0.2.2"), key(5000), true), begin_us)); // another address owes nothing
    attempts.fail(good, begin_us);                                                            // revoked
    CHECK(attempts.wait(good, begin_us));
}

TEST_CASE("a flood of addresses takes no more memory, and does not make the server forget who is failing now") {
    TimeTable table(16);
    const auto name = [](std::uint8_t first, std::uint8_t second) {
        TimeTable::Name made{};
        made[0] = first; // the place
        made[1] = second;
        return made;
    };
    table.set(name(4, 1), 500);
    for (std::uint8_t other = 2; other < 100; ++other) {
        table.set(name(4, other), 100 + other);
    }
    CHECK(table.find(name(4, 1)) == 500); // owes the most: goes last
    CHECK(table.find(name(4, 99)) == 199);
    CHECK(table.find(name(4, 2)) == 0);
    CHECK(table.find(name(5, 1)) == 0);
    table.set(name(4, 1), 600);
    CHECK(table.find(name(4, 1)) == 600);
}
