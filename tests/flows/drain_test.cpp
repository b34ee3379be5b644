// SIGTERM to the real program: what it has begun it ends, what is new it does not take, and it goes in time.
#include "tests/flows/sample_city.hpp"
#include "tests/http/raw_client.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

using namespace keyaki;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::RawClient;

namespace {

std::uint16_t port_of(const test::LiveServer &server) {
    return static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().rfind(':') + 1)));
}

/// A check-in as bytes on the wire.
std::string check_in(const test::SampleCity &city, const std::string &member) {
    const std::string body = test::check_in_body(member);
    return "POST /checkins HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + city.key +
           "\r\nContent-Type: application/json\r\nIdempotency-Key: k-" + member + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

/// The other client's bytes come to another thread of the server: it says itself when it has them.
void wait_until_half_is_there(RawClient &client) {
    for (;;) {
        const auto metrics = client.ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        REQUIRE(metrics);
        const std::size_t found = metrics->body.find("\nkeyaki_http_input_buffered_bytes ");
        REQUIRE(found != std::string::npos);
        if (metrics->body.compare(found, 36, "\nkeyaki_http_input_buffered_bytes 0\n") != 0) {
            return;
        }
    }
}

} // namespace

TEST_CASE("SIGTERM, once or twice: a check-in in flight is answered, idle clients are let go, nobody new is taken, and the exit is clean") {
    const int signals = GENERATE(1, 2);
    const test::SampleCity city;
    test::LiveServer server(city.database);
    RawClient busy(port_of(server));
    RawClient idle(port_of(server));
    REQUIRE(idle.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string request = check_in(city, "m-drain");
    busy.send(std::string_view(request).substr(0, request.size() - 20));
    wait_until_half_is_there(idle);
    for (int count = 0; count < signals; ++count) {
        kill(server.process(), SIGTERM);
    }
    CHECK(idle.is_closed_within(10s));
    CHECK_THROWS(RawClient(port_of(server)));
    if (signals == 2) {
        kill(server.process(), SIGTERM); // and once more while it waits
    }
    const auto answer = busy.ask(std::string_view(request).substr(request.size() - 20));
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->header("Connection") == "close");
    CHECK_THAT(answer->body, Catch::Contains("\"accepted\""));
    busy.close();
    const auto begin = Clock::now();
    CHECK(server.terminate() == 0);
    CHECK(Clock::now() - begin < 10s);
    const auto verified = test::run_keyaki({"ledger", "verify", "--database", city.database.string()});
    CHECK(verified.status == 0);
}

TEST_CASE("SIGTERM: a client that never ends its request holds the server for its 20 seconds and no longer") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    RawClient stuck(port_of(server));
    stuck.send("POST /checkins HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{");
    RawClient witness(port_of(server));
    REQUIRE(witness.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto begin = Clock::now();
    CHECK(server.terminate() == 0);
    CHECK(Clock::now() - begin > 15s);
    CHECK(Clock::now() - begin < 30s);
    CHECK(stuck.is_closed_within(1s));
}
