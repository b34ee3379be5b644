// What strangers can make the server keep in memory has an end, whatever they announce, send by halves, or do not read.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
namespace http = keyaki::server::http;

/// "VmSize" or "VmRSS" of this process in KB.
std::size_t memory_kb(const std::string &what) {
    std::ifstream status("/proc/self/status");
    for (std::string name; status >> name;) {
        if (name == what + ":") {
            std::size_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes;
        }
    }
    return 0;
}

std::string announcing(std::size_t bytes) { return "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n"; }

} // namespace

TEST_CASE("P15: bodies that are announced and do not come take the memory of what came") {
    TestServer server;
    const auto size_before = memory_kb("VmSize");
    const auto resident_before = memory_kb("VmRSS");
    std::vector<RawClient> clients;
    for (int count = 0; count < 1000; ++count) {
        clients.emplace_back(server.port());
        clients.back().send(announcing(60'000'000) + std::string(1000, 'x')); // 60 GB together
    }
    CHECK(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 1'000'000; }));
    CHECK(memory_kb("VmSize") < size_before + 1'000'000);
    CHECK(memory_kb("VmRSS") < resident_before + 100'000);
    RawClient other(server.port());
    CHECK(other.ask(get("/hello"))->body == "hello");
    clients.clear();
    CHECK(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 0; }));
}

TEST_CASE("half-sent bodies of all connections together have a limit: past it 503, and who waits goes on") {
    http::ServerOptions options;
    options.buffered_input_bytes = 1'000'000;
    TestServer server(options);
    RawClient early(server.port());
    early.send(announcing(900'000) + std::string(800'000, 'x'));
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 800'000; }));
    RawClient late(server.port());
    late.send(announcing(900'000) + std::string(300'000, 'x'));
    const auto refused = late.receive();
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->header("Retry-After") == "1");
    CHECK(refused->header("Connection") == "close");
    CHECK(early.ask(std::string(100'000, 'x'))->body == "900000");
    CHECK(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 0; }));
}

TEST_CASE("what is pipelined behind answers that nobody reads counts against the same limit") {
    http::ServerOptions options;
    options.buffered_input_bytes = 1'000'000;
    TestServer server(options);
    std::vector<RawClient> clients;
    for (int count = 0; count < 20; ++count) { // 20 times 200 KB, each below the limit of one connection
        clients.emplace_back(server.port());
        clients.back().send(get("/gate/" + std::to_string(count)));
    }
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.in_flight == 20; }));
    for (auto &client : clients) {
        std::string more;
        while (more.size() < 200'000) {
            more += get("/echo/1");
        }
        client.send(more);
        CHECK(server->statistics().buffered_input_bytes < 1'300'000);
    }
    server.gate().open();
    for (std::size_t at = 0; at < clients.size(); ++at) {
        CHECK(clients[at].receive()->body == std::to_string(at)); // what was in work is answered all the same
    }
}

TEST_CASE("answers that nobody reads have a limit too: past it who has read for the longest is cut, the others get theirs") {
    http::ServerOptions options;
    options.unsent_answer_bytes = 20'000'000;
    TestServer server(options, [](http::Router &router) {
        router.add(http::Method::get, "/own", [](const http::Request &) { return http::text(200, std::string(9'000'000, 'x')); });
    });
    RawClient tiles(server.port(), 4096);
    tiles.send(get("/bytes/60000000")); // shared by many: counts for nobody
    std::vector<RawClient> lazy;
    for (std::uint64_t count = 1; count <= 2; ++count) {
        lazy.emplace_back(server.port(), 4096);
        lazy.back().send(get("/own"));
        REQUIRE(server.eventually([&](const auto &numbers) { return numbers.unsent_answer_bytes == count * 9'000'000; }));
    }
    CHECK(server->statistics().readers_cut == 0);
    lazy.emplace_back(server.port(), 4096);
    lazy.back().send(get("/own"));
    REQUIRE(server.eventually([](const auto &numbers) { return numbers.readers_cut == 1 && numbers.unsent_answer_bytes == 18'000'000; }));
    CHECK_FALSE(lazy[0].receive());
    for (const std::size_t at : {1U, 2U}) {
        const auto whole = lazy[at].receive();
        REQUIRE(whole);
        CHECK(whole->body.size() == 9'000'000);
    }
    CHECK(server.eventually([](const auto &numbers) { return numbers.unsent_answer_bytes == 0; }));
    const auto tile = tiles.receive();
    REQUIRE(tile);
    CHECK(tile->body.size() == 60'000'000);
}
