// keyaki behind nginx and Caddy, with the very files that operators are given.
#include "server/identifiers.hpp"
#include "tests/flows/sample_city.hpp"
#include "tests/http/test_server.hpp"
#include "tests/operations/proxy.hpp"
#include "tests/support/metrics_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

using namespace keyaki;
using nlohmann::json;
namespace http = server::http;
using test::HttpAnswer;
using test::HttpClient;
using test::Proxy;

namespace {

const std::string tile_path = "/tiles/shelters/13/7270/3222.mvt";
const std::string public_url = std::string("https://") + Proxy::name();

/// The proxies that are installed. nginx-light is among the packages of the tests; Caddy is tried where somebody has it.
std::vector<Proxy::Kind> installed() {
    std::vector<Proxy::Kind> kinds;
    for (const auto &[kind, package] : {std::pair{Proxy::Kind::nginx, "nginx-light"}, {Proxy::Kind::caddy, "caddy"}}) {
        if (Proxy::program(kind).empty()) {
            WARN(package << " is not installed: its file is not tried");
        } else {
            kinds.push_back(kind);
        }
    }
    return kinds;
}

/// What Caddy asks before it sends anybody there.
void add_health(http::Router &router) {
    router.add(http::Method::get, "/healthz", [](const http::Request &) { return http::text(200, "ok\n"); }, {.work = http::Work::inline_});
}

const char *name_of(Proxy::Kind kind) { return kind == Proxy::Kind::nginx ? "nginx" : "Caddy"; }

std::vector<std::string> serving_words(std::uint16_t port) {
    return {"--log-level", "warn", "--listen", "127.0.0.1:" + std::to_string(port), "--public-url", public_url};
}

/// keyaki at the first of the proxy's two addresses; nobody is at the second.
struct Behind {
    test::SampleCity city;
    std::uint16_t port = test::free_port();
    test::LiveServer server{city.database, serving_words(port)};
    Proxy proxy;
    std::unique_ptr<HttpClient> client;
    explicit Behind(Proxy::Kind kind) : proxy(kind, port, test::free_port()), client(proxy.client(city.key)) {}
};

HttpAnswer check_in(HttpClient &client, const std::string &key, const std::string &body) {
    return client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: " + key});
}

void check_tiles(HttpClient &client) {
    const HttpAnswer tile = client.get(tile_path, {"Accept-Encoding: gzip"});
    REQUIRE(tile.status == 200);
    CHECK(tile.header("content-encoding") == "gzip");
    CHECK(tile.header("content-type") == "application/vnd.mapbox-vector-tile");
    CHECK(tile.header("keyaki-revision") == "shelters=1");
    CHECK(tile.header("vary").find("Accept-Encoding") != std::string_view::npos);
    CHECK(tile.body.substr(0, 2) == "\x1f\x8b");
    const std::string tag(tile.header("etag"));
    CHECK(tag.substr(0, 1) == "\""); // strong: nobody repacked it on the way
    const HttpAnswer unchanged = client.get(tile_path, {"Accept-Encoding: gzip", "If-None-Match: " + tag});
    CHECK(unchanged.status == 304);
    CHECK(unchanged.header("etag") == tag);
    CHECK(unchanged.body.empty());
    const HttpAnswer plain = client.get(tile_path, {"Accept-Encoding: identity"});
    CHECK(plain.header("content-encoding").empty());
    CHECK(plain.header("etag") != tag);
    const HttpAnswer head = client.head(tile_path, {"Accept-Encoding: gzip"});
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == std::to_string(tile.body.size()));
    CHECK(head.header("etag") == tag);
    CHECK(client.get("/tiles/shelters/14/14540/6444.mvt").status == 204);
}

