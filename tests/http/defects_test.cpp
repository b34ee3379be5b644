// Every defect of Pistache 0.0.5 as an HTTP stack that was proved by experiment, P1 to P17, asked of our server.
// P5, P6, P15, P16 and P17 have their other half in the tests without sockets.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace http = keyaki::server::http;

int answered(TestServer &server, int count) {
    int good = 0;
    for (int at = 0; at < count; ++at) {
        RawClient client(server.port());
        const auto response = client.ask(get("/hello"));
        good += response && response->body == "hello" ? 1 : 0;
    }
    return good;
}

/// Pairs of clients: one asks and goes away just before its answer, another comes in its place and asks for something else.
int wrong_answers(TestServer &server, const std::string &path, int tries, unsigned thread) {
    int wrong = 0;
    for (int at = 0; at < tries; ++at) {
        const auto name = std::to_string(thread) + "-" + std::to_string(at);
        RawClient leaver(server.port());
        leaver.send(get(path + "leaver-" + name));
        if (at % 3 == 0) {
            leaver.reset();
        } else {
            leaver.close();
        }
        RawClient stayer(server.port());
        const auto response = stayer.ask(get(path + "stayer-" + name));
        wrong += !response || response->status != 200 || response->body != "stayer-" + name ? 1 : 0;
    }
    return wrong;
}

} // namespace

TEST_CASE("P1: an answer never reaches another client when the asker disconnects") {
    TestServer server;
    const std::string path = GENERATE("/echo/", "/pool/");
    constexpr int tries = 3000;
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (unsigned thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] { wrong += wrong_answers(server, path, tries, thread); });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(wrong == 0);
    CHECK(server.handled() >= 4 * tries); // the leavers' requests were real work, not dropped ones
}

TEST_CASE("P2: clients that leave while the pool works do not bring the server down") {
    TestServer server;
    for (int round = 0; round < 300; ++round) {
        RawClient client(server.port());
        client.send(get("/gate/" + std::to_string(round)));
        client.reset();
    }
    server.gate().open();
    CHECK(server.eventually([](const auto &numbers) { return numbers.connections_open == 0 && numbers.in_flight == 0; }));
    CHECK(answered(server, 8) == 8);
}

TEST_CASE("P3: a chunk that is split between packets does not hang a thread") {
    TestServer server;
    std::vector<RawClient> clients;
    for (int count = 0; count < 8; ++count) {
        clients.emplace_back(server.port());
        clients.back().send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r");
    }
    CHECK(answered(server, 8) == 8);
    for (auto &client : clients) {
        const auto response = client.ask("\n0\r\n\r\n");
        REQUIRE(response);
        CHECK(response->body == "5");
    }
}

TEST_CASE("P4: clients that do not read hold up nobody and cost no time") {
    TestServer server;
    std::vector<RawClient> slow;
    for (int count = 0; count < 6; ++count) {
        slow.emplace_back(server.port(), 4096);
        slow.back().send(get("/bytes/8000000"));
    }
    CHECK(server.eventually([](const auto &numbers) { return numbers.requests >= 6; }));
    CHECK(answered(server, 8) == 8);
    const double before = processor_seconds();
    CHECK_FALSE(slow.front().receive_some(1, 0ms).empty());
    std::this_thread::sleep_for(300ms); // measures that nothing spins meanwhile; nothing waits for it
    CHECK(processor_seconds() - before < 0.15);
    for (auto &client : slow) {
        CHECK(client.receive_some(9000000, 50ms).size() > 1000); // and they get theirs when they do read
    }
}

TEST_CASE("P5: a path of thousands of slashes is answered") {
    TestServer server;
    RawClient client(server.port());
    const auto response = client.ask(get(std::string(8000, '/')));
    REQUIRE(response);
    CHECK(response->status == 404);
    CHECK(client.ask(get("/hello"))->body == "hello");
}

