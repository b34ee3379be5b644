// Deadlines, full queues and the end of a server.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace http = keyaki::server::http;

http::ServerOptions short_deadlines() {
    http::ServerOptions options;
    options.head_deadline = 150ms;
    options.body_deadline = 200ms;
    options.write_deadline = 200ms;
    options.idle_deadline = 250ms;
    options.linger_deadline = 100ms;
    return options;
}

} // namespace

TEST_CASE("a silent client is let go without an answer") {
    TestServer server(short_deadlines());
    RawClient client(server.port());
    CHECK(client.receive_to_end(5s) == "");
}

TEST_CASE("an idle connection ends after its deadline, and an active one does not") {
    TestServer server(short_deadlines());
    RawClient idle(server.port());
    RawClient active(server.port());
    REQUIRE(idle.ask(get("/hello")));
    const auto begin = Clock::now();
    while (Clock::now() - begin < 600ms) {
        REQUIRE(active.ask(get("/hello")));
    }
    CHECK(idle.is_closed_within(0ms));
    CHECK(server->statistics().deadlines_missed == 0);
}

TEST_CASE("half a head and half a body draw 408, dripping or not") {
    TestServer server(short_deadlines());
    const std::string begun = GENERATE("GET /hello HTTP/1.1\r\nHo", "GET /hel", "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello",
                                       "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhel");
    const bool dripping = GENERATE(false, true);
    RawClient client(server.port());
    client.send(begun);
    const auto begin = Clock::now();
    while (dripping && Clock::now() - begin < 150ms) {
        client.send("a");
        CHECK(client.receive_some(1, 10ms).size() <= 1);
    }
    const auto answer = client.receive_to_end(5s);
    REQUIRE(answer);
    CHECK(Clock::now() - begin < 3s);
    CHECK(server->statistics().deadlines_missed == 1);
    if (!dripping) {
        CHECK_THAT(*answer, Catch::StartsWith("HTTP/1.1 408 ") && Catch::Contains("Connection: close"));
    }
}

TEST_CASE("a client that does not read its answer is cut, others are served meanwhile") {
    TestServer server(short_deadlines());
    RawClient slow(server.port(), 4096);
    slow.send(get("/bytes/20000000"));
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.requests == 1; }));
    RawClient other(server.port());
    CHECK(other.ask(get("/hello"))->body == "hello");
    CHECK(server.eventually([](const auto &numbers) { return numbers.deadlines_missed == 1; }));
    CHECK(server.eventually([](const auto &numbers) { return numbers.connections_open <= 1; }));
}

TEST_CASE("a slow reader who does read gets everything, however long it takes") {
    auto options = short_deadlines();
    options.write_deadline = 1s; // what a reader of a busy machine may be kept from reading at all
    TestServer server(options);
    RawClient reader(server.port(), 65536);
    reader.send(get("/bytes/8000000"));
    std::size_t received = 0;
    const auto begin = Clock::now();
    while (received < 8000000) {
        const auto some = reader.receive_some(200000, 5s);
        if (some.empty()) {
            break;
        }
        received += some.size();
        std::this_thread::sleep_for(60ms); // what makes the reader slow
    }
    CHECK(received >= 8000000);
    CHECK(Clock::now() - begin > 2s); // twice the write deadline
}

