// Who may do what, over a live server: keys and tokens with scopes for one layer, tokens that are none, and what becomes of failed attempts.
#include "server/access/scopes.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"
#include "tests/flows/sample_city.hpp"
#include "tests/server/access/issuer.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <thread>
#include <unistd.h>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;
using test::Issuer;

namespace {

/// The sample city with keys, an issuer, and its log in a file.
struct GuardedCity {
    test::SampleCity city;
    std::filesystem::path log = city.folder / "log";
    std::string desk = make_key("shelter desk", "layers:write:shelters,layers:publish:shelters");
    std::string gis = make_key("gis", "layers:write,layers:publish");
    int log_descriptor = open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    test::LiveServer server{city.database, {"--config", settings().string(), "--log-level", "info"}, log_descriptor};
    HttpClient client{server.address()};

    ~GuardedCity() { close(log_descriptor); }
    GuardedCity() = default;
    GuardedCity(const GuardedCity &) = delete;
    GuardedCity &operator=(const GuardedCity &) = delete;

    std::string make_key(const std::string &name, const std::string &scopes) {
        const auto made = test::run_keyaki({"key", "create", "--name", name, "--scopes", scopes, "--json", "--database", city.database.string()});
        REQUIRE(made.status == 0);
        return json::parse(made.out).at("key").get<std::string>();
    }
    std::filesystem::path settings() {
        const std::string keys = city.folder.write("jwks.json", Issuer::shared().key_set()).string();
        return city.folder.write("keyaki.toml",
                                 std::string("oidc_issuer = \"") + Issuer::name + "\"\noidc_audience = \"keyaki\"\noidc_jwks = \"" + keys + "\"\n");
    }
    /// From another client each time, so that what fails here is held against nobody there.
    HttpAnswer ask(const std::string &path, const std::string &credential, const std::string &from = "") {
        static int clients = 0;
        const std::string address = from.empty() ? "198.51.100." + std::to_string(++clients % 250) : from;
        HttpClient::Headers headers{"X-Forwarded-For: " + address};
        if (!credential.empty()) {
            headers.push_back("Authorization: Bearer " + credential);
        }
        return client.get(path, headers);
    }
    HttpAnswer publish(const std::string &layer, const std::string &credential) {
        return client.post("/collections/" + layer + "/revisions", R"({"from":"draft","message":"from the desk"})",
                           {"Authorization: Bearer " + credential, "Content-Type: application/json"});
    }
    [[nodiscard]] std::string said() const {
        std::ifstream file(log);
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

/// The same for all tests that leave it as it is: starting one takes a while.
GuardedCity &shared_city() {
    static GuardedCity guarded;
    return guarded;
}

json claims_with(const std::string &claim, const json &value) {
    json claims = Issuer::claims(server::now_us());
    claims[claim] = value;
    return claims;
}

std::string token_with(const std::string &claim, const json &value) { return Issuer::shared().token(claims_with(claim, value)); }

double refusals(GuardedCity &guarded, const std::string &reason) {
    const std::string text = guarded.client.get("/metrics").body;
    const std::string name = "keyaki_access_refusals_total{reason=\"" + reason + "\"} ";
    const std::size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    return std::strtod(text.c_str() + at + name.size(), nullptr);
}

} // namespace

TEST_CASE("keys and tokens for one layer open that layer and no other, whichever way one asks") {
    GuardedCity &guarded = shared_city();
    const std::string yamada = Issuer::shared().token(Issuer::claims(server::now_us())); // layers:write:shelters
    const std::string everything = token_with("scope", "layers:write layers:publish");
    const std::string nothing = token_with("scope", "openid email");
    struct Row {
        std::string path;
        int nobody, check_ins, desk, gis, yamada, everything, nothing;
    };
    for (const Row &row : std::vector<Row>{
             {"/collections/shelters/draft", 401, 403, 200, 200, 200, 200, 403},
             {"/collections/shelters/draft/changes", 401, 403, 200, 200, 200, 200, 403},
             {"/collections/shelters/revisions", 401, 403, 200, 200, 200, 200, 403},
             {"/collections/spots/draft", 401, 403, 403, 200, 403, 200, 403},
             {"/collections/spots/revisions", 401, 403, 403, 200, 403, 200, 403},
             {"/collections/no_such_layer/draft", 401, 403, 403, 404, 403, 404, 403}, // says nothing of what is there
             {"/collections/shelters@draft", 401, 403, 200, 200, 200, 200, 403},
             {"/collections/spots@draft", 401, 403, 403, 200, 403, 200, 403},
             {"/collections/spots@draft/items", 401, 403, 403, 200, 403, 200, 403},
             {"/tiles/shelters@draft.json", 401, 403, 200, 200, 200, 200, 403},
             {"/tiles/shelters@draft,spots@draft.json", 401, 403, 403, 200, 403, 200, 403},
             {"/collections/shelters", 200, 200, 200, 200, 200, 200, 200},
             {"/members/m-1/stamps", 401, 200, 403, 403, 403, 403, 403},
         }) {
        CAPTURE(row.path);
        CHECK(guarded.ask(row.path, "").status == row.nobody);
        CHECK(guarded.ask(row.path, guarded.city.key).status == row.check_ins);
        CHECK(guarded.ask(row.path, guarded.desk).status == row.desk);
        CHECK(guarded.ask(row.path, guarded.gis).status == row.gis);
        CHECK(guarded.ask(row.path, yamada).status == row.yamada);
        CHECK(guarded.ask(row.path, everything).status == row.everything);
        CHECK(guarded.ask(row.path, nothing).status == row.nothing);
    }
}

TEST_CASE("a list of drafts holds for everybody the layers that are his") {
    GuardedCity &guarded = shared_city();
    for (const std::string layer : {"farm_stands", "rivers"}) {
        std::ifstream file(test::project_file("data/samples/kiyose/" + layer + ".geojson"));
        json features = json::parse(file);
        features["features"][0]["properties"]["name"] = "見本 " + layer;
        const auto changed = guarded.city.folder.write(layer + ".geojson", features.dump());
        REQUIRE(test::run_keyaki({"import", "layer", layer, changed.string(), "--database", guarded.city.database.string()}).status == 0);
    }
    const auto drafts = [&](const std::string &credential) {
        std::vector<std::string> layers;
        const json answer = json::parse(guarded.ask("/drafts", credential).body);
        for (const json &draft : answer["drafts"]) {
            layers.push_back(draft["layer"].get<std::string>());
        }
        return layers;
    };
    CHECK(drafts(token_with("scope", "layers:write:rivers")) == std::vector<std::string>{"rivers"});
    CHECK(drafts(token_with("scope", "layers:publish:shops")).empty());
    CHECK(drafts(guarded.gis) == std::vector<std::string>{"farm_stands", "rivers"});
    CHECK(guarded.ask("/drafts", "").status == 401);
    CHECK(guarded.ask("/drafts", guarded.city.key).status == 403);
}

TEST_CASE("what is published carries who did it: the key's name and id, or the token's issuer, subject and name") {
    GuardedCity &guarded = shared_city();
    const auto import = [&](const std::string &layer, const std::string &name) {
        std::ifstream file(test::project_file("data/samples/kiyose/" + layer + ".geojson"));
        json features = json::parse(file);
        features["features"][0]["properties"]["name"] = name;
        const auto changed = guarded.city.folder.write("changed.geojson", features.dump());
        REQUIRE(test::run_keyaki({"import", "layer", layer, changed.string(), "--database", guarded.city.database.string()}).status == 0);
    };
    const auto newest = [&](const std::string &layer) {
        return json::parse(guarded.ask("/collections/" + layer + "/revisions", guarded.gis).body)["revisions"][0];
    };
    import("shelters", "見本 一");
    const std::string writes_only = Issuer::shared().token(Issuer::claims(server::now_us()));
    CHECK(guarded.publish("shelters", writes_only).status == 403);
    CHECK(guarded.publish("spots", guarded.desk).status == 403);
    CHECK(guarded.publish("shelters", guarded.desk).status == 201);
    const std::string author = newest("shelters").at("author").get<std::string>();
    CHECK(author.rfind("shelter desk (key 0", 0) == 0);
    CHECK(author.find("keyaki_") == std::string::npos);
    import("shelters", "見本 二");
    CHECK(guarded.publish("shelters", token_with("scope", "layers:publish:shelters")).status == 201);
    CHECK(newest("shelters").at("author") == "yamada (sso.example.jp/realms/city#7f3a0c1e)");
}

TEST_CASE("forged, stale and misdirected tokens are all answered alike, and none reaches the log") {
    GuardedCity guarded;
    const Issuer &issuer = Issuer::shared();
    const std::string claims = Issuer::claims(server::now_us()).dump();
    const std::string body = json::parse(guarded.ask("/collections/shelters/draft", "keyaki_wrong").body)["detail"].get<std::string>();
    const std::string good = issuer.token(Issuer::claims(server::now_us()));
    for (const auto &[reason, token] : std::vector<std::pair<std::string, std::string>>{
             {"token_algorithm", test::base64url(R"({"alg":"none"})") + "." + test::base64url(claims) + "."},
             {"token_algorithm", test::hs256_token(issuer.rsa.pem(), R"({"alg":"HS256","kid":"rsa"})", claims)},
             {"token_signature", test::signed_token(test::SigningKey(test::SigningKey::Kind::p256), R"({"alg":"ES256","kid":"p256"})", claims)},
             {"token_key", test::signed_token(issuer.rsa, R"({"alg":"RS256","kid":"unheard-of"})", claims)},
             {"token_critical", test::signed_token(issuer.rsa, R"({"alg":"RS256","kid":"rsa","crit":["x"]})", claims)},
             {"token_expired", token_with("exp", 1'700'000'000)},
             {"token_not_yet", token_with("nbf", 4'000'000'000)},
             {"token_audience", token_with("aud", {"account", "qgis"})},
             {"token_issuer", token_with("iss", "https://evil.example.jp/realms/city")},
             {"token_type", token_with("typ", "ID")},
             {"token_malformed", good.substr(0, good.find('.') + 9)}, // in the middle of its claims, however long they are
             {"token_malformed", "...."},
         }) {
        CAPTURE(reason);
        const double before = refusals(guarded, reason);
        const HttpAnswer answer = guarded.ask("/collections/shelters/draft", token);
        CHECK(answer.status == 401);
        CHECK(json::parse(answer.body)["detail"] == body);
        CHECK(answer.header("www-authenticate") == "Bearer realm=\"keyaki\", error=\"invalid_token\"");
        CHECK(refusals(guarded, reason) == before + 1);
    }
    // Larger than any token may be, and larger than any head may be.
    CHECK(guarded.ask("/collections/shelters/draft", std::string(9'000, 'a') + ".b.c").status == 401);
    CHECK(guarded.ask("/collections/shelters/draft", std::string(20'000, 'a') + ".b.c").status == 431);
    CHECK(guarded.server.terminate() == 0);
    const std::string said = guarded.said();
    CHECK(said.find("refused for token_expired, from 198.51.100.") != std::string::npos);
    for (const std::string &secret :
         {good.substr(good.rfind('.') + 1), test::base64url(claims), guarded.gis, std::string("keyaki_wrong"), std::string("7f3a0c1e")}) {
        CHECK(said.find(secret) == std::string::npos);
    }
}

TEST_CASE("a key revoked at the command line is refused from the next request on") {
    GuardedCity &guarded = shared_city();
    const std::string old_key = guarded.make_key("last year's desk", "layers:write:shelters");
    const double revoked = refusals(guarded, "revoked_key");
    REQUIRE(guarded.ask("/collections/shelters/draft", old_key).status == 200);
    const std::string database = guarded.city.database.string();
    const json keys = json::parse(test::run_keyaki({"key", "list", "--json", "--database", database}).out);
    for (const json &key : keys) {
        if (key["name"] == "last year's desk") {
            REQUIRE(test::run_keyaki({"key", "revoke", key["id"].get<std::string>(), "--database", database}).status == 0);
        }
    }
    CHECK(guarded.ask("/collections/shelters/draft", old_key).status == 401);
    CHECK(refusals(guarded, "revoked_key") == revoked + 1);
}

TEST_CASE("failed attempts of one client are turned away while the others go on, also those that come at the same moment") {
    GuardedCity &guarded = shared_city();
    const std::string path = "/collections/shelters/draft";
    std::vector<std::thread> guessers;
    for (int thread = 0; thread < 4; ++thread) {
        guessers.emplace_back([&] {
            HttpClient client(guarded.server.address());
            for (int tried = 0; tried < 50; ++tried) {
                client.get(path, {"X-Forwarded-For: 203.0.113.66", "Authorization: Bearer " + server::make_api_secret()});
            }
        });
    }
    for (std::thread &guesser : guessers) {
        guesser.join();
    }
    CHECK(refusals(guarded, "too_many_attempts") >= 200 - 60); // 30 at once, and a few more as time goes on
    const HttpAnswer refused = guarded.ask(path, guarded.gis, "203.0.113.66");
    REQUIRE(refused.status == 429);
    CHECK(!refused.header("retry-after").empty());
    CHECK(refused.header("ratelimit").rfind("\"failed-attempts\";r=0;t=", 0) == 0);
    CHECK(json::parse(refused.body)["type"] == "/problems/too-many-failed-attempts");
    CHECK(guarded.ask(path, guarded.gis, "203.0.113.67").status == 200);
    CHECK(guarded.ask("/collections/shelters", "", "203.0.113.66").status == 200); // the map is everybody's
    CHECK(guarded.said().find("30 failed attempts in a row from 203.0.113.66") != std::string::npos);
}

TEST_CASE("the help of key create names every scope that there is") {
    const std::string help = test::run_keyaki({"key", "create", "--help"}).out;
    for (const std::string_view scope : server::access::scope_names) {
        CAPTURE(scope);
        CHECK(help.find(scope) != std::string::npos);
    }
}

TEST_CASE("the command line refuses a scope that there is not, and says which was meant") {
    const test::SampleCity city;
    const auto made =
        test::run_keyaki({"key", "create", "--name", "x", "--scopes", "checkins:write,layers:wirte:shelters", "--database", city.database.string()});
    CHECK(made.status != 0);
    CAPTURE(made.error);
    CHECK(made.error.find("there is no scope \"layers:wirte:shelters\"; did you mean \"layers:write:shelters\"?") != std::string::npos);
    CHECK(test::run_keyaki({"key", "create", "--name", "x", "--scopes", "layers:write:no_layer_yet", "--database", city.database.string()}).status ==
          0);
}

TEST_CASE("a server whose settings name no usable keys of the issuer does not start, and says why") {
    const test::SampleCity city;
    const auto start = [&](const std::string &lines) {
        const auto file = city.folder.write("keyaki.toml", std::string("oidc_issuer = \"") + Issuer::name + "\"\n" + lines);
        return test::run_keyaki({"serve", "--config", file.string(), "--database", city.database.string(), "--listen", "127.0.0.1:0"});
    };
    const auto absent = start("oidc_audience = \"keyaki\"\noidc_jwks = \"/no/such/jwks.json\"\n");
    CHECK(absent.status != 0);
    CHECK(absent.error.find("/no/such/jwks.json") != std::string::npos);
    const auto without_audience = start("oidc_jwks = \"/no/such/jwks.json\"\n");
    CHECK(without_audience.status != 0);
    CHECK(without_audience.error.find("oidc_audience") != std::string::npos);
}
