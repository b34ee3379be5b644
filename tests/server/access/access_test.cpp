#include "server/access/access.hpp"

#include "data/sha256.hpp"
#include "server/access/limits.hpp"
#include "server/auth.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"
#include "tests/server/access/issuer.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;
using test::Issuer;

namespace {

/// A database with keys, and who may do what in it.
struct Door {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({.file = folder / "city.sqlite", .create = true});
    access::Access access;

    explicit Door(const access::Options &options = {}) : access(*store, options) {}

    /// The secret of a new key.
    std::string make_key(const std::string &id, const std::vector<std::string> &scopes) {
        const std::string secret = make_api_secret();
        store->write([&](data::WriteTransaction &books) {
            books.create_key({id, "desk " + id, scopes, data::sha256(secret), now_us(), std::nullopt}, "test");
        });
        return secret;
    }
    void revoke(const std::string &id) {
        store->write([&](data::WriteTransaction &books) { books.revoke_key(id, "test", now_us()); });
    }
};

http::Request request_with(const std::vector<std::string> &authorizations, const std::string &peer = "192.0.2.1") {
    http::Request request = http::make_request(http::Method::get, "/");
    for (const std::string &field : authorizations) {
        request.headers.add("Authorization", field);
    }
    request.remote_address = peer;
    return request;
}

http::Request bearing(const std::string &secret, const std::string &peer = "192.0.2.1") { return request_with({"Bearer " + secret}, peer); }

std::string header_of(const http::Response &response, std::string_view name) { return std::string(response.headers.find(name).value_or("")); }

} // namespace

TEST_CASE("a key says who it is; its author has a name to read and never the secret") {
    Door door;
    const std::string secret = door.make_key("k1", {"members:read"});
    const Authorisation who = authorise(door.access, bearing(secret), {"members:read"});
    CHECK_FALSE(who.refusal);
    CHECK(who.client == "k1");
    CHECK(who.author == "desk k1 (key k1)");
    CHECK(authorise(door.access, request_with({"bearer   " + secret + " "}), {"members:read"}).client == "k1");
    const Authorisation other = authorise(door.access, bearing(secret), {"layers:write"});
    REQUIRE(other.refusal);
    CHECK(other.refusal->status == 403);
    CHECK(door.access.refusals(access::Refusal::missing_scope) == 1);
}

TEST_CASE("a grant for one layer opens the routes of that layer alone") {
    Door door;
    const std::string secret = door.make_key("k1", {"layers:write:shelters"});
    const auto status = [&](const std::string &layer) {
        http::Request request = bearing(secret);
        request.params.add("layer", layer);
        const Authorisation who = authorise(door.access, request, {"layers:write"});
        return who.refusal ? who.refusal->status : 200;
    };
    CHECK(status("shelters") == 200);
    CHECK(status("shelters@draft") == 200);
    CHECK(status("shelters@7") == 200);
    CHECK(status("spots") == 403);
    CHECK(status("shelters,spots") == 403);
    CHECK(authorise(door.access, bearing(secret), {"layers:write"}).refusal->status == 403); // a route of no layer
    CHECK_FALSE(authorise(door.access, bearing(secret), {"layers:write"}, "shelters").refusal);
}

TEST_CASE("answers do not tell a key that was revoked from one that never was") {
    Door door;
    const std::string secret = door.make_key("k1", {"members:read"});
    CHECK_FALSE(authorise(door.access, bearing(secret), {"members:read"}).refusal);
    door.revoke("k1");
    const auto revoked = authorise(door.access, bearing(secret), {"members:read"}).refusal;
    const auto unknown = authorise(door.access, bearing(make_api_secret(), "192.0.2.2"), {"members:read"}).refusal;
    REQUIRE(revoked); // from the next request on
    REQUIRE(unknown);
    CHECK(revoked->status == 401);
    CHECK(revoked->text() == unknown->text());
    CHECK(header_of(*revoked, "WWW-Authenticate") == "Bearer realm=\"keyaki\", error=\"invalid_token\"");
    for (const char *name : {"WWW-Authenticate", "RateLimit", "RateLimit-Policy"}) {
        CHECK(header_of(*revoked, name) == header_of(*unknown, name));
    }
    CHECK(door.access.refusals(access::Refusal::revoked_key) == 1);
    CHECK(door.access.refusals(access::Refusal::unknown_key) == 1);
}

TEST_CASE("what is no bearer credential is refused, and counted against nobody") {
    Door door;
    const std::string secret = door.make_key("k1", {"members:read"});
    for (int time = 0; time < 20; ++time) {
        for (const auto &fields : std::vector<std::vector<std::string>>{{"Basic a2V5YWtp"},
                                                                        {"Bearer"},
                                                                        {"Bearer "},
                                                                        {secret},
                                                                        {"Bearer " + secret, "Bearer " + secret},
                                                                        {"Bearer " + std::string(257, 'x')},
                                                                        {"Bearer " + std::string(9000, '.')},
                                                                        {""}}) {
            CAPTURE(fields);
            const auto refusal = authorise(door.access, request_with(fields), {"members:read"}).refusal;
            REQUIRE(refusal);
            CHECK(refusal->status == 401);
        }
    }
    const auto nothing = authorise(door.access, request_with({}), {"members:read"}).refusal;
    CHECK(header_of(*nothing, "WWW-Authenticate") == "Bearer realm=\"keyaki\"");
    CHECK_FALSE(authorise(door.access, bearing(secret), {"members:read"}).refusal);
}