TEST_CASE("a full queue answers 503 with Retry-After, and check-ins pass where tiles do not") {
    http::ServerOptions options;
    options.pool_threads = 2;
    options.sheddable_queue = 3;
    options.essential_queue = 5;
    TestServer server(options);
    std::vector<RawClient> waiting;
    waiting.emplace_back(server.port());
    waiting.back().send(get("/gate/0"));
    REQUIRE(server.gate().wait_for_arrivals(1)); // one thread is held; the other one is not for tiles
    int shed = 0;
    for (int count = 1; count <= 3; ++count) {
        waiting.emplace_back(server.port());
        waiting.back().send(get("/gate/" + std::to_string(count)));
        REQUIRE(server.eventually([&](const auto &numbers) { return numbers.in_flight == static_cast<std::uint64_t>(count) + 1; }));
    }
    RawClient tile(server.port());
    for (int count = 0; count < 5; ++count) {
        const auto response = tile.ask(get("/pool/9"));
        REQUIRE(response);
        REQUIRE(response->status == 503);
        CHECK(response->header("Retry-After") == "1");
        CHECK(response->header("Content-Type") == "application/problem+json");
        ++shed;
    }
    RawClient member(server.port());
    for (int count = 0; count < 50; ++count) {
        const auto response = member.ask(post("/essential", "{}"));
        REQUIRE(response);
        REQUIRE(response->status == 201);
    }
    CHECK(member.ask(get("/hello"))->body == "hello"); // inline work needs no pool
    CHECK(server->statistics().shed_sheddable == static_cast<std::uint64_t>(shed));
    CHECK(server->statistics().shed_essential == 0);
    server.gate().open();
    for (std::size_t at = 0; at < waiting.size(); ++at) {
        CHECK(waiting[at].receive()->body == std::to_string(at));
    }
    CHECK(tile.ask(get("/pool/9"))->body == "9");
}

TEST_CASE("under more tiles than it can draw a server turns away others first, shelters only when their own queue is full, and check-ins never") {
    http::ServerOptions options;
    options.pool_threads = 3;
    options.sheddable_queue = 4;
    options.essential_queue = 4;
    TestServer server(options, [&](http::Router &router) {
        router.add(http::Method::get, "/tiles/{layers}/{n}",
                   [&](const http::Request &request) {
                       server.gate().wait();
                       return http::text(200, std::string(request.params.at("n")));
                   },
                   {.name = "tile", .shed_priority_of = [](const http::Request &request) {
                        return request.params.at("layers") == "shelters" ? http::ShedPriority::shelters : http::ShedPriority::sheddable;
                    }});
    });
    std::uint64_t asked = 0;
    std::vector<RawClient> waiting;
    const auto ask = [&](const std::string &path) {
        waiting.emplace_back(server.port());
        waiting.back().send(get(path));
        ++asked;
        REQUIRE(server.eventually([&](const auto &numbers) { return numbers.in_flight == asked; }));
    };
    ask("/tiles/base/0");
    REQUIRE(server.gate().wait_for_arrivals(1)); // the one thread that draws other tiles is held
    for (int count = 1; count <= 4; ++count) {
        ask("/tiles/base/" + std::to_string(count));
    }
    RawClient client(server.port());
    for (int count = 0; count < 20; ++count) {
        REQUIRE(client.ask(get("/tiles/base/9"))->status == 503);
    }
    CHECK(server->statistics().shed_sheddable == 20);
    CHECK(server->statistics().shed_shelters == 0);
    // While every other tile is turned away those of the shelters are taken: one by the thread that is theirs, then as many as may wait.
    ask("/tiles/shelters/5");
    REQUIRE(server.gate().wait_for_arrivals(2));
    for (int count = 6; count <= 9; ++count) {
        ask("/tiles/shelters/" + std::to_string(count));
    }
    CHECK(server->statistics().shed_shelters == 0);
    CHECK(server->statistics().shelters_queue_length == 4);
    for (int count = 0; count < 3; ++count) {
        REQUIRE(client.ask(get("/tiles/shelters/9"))->status == 503);
    }
    CHECK(server->statistics().shed_shelters == 3);
    for (int count = 0; count < 20; ++count) {
        REQUIRE(client.ask(post("/essential", "{}"))->status == 201);
    }
    CHECK(server->statistics().shed_essential == 0);
    server.gate().open();
    for (std::size_t at = 0; at < waiting.size(); ++at) {
        CHECK(waiting[at].receive()->body == std::to_string(at));
    }
    CHECK(client.ask(get("/tiles/base/9"))->body == "9");
}

