#include "server/links.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server;

TEST_CASE("only literal addresses and localhost are taken from the Host field") {
    for (const char *host : {"localhost", "localhost:8080", "127.0.0.1", "192.168.1.5:8080", "[::1]", "[::1]:8080"}) {
        CAPTURE(host);
        CHECK(is_literal_host(host));
    }
    for (const char *host :
         {"", "evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1:80x", "localhost:", "::1", "[::1", "127.0.0.1/x"}) {
        CAPTURE(host);
        CHECK_FALSE(is_literal_host(host));
    }
}

TEST_CASE("links begin with the public address, else with a harmless Host, else with where the server listens") {
    Settings settings;
    http::Request request = http::make_request(http::Method::get, "/");
    request.headers.set("Host", "evil.example");
    CHECK(base_url(settings, 8080, request) == "http://127.0.0.1:8080");
    request.headers.set("Host", "192.168.1.5:8080");
    CHECK(base_url(settings, 8080, request) == "http://192.168.1.5:8080");
    settings.public_url = "https://map.example.jp";
    CHECK(base_url(settings, 8080, request) == "https://map.example.jp");
}
