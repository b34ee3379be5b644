#include "server/outgoing/address_guard.hpp"

#include "server/access/client_address.hpp"
#include "server/delivery/poster.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;
using outgoing::AddressGuard;

namespace {

bool permits(const AddressGuard &guard, const char *address) { return guard.permits(access::parse_address(address).value()); }

AddressGuard guard_with(const char *network) { return AddressGuard({access::parse_network(network).value()}); }

delivery::Poster::Ended post_to(const AddressGuard &guard, const std::string &url) {
    delivery::Poster poster(guard, {});
    poster.begin(1, url, {}, "{}");
    for (int patience = 0; patience < 200; ++patience) {
        if (const auto ended = poster.wait(std::chrono::milliseconds(100)); !ended.empty()) {
            return ended.front();
        }
    }
    return {};
}

} // namespace

TEST_CASE("receivers inside are refused: this machine, private and shared networks, link-local, multicast, and IPv4 in any dress of IPv6") {
    const AddressGuard guard({});
    for (const char *inside : {"0.0.0.0",
                               "10.1.2.3",
                               "100.64.0.1",
                               "127.0.0.1",
                               "127.9.9.9",
                               "169.254.169.254",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.168.1.1",
                               "198.18.0.1",
                               "224.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::1",
                               "fc00::1",
                               "fd12::1",
                               "fe80::1",
                               "ff02::1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.0.0.1",
                               "64:ff9b::7f00:1",
                               "64:ff9b::a9fe:a9fe",
                               "2002:7f00:1::",
                               "2002:a00:1::1",
                               "::127.0.0.1",
                               "2001:db8::1"}) {
        CAPTURE(inside);
        CHECK_FALSE(permits(guard, inside));
    }
    for (const char *outside : {"1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "192.167.0.1", "203.0.112.1", "2606:4700:4700::1111",
                                "2400:4050::1", "64:ff9b::101:101", "2002:101:101::1"}) {
        CAPTURE(outside);
        CHECK(permits(guard, outside));
    }
}

TEST_CASE("what the operator allows may be reached, and nothing beside it") {
    const AddressGuard guard = guard_with("10.1.0.0/16");
    CHECK(permits(guard, "10.1.2.3"));
    CHECK_FALSE(permits(guard, "10.2.2.3"));
    CHECK_FALSE(permits(guard, "127.0.0.1"));
}

TEST_CASE("the address that a name leads to is asked about at the moment of connecting, whatever the name says") {
    test::WebhookReceiver receiver;
    receiver.answer([](int) { return 503; });
    const std::string port = std::to_string(receiver.port());
    const AddressGuard nobody({});
    for (const std::string &url : {"https://127.0.0.1:" + port, "https://localhost:" + port, "http://localhost:" + port, "https://[::1]:" + port,
                                   "https://0x7f000001:" + port, "https://2130706433:" + port, "https://127.1:" + port}) {
        CAPTURE(url);
        const auto ended = post_to(nobody, url);
        CHECK(ended.status == 0);
        CHECK_FALSE(ended.reason.empty());
    }
    CHECK(receiver.requests() == 0);
    const auto allowed = post_to(guard_with("127.0.0.0/8"), "http://localhost:" + port + "/hook");
    CHECK(allowed.status == 503);
    CHECK(receiver.requests() == 1);
    CHECK(post_to(guard_with("10.0.0.0/8"), "http://127.0.0.1:" + port).status == 0);
}

TEST_CASE("a redirect is not followed, and is no success") {
    test::WebhookReceiver receiver;
    receiver.answer([](int) { return 302; });
    const auto ended = post_to(guard_with("127.0.0.0/8"), receiver.url());
    CHECK(ended.status == 302);
    CHECK_THAT(ended.reason, Catch::Contains("302"));
    CHECK(receiver.requests() == 1);
}
