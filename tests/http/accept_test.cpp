#include "server/http/accept.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace keyaki::server::http;

Request asking(std::string name, std::string value) {
    auto request = make_request(Method::get, "/");
    request.headers.add(std::move(name), std::move(value));
    return request;
}

} // namespace

TEST_CASE("gzip is sent to those who ask for it") {
    const auto [field, wants_gzip, takes_identity] = GENERATE(table<std::string, bool, bool>({
        {"gzip", true, true},
        {"gzip, deflate, br", true, true},
        {"GZIP;q=0.5", true, true},
        {"gzip;q=0", false, true},
        {"br", false, true},
        {"*", true, true},
        {"*;q=0", false, false},
        {"identity;q=0, gzip", true, false},
        {"identity, gzip;q=0.5", false, true},
        {"gzip;q=0.001, identity;q=0", true, false},
        {"gzip ; q=1.0 , *;q=0", true, false},
        {"", false, true},
    }));
    INFO(field);
    CHECK(prefers_gzip(asking("Accept-Encoding", field)) == wants_gzip);
    CHECK(accepts_identity(asking("Accept-Encoding", field)) == takes_identity);
}

TEST_CASE("without Accept-Encoding nothing is packed") {
    CHECK_FALSE(prefers_gzip(make_request(Method::get, "/")));
    CHECK(accepts_identity(make_request(Method::get, "/")));
}

TEST_CASE("the media type that the client wants most is chosen") {
    const auto [field, chosen] = GENERATE(table<std::string, std::string>({
        {"application/json", "application/json"},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"},
        {"application/geo+json, application/json", "application/geo+json"},
        {"*/*", "application/geo+json"},
        {"", "application/geo+json"},
        {"text/*;q=0.9, application/*;q=0.1", "text/html"},
        {"application/json;q=0.2, application/geo+json;q=0.1", "application/json"},
        {"*/*, application/geo+json;q=0", "application/json"},
        {"font/woff2", ""},
        {"image/png, font/woff2;q=0.12345", ""},
        {"TEXT/HTML", "text/html"},
    }));
    INFO(field);
    const auto best = negotiate_media_type(asking("Accept", field), {"application/geo+json", "application/json", "text/html"});
    CHECK(best.value_or("") == chosen);
}

TEST_CASE("Japanese is spoken unless English is preferred") {
    const auto [field, language] = GENERATE(table<std::string, std::string>({
        {"ja", "ja"},
        {"en", "en"},
        {"en-GB,en;q=0.9", "en"},
        {"ja,en-US;q=0.9,en;q=0.8", "ja"},
        {"en-US,en;q=0.9,ja;q=0.8", "en"},
        {"fr", "ja"},
        {"fr, en;q=0.5", "en"},
        {"*", "ja"},
        {"ja;q=0, en;q=0.1", "en"},
    }));
    INFO(field);
    CHECK(language_tag(negotiate_language(asking("Accept-Language", field))) == language);
    CHECK(negotiate_language(make_request(Method::get, "/")) == Language::ja);
}