void check_links_and_ids(HttpClient &client) {
    const HttpAnswer tilejson =
        client.get("/tiles/shelters.json", {"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "Forwarded: host=evil.example;proto=http"});
    REQUIRE(tilejson.status == 200);
    CHECK(json::parse(tilejson.body)["tiles"][0].get<std::string>().rfind(public_url + "/tiles/shelters@1/", 0) == 0);
    CHECK(tilejson.body.find("evil") == std::string::npos);
    CHECK(client.get("/healthz", {"X-Request-Id: id-from-the-app.1"}).header("x-request-id") == "id-from-the-app.1");
    const std::string given(client.get("/healthz").header("x-request-id"));
    CHECK(given.size() >= 32); // the proxy's own, longer than those that keyaki makes
    CHECK(client.get("/healthz").header("x-request-id") != given);
    const HttpAnswer missing = client.get("/nothing", {"X-Request-Id: id-of-a-problem"});
    CHECK(json::parse(missing.body)["instance"] == "urn:keyaki:request:id-of-a-problem");
    CHECK(client.get("/metrics").status == 404);
    CHECK(client.get("/metrics").body.find("keyaki_") == std::string::npos);
}

void check_uploads(HttpClient &client) {
    CHECK(check_in(client, "k1", test::check_in_body("m-1")).status == 201);
    const HttpAnswer again = check_in(client, "k2", std::string(17 * 1024, ' '));
    CHECK(again.status == 413);
    CHECK(again.header("content-type") == "application/problem+json");          // keyaki's words, not the proxy's page
    CHECK(check_in(client, "k2", std::string(65UL << 20U, ' ')).status == 413); // whichever of the two says it first
    CHECK(check_in(client, "k3", test::check_in_body("m-2")).status == 201);    // the next one is answered as if nothing had been
}

/// A file larger than the bound of other requests comes through where staff bring files.
void check_large_file(HttpClient &staff) {
    const std::string point = R"({"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Point","coordinates":[139.52,35.78]}})";
    const std::string file = R"({"type":"FeatureCollection",)" + std::string(65UL << 20U, ' ') + R"("features":[)" + point + "]}";
    const HttpAnswer answer = staff.post("/collections/shelters/imports?dry-run=true", file, {"Content-Type: application/geo+json"});
    CAPTURE(answer.body);
    CHECK((answer.status == 200 || answer.status == 202)); // 202 on a machine that is busy
}

/// Asks for tiles and checks in through the proxy until it is told to stop.
struct Crowd {
    std::atomic<bool> is_over{false};
    std::atomic<int> tiles{0};
    std::atomic<int> check_ins{0};
    std::atomic<int> repeated{0};
    std::mutex mutex;
    std::map<std::string, int> failures; ///< by what went wrong
    std::vector<std::thread> threads;

    void fail(const std::string &what) {
        const std::lock_guard lock(mutex);
        ++failures[what];
    }
    void ask_for_tiles(const Proxy &proxy) {
        const auto client = proxy.client();
        while (!is_over) {
            const HttpAnswer answer = client->get(tile_path, {"Accept-Encoding: gzip"});
            answer.status == 200 && answer.header("keyaki-revision") == "shelters=1" ? void(++tiles) : fail("tile " + std::to_string(answer.status));
        }
    }
    /// `repeats`: as the app does, with the same key and body after a 502 or 503.
    void keep_checking_in(const Proxy &proxy, const std::string &key, int person, bool repeats) {
        const auto client = proxy.client(key);
        for (int number = 0; !is_over; ++number) {
            const std::string name = std::to_string(person) + "-" + std::to_string(number);
            const std::string body = test::check_in_body("m-" + name);
            HttpAnswer answer = check_in(*client, name, body);
            while (repeats && (answer.status == 502 || answer.status == 503)) {
                ++repeated;
                answer = check_in(*client, name, body);
            }
            answer.status == 201 ? void(++check_ins) : fail("check-in " + std::to_string(answer.status) + " " + answer.body);
        }
    }
    /// Until so many more of both have been answered; false after thirty seconds.
    [[nodiscard]] bool goes_on(int more) {
        const int tiles_before = tiles;
        const int check_ins_before = check_ins;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (tiles < tiles_before + more || check_ins < check_ins_before + more) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }
    void end() {
        is_over = true;
        for (std::thread &thread : threads) {
            thread.join();
        }
        threads.clear();
    }
};

void upgrade_under_load(Proxy::Kind kind) {
    const test::SampleCity city;
    const std::uint16_t first_port = test::free_port();
    const std::uint16_t second_port = test::free_port();
    auto first = std::make_unique<test::LiveServer>(city.database, serving_words(first_port));
    const Proxy proxy(kind, first_port, second_port);
    Crowd crowd;
    for (int person = 0; person < 3; ++person) {
        crowd.threads.emplace_back([&] { crowd.ask_for_tiles(proxy); });
        crowd.threads.emplace_back([&, person] { crowd.keep_checking_in(proxy, city.key, person, kind == Proxy::Kind::caddy); });
    }
    CHECK(crowd.goes_on(20));
    test::LiveServer second(city.database, serving_words(second_port)); // the new version comes up beside the old
    CHECK(first->terminate() == 0);
    CHECK(crowd.goes_on(20));
    first = std::make_unique<test::LiveServer>(city.database, serving_words(first_port)); // and takes the old one's place
    CHECK(crowd.goes_on(20));
    CHECK(second.terminate() == 0);
    CHECK(crowd.goes_on(20));
    crowd.end();
    for (const auto &[what, times] : crowd.failures) {
        FAIL_CHECK(times << " times: " << what);
    }
    HttpClient direct("http://127.0.0.1:" + std::to_string(first_port), city.key);
    const json books = json::parse(direct.get("/ledger/accounts/budget:always").body);
    CHECK(books["available"] == 100'000'000 - 10 * crowd.check_ins); // each counted once, whoever answered it and how often it was sent
    const test::CommandResult verified = test::run_keyaki({"ledger", "verify", "--database", city.database.string()});
    CAPTURE(verified.out, verified.error);
    CHECK(verified.status == 0);
}

} // namespace

TEST_CASE("through the proxy tiles keep their gzip, tags and 304, links their address, requests their ids, and uploads their limits") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        const Behind behind(kind);
        check_tiles(*behind.client);
        check_links_and_ids(*behind.client);
        check_uploads(*behind.client);
        const auto made =
            test::run_keyaki({"key", "create", "--name", "desk", "--scopes", "layers:write", "--json", "--database", behind.city.database.string()});
        check_large_file(*behind.proxy.client(json::parse(made.out)["key"].get<std::string>()));
        HttpClient plain("http://127.0.0.1:" + std::to_string(behind.proxy.plain_port()));
        const HttpAnswer redirect = plain.get("/collections?f=json", {std::string("Host: ") + Proxy::name()});
        CHECK(redirect.status == 308);
        CHECK(redirect.header("location").rfind(public_url, 0) == 0);
        CHECK(redirect.header("location").ends_with("/collections?f=json"));
    }
}

