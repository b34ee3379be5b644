#include "server/outgoing/address_guard.hpp"

#include "server/access/client_address.hpp"
#include "server/delivery/poster.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

using namespace keyaki;
using namespace keyaki::server;
using outgoing::AddressGuard;

namespace {

bool permits(const AddressGuard &guard, const char *address) { return guard.permits(access::parse_address(address).value()); }

AddressGuard guard_with(const char *network) { return AddressGuard({access::parse_network(network).value()}); }

/// Listens on this machine, counts who comes and hangs up at once.
class Doorbell {
  public:
    explicit Doorbell(int family) : m_listener(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage address{};
        socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        address.ss_family = static_cast<sa_family_t>(family);
        if (family == AF_INET) {
            reinterpret_cast<sockaddr_in &>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        } else {
            reinterpret_cast<sockaddr_in6 &>(address).sin6_addr = in6addr_loopback;
        }
        auto *const place = reinterpret_cast<sockaddr *>(&address);
        m_is_there =
            m_listener >= 0 && bind(m_listener, place, length) == 0 && listen(m_listener, 64) == 0 && getsockname(m_listener, place, &length) == 0;
        m_port = ntohs(reinterpret_cast<sockaddr_in &>(address).sin_port); // at the same place in both families
        m_thread = std::thread([this] { run(); });
    }
    ~Doorbell() {
        m_is_there = false;
        shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        close(m_listener);
    }
    Doorbell(const Doorbell &) = delete;
    Doorbell &operator=(const Doorbell &) = delete;

    [[nodiscard]] bool is_there() const noexcept { return m_is_there; }
    [[nodiscard]] std::uint16_t port() const noexcept { return m_port; }
    [[nodiscard]] int rings() const noexcept { return m_rings; }

  private:
    void run() {
        while (m_is_there) {
            if (const int visitor = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC); visitor >= 0) {
                ++m_rings;
                close(visitor);
            }
        }
    }

    int m_listener;
    std::atomic<bool> m_is_there{false};
    std::uint16_t m_port = 0;
    std::atomic<int> m_rings{0};
    std::thread m_thread;
};

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
    Doorbell four(AF_INET);
    Doorbell six(AF_INET6);
    const AddressGuard nobody({});
    const AddressGuard loopback({access::parse_network("127.0.0.0/8").value(), access::parse_network("::1/128").value()});
    const AddressGuard elsewhere = guard_with("10.0.0.0/8");
    for (const std::string scheme : {"https://", "http://"}) {
        for (const std::string host : {"127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]", "[::1]"}) {
            Doorbell &door = host == "[::1]" ? six : four;
            if (!door.is_there()) {
                WARN("this machine has no " + host + ": it is left out");
                continue;
            }
            const std::string url = scheme + host + ":" + std::to_string(door.port()) + "/hook";
            CAPTURE(url);
            const int before = door.rings();
            for (const AddressGuard *guard : {&nobody, &elsewhere}) {
                const auto refused = post_to(*guard, url);
                CHECK(refused.status == 0);
                CHECK_FALSE(refused.reason.empty());
            }
            CHECK(door.rings() == before);
            static_cast<void>(post_to(loopback, url));
            CHECK(door.rings() > before); // so it was the guard that nobody came past
        }
    }
}

TEST_CASE("plain http reaches what the operator allows, and nothing of the public internet") {
    test::WebhookReceiver receiver;
    receiver.answer([](int) { return 503; });
    CHECK(post_to(guard_with("127.0.0.0/8"), receiver.url()).status == 503);
    CHECK(receiver.requests() == 1);
    const AddressGuard guard = guard_with("127.0.0.0/8");
    CHECK(guard.permits(access::parse_address("1.1.1.1").value()));
    CHECK_FALSE(guard.is_allowed_inside(access::parse_address("1.1.1.1").value()));
}

TEST_CASE("a redirect is not followed, and is no success") {
    test::WebhookReceiver receiver;
    receiver.answer([](int) { return 302; });
    const auto ended = post_to(guard_with("127.0.0.0/8"), receiver.url());
    CHECK(ended.status == 302);
    CHECK_THAT(ended.reason, Catch::Contains("302"));
    CHECK(receiver.requests() == 1);
}