TEST_CASE("P6: methods without a route, from many clients at once") {
    TestServer server;
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            RawClient client(server.port());
            for (int round = 0; round < 200; ++round) {
                const auto unknown = client.ask("PROPFIND /hello HTTP/1.1\r\nHost: a\r\n\r\n");
                const auto refused = client.ask("PATCH /hello HTTP/1.1\r\nHost: a\r\n\r\n");
                good += unknown && unknown->status == 501 && refused && refused->status == 405 && refused->header("Allow") == "GET, HEAD, OPTIONS";
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(good == 800);
}

TEST_CASE("P7: pipelined requests are all answered, in their order") {
    TestServer server;
    RawClient client(server.port());
    std::string requests;
    for (int count = 0; count < 500; ++count) {
        requests += get((count % 3 == 0 ? "/pool/" : "/echo/") + std::to_string(count));
    }
    client.send(requests);
    for (int count = 0; count < 500; ++count) {
        const auto response = client.receive();
        REQUIRE(response);
        REQUIRE(response->body == std::to_string(count));
    }
}

TEST_CASE("P8: the request after a chunked body whose end came alone is a request") {
    TestServer server;
    RawClient client(server.port());
    client.send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");
    client.send("\r\n");
    CHECK(client.receive()->body == "5");
    CHECK(client.ask(get("/hello"))->body == "hello");
}

TEST_CASE("P9: after 413 the connection ends and the rest is never read as requests") {
    TestServer server;
    const bool chunked = GENERATE(false, true);
    RawClient client(server.port());
    client.send(chunked ? std::string("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4c4b40\r\n")
                        : std::string("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"));
    std::string body;
    while (body.size() < 5000000) {
        body += get("/hello");
    }
    client.send(body);
    const auto answer = client.receive_to_end();
    REQUIRE(answer);
    CHECK_THAT(*answer, Catch::StartsWith("HTTP/1.1 413 ") && Catch::Contains("\r\nConnection: close\r\n"));
    CHECK(answer->find("HTTP/1.1", 1) == std::string::npos);
    CHECK(server->statistics().requests == 1);
}

TEST_CASE("P10: a client that waits for 100 Continue gets it at once, or the refusal") {
    TestServer server;
    RawClient client(server.port());
    const auto go_on = client.ask("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    REQUIRE(go_on);
    CHECK(go_on->status == 100);
    CHECK(client.ask("hello")->body == "5");

    SECTION("too large") {
        const auto refused = client.ask("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
        REQUIRE(refused);
        CHECK(refused->status == 413);
    }
    SECTION("no route") {
        const auto refused = client.ask("POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        REQUIRE(refused);
        CHECK(refused->status == 404);
    }
    SECTION("another expectation") {
        const auto refused = client.ask("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n");
        REQUIRE(refused);
        CHECK(refused->status == 417);
    }
    CHECK(client.is_closed_within(5s) == true);
}

TEST_CASE("P11: connections are kept and closed as RFC 9112 says") {
    TestServer server;
    const auto [request, connection, stays] = GENERATE(table<std::string, std::string, bool>({
        {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "", true},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", "", true},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", false},
        {"GET /hello HTTP/1.0\r\n\r\n", "close", false},
        {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", true},
    }));
    INFO(request);
    RawClient client(server.port());
    const auto response = client.ask(request);
    REQUIRE(response);
    CHECK(response->header("Connection").value_or("") == connection);
    if (stays) {
        CHECK(client.ask(request)->body == "hello");
    } else {
        CHECK(client.is_closed_within(5s));
    }
}

TEST_CASE("P12: clients that connect and stay silent hold up nobody") {
    TestServer server;
    std::vector<RawClient> silent;
    for (int count = 0; count < 50; ++count) {
        silent.emplace_back(server.port());
    }
    const auto begin = Clock::now();
    CHECK(answered(server, 8) == 8);
    CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("P13: past the cap connections are turned away, and nothing spins") {
    http::ServerOptions options;
    options.connections = 20;
    TestServer server(std::move(options));
    std::vector<RawClient> clients;
    for (int count = 0; count < 20; ++count) {
        clients.emplace_back(server.port());
        REQUIRE(clients.back().ask(get("/hello")));
    }
    for (int count = 0; count < 10; ++count) {
        RawClient refused(server.port());
        CHECK(refused.is_closed_within(5s));
    }
    CHECK(server->statistics().connections_refused == 10);
    const double before = processor_seconds();
    std::this_thread::sleep_for(200ms); // measures that nothing spins meanwhile; nothing waits for it
    CHECK(processor_seconds() - before < 0.1);
    CHECK(clients.front().ask(get("/hello"))->body == "hello");
    clients.clear();
    CHECK(server.eventually([](const auto &numbers) { return numbers.connections_open == 0; }));
    CHECK(answered(server, 8) == 8);
}

namespace {

/// Takes every descriptor that this process may still have, of a limit lowered to some more than are open; gives limit and descriptors back.
class Hoard {
  public:
    Hoard() {
        getrlimit(RLIMIT_NOFILE, &m_before);
        m_held.push_back(::dup(0));
        rlimit lower = m_before;
        lower.rlim_cur = std::min<rlim_t>(m_before.rlim_cur, static_cast<rlim_t>(m_held.front()) + 100);
        setrlimit(RLIMIT_NOFILE, &lower);
        for (int one = ::dup(0); one >= 0; one = ::dup(0)) {
            m_held.push_back(one);
        }
    }
    Hoard(const Hoard &) = delete;
    Hoard &operator=(const Hoard &) = delete;
    ~Hoard() {
        setrlimit(RLIMIT_NOFILE, &m_before);
        for (const int one : m_held) {
            ::close(one);
        }
    }

  private:
    rlimit m_before{};
    std::vector<int> m_held;
};

} // namespace

TEST_CASE("P13: when no descriptor is left, clients are turned away, nothing spins, and it passes") {
    TestServer server;
    RawClient kept(server.port());
    REQUIRE(kept.ask(get("/hello")));
    std::vector<RawClient> clients(30); // their sockets are there before the descriptors are gone
    const auto is_turned_away = [&](RawClient &client) {
        client.connect(server.port());
        return client.is_closed_within(5s);
    };
    {
        const Hoard hoard;
        for (std::size_t at = 0; at < 10; ++at) {
            CHECK(is_turned_away(clients[at]));
        }
        CHECK(server->statistics().is_out_of_descriptors);
        const double before = processor_seconds();
        const auto end = Clock::now() + 1s;
        for (std::size_t at = 10; at < clients.size(); ++at) { // one every 50 ms: each of them finds the door open
            CHECK(is_turned_away(clients[at]));
            std::this_thread::sleep_until(end - std::chrono::milliseconds(50 * (clients.size() - 1 - at)));
        }
        CHECK(processor_seconds() - before < 0.3);
        CHECK(kept.ask(get("/hello"))->body == "hello"); // who is in stays in
    }
    CHECK(server.eventually([](const auto &numbers) { return !numbers.is_out_of_descriptors; }));
    CHECK(answered(server, 8) == 8);
}

TEST_CASE("P14: a request in flight is answered while the server stops") {
    TestServer server;
    RawClient busy(server.port());
    RawClient idle(server.port());
    REQUIRE(idle.ask(get("/hello")));
    busy.send(get("/gate/late"));
    REQUIRE(server.gate().wait_for_arrivals(1));
    std::thread stopping([&] { server->drain_and_stop(20s); });
    CHECK(idle.is_closed_within(5s)); // so the drain has begun
    server.gate().open();
    const auto response = busy.receive();
    stopping.join();
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "late");
    CHECK(response->header("Connection") == "close");
    CHECK(busy.is_closed_within(5s));
    CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("P15: an announced 16 GB costs nothing and is refused before a byte is read") {
    TestServer server;
    RawClient client(server.port());
    const auto response = client.ask("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 16000000000\r\n\r\n");
    REQUIRE(response);
    CHECK(response->status == 413);
    CHECK(client.is_closed_within(5s));
    CHECK(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 0; }));
}

TEST_CASE("P16: a handler that throws shows nothing of it") {
    TestServer server;
    RawClient client(server.port());
    const auto response = client.ask(get("/throw"));
    REQUIRE(response);
    CHECK(response->status == 500);
    CHECK_THAT(response->head + response->body, !Catch::Contains("secret"));
    CHECK(response->header("Content-Type") == "application/problem+json");
    CHECK(client.ask(get("/hello"))->body == "hello");
}

TEST_CASE("P17: a packet that ends with CR, at every place of a request") {
    TestServer server;
    const std::string request = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (auto cut = request.find('\r'); cut != std::string::npos; cut = request.find('\r', cut + 1)) {
        RawClient client(server.port());
        client.send(std::string_view(request).substr(0, cut + 1));
        const auto response = client.ask(std::string_view(request).substr(cut + 1));
        REQUIRE(response);
        CHECK(response->body == "5");
    }
}