TEST_CASE("failed attempts count against who connects to the proxy, whatever he sends as X-Forwarded-For") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        const Behind behind(kind);
        const auto guesser = behind.proxy.client();
        int refused = 0;
        for (int tried = 0; tried < 60; ++tried) {
            const HttpAnswer answer = guesser->get(
                "/members/m-1/stamps", {"X-Forwarded-For: 203.0.113." + std::to_string(tried), "Authorization: Bearer " + server::make_api_secret()});
            refused += answer.status == 429 ? 1 : 0;
        }
        CHECK(refused > 0);
        CHECK(behind.proxy.client()->get(tile_path).status == 200);
    }
}

TEST_CASE("the proxy keeps its connections to keyaki open") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        const Behind behind(kind);
        for (int phone = 0; phone < 20; ++phone) {
            const auto client = behind.proxy.client();
            for (int request = 0; request < 5; ++request) {
                CHECK(client->get(tile_path).status == 200);
            }
        }
        HttpClient direct(behind.server.address());
        const auto metrics = test::parse_metrics(direct.get("/metrics").body);
        CHECK(test::metric(metrics, "keyaki_http_requests_total", {{"route", "tile"}}) == 100);
        CHECK(test::metric(metrics, "keyaki_http_connections_accepted_total") <= 10);
    }
}

TEST_CASE("a 503 comes through the proxy with its Retry-After, and is not asked for again") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        http::ServerOptions full;
        full.sheddable_queue = 0; // as if it were full
        test::TestServer busy(full, add_health);
        const Proxy proxy(kind, busy.port(), test::free_port());
        const auto shed_before = busy->statistics().shed_sheddable;
        const HttpAnswer answer = proxy.client()->get("/pool/a");
        CHECK(answer.status == 503);
        CHECK(answer.header("retry-after") == "1");
        CHECK(answer.header("content-type") == "application/problem+json");
        CHECK(json::parse(answer.body)["instance"] == "urn:keyaki:request:" + std::string(answer.header("x-request-id")));
        CHECK(busy->statistics().shed_sheddable == shed_before + 1);
    }
}

TEST_CASE("slow phones hold up nobody: others are answered meanwhile, and behind nginx keyaki has long finished with the slow ones") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        std::atomic<int> asked{0};
        const auto body = std::make_shared<const std::string>(6'000'000, 'x');
        test::TestServer large({}, [&](http::Router &router) {
            add_health(router);
            router.add(http::Method::get, "/large", [&](const http::Request &) {
                ++asked;
                return http::bytes(body, "application/octet-stream");
            });
        });
        const Proxy proxy(kind, large.port(), test::free_port());
        constexpr int phones = 12; // three times as many as threads of the pool
        std::atomic<int> finished{0};
        std::vector<std::thread> threads;
        for (int phone = 0; phone < phones; ++phone) {
            threads.emplace_back([&] {
                const HttpAnswer answer = proxy.client()->get_slowly("/large", 2'000'000);
                finished += answer.status == 200 && answer.body.size() == 6'000'000 ? 1 : 100;
            });
        }
        CHECK(large.eventually([&](const auto &) { return asked == phones; }));
        CHECK(proxy.client()->get("/pool/b").status == 200);
        if (kind == Proxy::Kind::nginx) {
            CHECK(large.eventually([](const auto &numbers) { return numbers.in_flight == 0; }));
            CHECK(finished == 0);
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
        CHECK(finished == phones);
    }
}

TEST_CASE("a new version takes over under load behind nginx, and no tile and no check-in fails or counts twice") {
    if (Proxy::program(Proxy::Kind::nginx).empty()) {
        WARN("nginx-light is not installed: this test is left out");
        return;
    }
    upgrade_under_load(Proxy::Kind::nginx);
}

TEST_CASE("a new version takes over under load behind Caddy: no tile fails, and check-ins that the app repeats count once") {
    if (Proxy::program(Proxy::Kind::caddy).empty()) {
        WARN("caddy is not installed: this test is left out");
        return;
    }
    upgrade_under_load(Proxy::Kind::caddy);
}

TEST_CASE("events come through a proxy when they happen, not when its buffer is full") {
    for (const Proxy::Kind kind : installed()) {
        CAPTURE(name_of(kind));
        const Behind behind(kind);
        const HttpAnswer first = behind.client->get_until("/events", "event: state");
        CHECK(first.status == 200);
        CHECK(first.header("content-type") == "text/event-stream");
        CHECK(first.body.find("\"shelters\":1") != std::string::npos);
    }
}