TEST_CASE("too many failed attempts from an address are answered 429 with the time to wait, also a key that is right") {
    Door door;
    const std::string secret = door.make_key("k1", {"members:read"});
    for (std::int64_t tried = 0; tried < access::limits::attempts; ++tried) {
        const auto refusal = authorise(door.access, bearing(make_api_secret()), {"members:read"}).refusal;
        REQUIRE(refusal);
        CHECK(refusal->status == 401);
        CHECK(header_of(*refusal, "RateLimit").rfind("\"failed-attempts\";r=", 0) == 0);
    }
    const auto refused = authorise(door.access, bearing(secret), {"members:read"}).refusal;
    REQUIRE(refused);
    CHECK(refused->status == 429);
    CHECK((header_of(*refused, "Retry-After") == "2" || header_of(*refused, "Retry-After") == "1"));
    CHECK(header_of(*refused, "RateLimit").rfind("\"failed-attempts\";r=0;t=", 0) == 0);
    CHECK(header_of(*refused, "RateLimit-Policy") == "\"failed-attempts\";q=30;w=60");
    CHECK(door.access.refusals(access::Refusal::too_many_attempts) == 1);
    CHECK_FALSE(authorise(door.access, bearing(secret, "192.0.2.2"), {"members:read"}).refusal); // elsewhere it is right
}

TEST_CASE("a client that has been at work goes on beside one that fails, at the same address") {
    Door door;
    const std::string secret = door.make_key("k1", {"members:read"});
    CHECK_FALSE(authorise(door.access, bearing(secret), {"members:read"}).refusal);
    for (int tried = 0; tried < 100; ++tried) {
        static_cast<void>(authorise(door.access, bearing(make_api_secret()), {"members:read"}));
    }
    CHECK_FALSE(authorise(door.access, bearing(secret), {"members:read"}).refusal);
    CHECK(door.access.refusals(access::Refusal::too_many_attempts) >= 60);
}

TEST_CASE("behind the machine's own proxy attempts count against the client that it names") {
    Door door;
    const auto from = [&](const std::string &client, const std::string &secret) {
        http::Request request = bearing(secret, "127.0.0.1");
        request.headers.add("X-Forwarded-For", client);
        const auto refusal = authorise(door.access, request, {"members:read"}).refusal;
        return refusal ? refusal->status : 200;
    };
    for (int tried = 0; tried < 40; ++tried) {
        static_cast<void>(from("203.0.113.5", make_api_secret()));
    }
    CHECK(from("203.0.113.5", make_api_secret()) == 429);
    CHECK(from("203.0.113.6", make_api_secret()) == 401);
    CHECK(from("203.0.113.5", make_api_secret()) == 429);
}

TEST_CASE("a token of the issuer does what its scopes say, beside the keys") {
    const test::TemporaryFolder keys;
    access::Options options;
    options.issuer = Issuer::shared().options(keys.write("jwks.json", Issuer::shared().key_set()).string());
    Door door(options);
    http::Request request = bearing(Issuer::shared().token(Issuer::claims(now_us())));
    request.params.add("layer", "shelters");
    const Authorisation who = authorise(door.access, request, {"layers:write"});
    CHECK_FALSE(who.refusal);
    CHECK(who.author == "yamada (sso.example.jp/realms/city#7f3a0c1e)");
    CHECK(authorise(door.access, request, {"ledger:write"}).refusal->status == 403);
    for (const auto &[claim, value] : {std::pair<std::string, nlohmann::json>{"exp", 1000}, {"aud", "account"}, {"typ", "ID"}}) {
        nlohmann::json claims = Issuer::claims(now_us());
        claims[claim] = value;
        for (int tried = 0; tried < 50; ++tried) { // signed by the issuer: no guess
            CHECK(authorise(door.access, bearing(Issuer::shared().token(claims)), {"layers:write"}).refusal->status == 401);
        }
    }
    for (int tried = 0; tried < 40; ++tried) {
        const std::string forged = Issuer::shared().token(Issuer::claims(now_us() + 1'000'000 * tried)) + "A";
        CHECK(authorise(door.access, bearing(forged), {"layers:write"}).refusal->status == (tried < 30 ? 401 : 429));
    }
    CHECK(door.access.figures().keys == 3);
}

TEST_CASE("without an issuer a token is as good as any wrong key") {
    Door door;
    CHECK(authorise(door.access, bearing(Issuer::shared().token(Issuer::claims(now_us()))), {"layers:write"}).refusal->status == 401);
    CHECK(door.access.refusals(access::Refusal::tokens_not_taken) == 1);
}

TEST_CASE("while the issuer's keys are not there a token is answered 503, which is no failed attempt") {
    access::Options options;
    options.issuer = Issuer::shared().options("https://localhost:1/certs");
    Door door(options);
    for (int tried = 0; tried < 100; ++tried) {
        const auto refusal = authorise(door.access, bearing(Issuer::shared().token(Issuer::claims(now_us()))), {"layers:write"}).refusal;
        REQUIRE(refusal);
        CHECK(refusal->status == 503);
        CHECK(header_of(*refusal, "Retry-After") == "2");
    }
}
