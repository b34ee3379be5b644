#include "server/access/client_address.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server;
using namespace keyaki::server::access;

namespace {

std::string client_of(const std::string &peer, const std::vector<std::string> &forwarded, const std::vector<Network> &trusted) {
    http::Request request = http::make_request(http::Method::get, "/");
    request.remote_address = peer;
    for (const std::string &field : forwarded) {
        request.headers.add("X-Forwarded-For", field);
    }
    return to_text(client_address(request, trusted));
}

std::vector<Network> networks(const std::string &text) {
    GivenOptions given;
    given.trusted_proxies = text;
    return read_options(given).trusted_proxies;
}

} // namespace

TEST_CASE("X-Forwarded-For is believed from a trusted proxy only, and of it what the proxies themselves have added") {
    struct Case {
        std::string peer;
        std::vector<std::string> forwarded;
        std::string client;
    };
    const std::vector<Network> trusted = networks("127.0.0.1, 10.0.0.0/8, 2001:db8:1::/48");
    for (const auto &[peer, forwarded, client] : std::vector<Case>{
             {"192.0.2.1", {}, "192.0.2.1"},
             {"192.0.2.1", {"198.51.100.7"}, "192.0.2.1"}, // made up by a stranger
             {"127.0.0.1", {}, "127.0.0.1"},
             {"127.0.0.1", {"198.51.100.7"}, "198.51.100.7"},
             {"127.0.0.1", {"203.0.113.9, 198.51.100.7"}, "198.51.100.7"}, // the first is the client's own word
             {"127.0.0.1", {"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
             {"127.0.0.1", {"198.51.100.7, 10.1.2.3"}, "198.51.100.7"},
             {"127.0.0.1", {"10.1.2.3"}, "10.1.2.3"}, // only proxies: the farthest
             {"127.0.0.1", {"198.51.100.7, unknown"}, "127.0.0.1"},
             {"127.0.0.1", {"unknown, 10.1.2.3"}, "10.1.2.3"},
             {"127.0.0.1", {"198.51.100.7:4711"}, "127.0.0.1"},
             {"127.0.0.1", {""}, "127.0.0.1"},
             {"127.0.0.1", {",,"}, "127.0.0.1"},
             {"2001:db8:1::5", {"[2001:db8:2::9]"}, "2001:db8:2::9"},
             {"2001:db8:2::5", {"198.51.100.7"}, "2001:db8:2::5"},
             {"::ffff:127.0.0.1", {"198.51.100.7"}, "198.51.100.7"},
             {"", {"198.51.100.7"}, "::"},
         }) {
        CAPTURE(peer, forwarded);
        CHECK(client_of(peer, forwarded, trusted) == client);
    }
    CHECK(client_of("127.0.0.1", {"198.51.100.7"}, networks("none")) == "127.0.0.1");
    CHECK(client_of("127.0.0.1", {"198.51.100.7"}, networks("")) == "198.51.100.7"); // by default this machine's own proxy
    CHECK(client_of("127.0.0.1", {"198.51.100.7, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8"}, trusted) ==
          "10.0.0.1"); // no further than limits::proxies
}

TEST_CASE("networks are addresses with the bits that count, and nothing behind them") {
    for (const std::string text : {"10.0.0.0/8", "0.0.0.0/0", "::/0", "::1", "192.0.2.1/32", "2001:db8::/32", "127.0.0.1"}) {
        CAPTURE(text);
        CHECK(parse_network(text));
    }
    for (const std::string text : {"", "10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0", "localhost",
                                   "1.2.3.4:80", "10.0.0.0/08/8", "2001:db8::1/32", "0x7f.0.0.1", "::1%lo"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_network(text));
    }
    CHECK(contains(*parse_network("10.0.0.0/9"), *parse_address("10.127.255.255")));
    CHECK_FALSE(contains(*parse_network("10.0.0.0/9"), *parse_address("10.128.0.0")));
    CHECK_FALSE(contains(*parse_network("10.0.0.0/8"), *parse_address("::a00:1")));
}