TEST_CASE("an answer that lies ready needs no thread of the pool, any other one does") {
    http::ServerOptions options;
    options.pool_threads = 2;
    options.sheddable_queue = 1;
    TestServer server(options, [](http::Router &router) {
        const auto slow = [](const http::Request &request) { return http::text(200, "made " + std::string(request.params.at("id"))); };
        const auto ready = [](const http::Request &request) -> std::optional<http::Response> {
            if (request.params.at("id") == "throw") {
                throw std::runtime_error("not ready at all");
            }
            return request.params.at("id") == "7" ? std::optional(http::text(200, "ready 7").with_etag("\"7\"")) : std::nullopt;
        };
        router.add(http::Method::get, "/tile/{id}", slow, {.name = "tile", .ready = ready});
    });
    RawClient client(server.port());
    CHECK(client.ask(get("/tile/8"))->body == "made 8");
    CHECK(client.ask(get("/tile/throw"))->body == "made throw");
    std::vector<RawClient> waiting;
    for (int count = 0; count < 2; ++count) { // one held, one queued: the pool is full
        waiting.emplace_back(server.port());
        waiting.back().send(get("/gate/1"));
        REQUIRE(server.eventually([&](const auto &numbers) { return numbers.in_flight == static_cast<std::uint64_t>(count) + 1; }));
        REQUIRE(server.gate().wait_for_arrivals(1));
    }
    CHECK(client.ask(get("/tile/8"))->status == 503);
    const auto whole = client.ask(get("/tile/7"));
    REQUIRE(whole);
    CHECK(whole->body == "ready 7");
    CHECK(whole->header("X-Content-Type-Options") == "nosniff");
    CHECK(client.ask(get("/tile/7", "If-None-Match: \"7\"\r\n"))->status == 304);
    CHECK(client.ask("HEAD /tile/7 HTTP/1.1\r\nHost: a\r\n\r\n", true)->header("Content-Length") == "7");
}

TEST_CASE("a body that is still arriving when the server stops is taken and answered") {
    TestServer server;
    RawClient client(server.port());
    RawClient idle(server.port());
    REQUIRE(idle.ask(get("/hello")));
    client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 5; }));
    std::thread stopping([&] { server->drain_and_stop(20s); });
    CHECK(idle.is_closed_within(5s));
    CHECK_THROWS(RawClient(server.port())); // nobody new
    const auto response = client.ask("world");
    REQUIRE(response);
    CHECK(response->body == "10");
    CHECK(response->header("Connection") == "close");
    client.close();
    stopping.join();
}

TEST_CASE("a server's patience ends, and what is open then is cut") {
    TestServer server;
    RawClient client(server.port());
    client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 5; }));
    const auto begin = Clock::now();
    server->drain_and_stop(100ms);
    CHECK(Clock::now() - begin < 2s);
    CHECK(client.receive_to_end() == "");
    server->drain_and_stop(100ms); // again is nothing
}

TEST_CASE("servers that start, serve and stop leave no descriptor behind") {
    const auto open_descriptors = [] {
        int count = 0;
        for (int number = 0; number < 1024; ++number) {
            count += RawClient::is_open_descriptor(number) ? 1 : 0;
        }
        return count;
    };
    { const TestServer warm_up; }
    const int at_first = open_descriptors();
    { const TestServer undisturbed; }
    const int before = open_descriptors();
    const int kept_by_pistache = before - at_first; // its own event descriptors: 0.0.5 does not close them, and a program has one server
    for (int round = 0; round < 20; ++round) {
        TestServer server;
        std::vector<RawClient> left_open;
        for (int count = 0; count < 20; ++count) {
            RawClient client(server.port());
            REQUIRE(client.ask(get("/pool/1") + get("/hello")));
            if (count % 2 == 0) {
                left_open.push_back(std::move(client));
            }
        }
        server->drain_and_stop(5s);
        left_open.clear();
    }
    CHECK(open_descriptors() == before + 20 * kept_by_pistache);
}
