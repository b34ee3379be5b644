#include "server/access/options.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server::access;

namespace {

GivenOptions given_issuer() {
    GivenOptions given;
    given.issuer = "https://sso.example.jp/realms/city";
    given.audience = "keyaki, keyaki-desk";
    given.keys_at = "https://sso.example.jp/realms/city/protocol/openid-connect/certs";
    return given;
}

std::string refusal(const GivenOptions &given) {
    try {
        static_cast<void>(read_options(given));
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("without settings no token is taken, and only this machine's own proxy is believed") {
    const Options options = read_options({});
    CHECK_FALSE(options.issuer.is_on());
    CHECK(options == Options());
    CHECK(options.trusted_proxies.size() == 2);
}

TEST_CASE("an issuer has audiences, keys, and groups that are worth scopes") {
    GivenOptions given = given_issuer();
    given.scope_claim = "resource_access.keyaki.roles";
    given.scope_map = "/gis staff = layers:write layers:publish ; shelter-desk=layers:write:shelters,layers:publish:shelters;";
    const IssuerOptions issuer = read_options(given).issuer;
    CHECK(issuer.is_on());
    CHECK(issuer.audiences == std::vector<std::string>{"keyaki", "keyaki-desk"});
    REQUIRE(issuer.scope_map.size() == 2);
    CHECK(issuer.scope_map[0].first == "/gis staff");
    CHECK(issuer.scope_map[1].second == std::vector<std::string>{"layers:write:shelters", "layers:publish:shelters"});
    CHECK(issuer.name_claim == "preferred_username");
    CHECK(issuer.clock_skew_s == 60);
}

TEST_CASE("settings of access that cannot be meant are refused by name") {
    struct Case {
        std::string GivenOptions::*setting;
        std::string value;
        std::string names;
    };
    for (const auto &[setting, value, names] : std::vector<Case>{{&GivenOptions::trusted_proxies, "10.0.0.1/8", "trusted_proxies"},
                                                                 {&GivenOptions::trusted_proxies, "127.0.0.1, proxy.local", "proxy.local"},
                                                                 {&GivenOptions::issuer, "http://sso.example.jp", "oidc_issuer"},
                                                                 {&GivenOptions::issuer, "https://", "oidc_issuer"},
                                                                 {&GivenOptions::issuer, "https://a b", "oidc_issuer"},
                                                                 {&GivenOptions::audience, " , ", "oidc_audience"},
                                                                 {&GivenOptions::keys_at, "http://sso.example.jp/certs", "oidc_jwks"},
                                                                 {&GivenOptions::keys_at, "file:///etc/passwd", "oidc_jwks"},
                                                                 {&GivenOptions::keys_at, "", "oidc_jwks"},
                                                                 {&GivenOptions::scope_claim, "a claim", "oidc_scope_claim"},
                                                                 {&GivenOptions::scope_map, "gis", "oidc_scope_map"},
                                                                 {&GivenOptions::scope_map, "gis=", "oidc_scope_map"},
                                                                 {&GivenOptions::scope_map, "=layers:write", "oidc_scope_map"},
                                                                 {&GivenOptions::scope_map, "gis=layers:wite", "did you mean \"layers:write\""}}) {
        GivenOptions given = given_issuer();
        given.*setting = value;
        CAPTURE(value);
        CHECK(refusal(given).find(names) != std::string::npos);
    }
    GivenOptions file = given_issuer();
    file.keys_at = "/etc/keyaki/jwks.json";
    CHECK(refusal(file).empty());
    file.ca_file = "/etc/keyaki/ca.crt";
    CHECK(refusal(file).find("oidc_ca_file") != std::string::npos);
    GivenOptions without_issuer;
    without_issuer.audience = "keyaki";
    CHECK(refusal(without_issuer).find("oidc_issuer is not set") != std::string::npos);
}
