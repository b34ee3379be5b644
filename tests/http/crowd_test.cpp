// Thousands of connections that do nothing, and hundreds that do it slowly: others are answered meanwhile, and the server rests when they rest.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace http = keyaki::server::http;

constexpr std::size_t wanted_idle = 2000;
constexpr std::size_t wanted_slow = 500;
constexpr std::size_t descriptors_each = 3; ///< the client's, Pistache's and the one that the server writes on
constexpr std::size_t large_answer_bytes = 8'000'000;

/// How many of a crowd the descriptors of this process carry, in hundredths; raises the soft limit to the hard one first.
std::size_t affordable_percent() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const auto needed = (wanted_idle + wanted_slow) * descriptors_each + http::limits::descriptors_kept_free + 200;
    return std::min<std::size_t>(100, static_cast<std::size_t>(limit.rlim_cur) * 100 / needed);
}

/// Clients that each send a byte or read a little, now and then.
class SlowCrowd {
  public:
    SlowCrowd(std::uint16_t port, std::size_t size) {
        for (std::size_t at = 0; at < size; ++at) {
            auto &group = m_groups.at(at % m_groups.size());
            group.emplace_back(port, 4096);
            if (&group == &heads()) {
                group.back().send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: ");
            } else if (&group == &bodies()) {
                group.back().send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
            } else {
                group.back().send(get("/large"));
            }
        }
    }
    /// One byte more from each, or to each some KB.
    void move() {
        for (auto *writers : {&heads(), &bodies()}) {
            for (auto &client : *writers) {
                client.send("a");
            }
        }
        for (auto &client : readers()) {
            m_read += client.receive_some(large_answer_bytes, 0ms).size();
        }
    }
    [[nodiscard]] std::size_t read_bytes() const { return m_read; }
    [[nodiscard]] std::size_t reader_count() { return readers().size(); }

  private:
    std::vector<RawClient> &heads() { return m_groups[0]; }
    std::vector<RawClient> &bodies() { return m_groups[1]; }
    std::vector<RawClient> &readers() { return m_groups[2]; }
    std::array<std::vector<RawClient>, 3> m_groups;
    std::size_t m_read = 0;
};

/// Milliseconds that each of many questions took, in ascending order: on one kept connection, on new ones, in line and from the pool.
std::vector<double> ask_many(TestServer &server, int count) {
    std::vector<double> took_ms;
    RawClient kept(server.port());
    for (int at = 0; at < count; ++at) {
        const auto path = (at % 2 == 0 ? "/echo/" : "/pool/") + std::to_string(at);
        const auto begin = Clock::now();
        std::optional<RawResponse> answer;
        if (at % 4 < 2) {
            answer = kept.ask(get(path));
        } else {
            RawClient fresh(server.port());
            answer = fresh.ask(get(path));
        }
        took_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        REQUIRE(answer);
        REQUIRE(answer->body == std::to_string(at));
    }
    std::sort(took_ms.begin(), took_ms.end());
    return took_ms;
}

} // namespace

TEST_CASE("beside 2,000 idle and 500 slow connections others are answered within 50 ms, and an idle server rests") {
    const auto percent = affordable_percent();
    const auto body = std::make_shared<const std::string>(large_answer_bytes, 'x');
    TestServer server({}, [&](http::Router &router) {
        router.add(http::Method::get, "/large", [body](const http::Request &) { return http::bytes(body, "application/octet-stream"); });
    });
    std::vector<RawClient> idle;
    for (std::size_t at = 0; at < wanted_idle * percent / 100; ++at) {
        idle.emplace_back(server.port());
        REQUIRE(idle.back().ask(get("/hello")));
    }
    SlowCrowd slow(server.port(), wanted_slow * percent / 100);
    REQUIRE(server.eventually([&](const auto &numbers) { return numbers.requests == idle.size() + slow.reader_count(); }));

    std::atomic<bool> stop{false};
    std::thread moving([&] {
        while (!stop) {
            slow.move();
            std::this_thread::sleep_for(10ms); // what makes them slow
        }
    });
    const auto took_ms = ask_many(server, 2000);
    stop = true;
    moving.join();
    const auto share = [&](std::size_t of_thousand) { return took_ms[(took_ms.size() - 1) * of_thousand / 1000]; };
    WARN(idle.size() << " idle and " << wanted_slow * percent / 100 << " slow connections"
                     << (percent < 100 ? " (fewer than wanted: RLIMIT_NOFILE carries no more)" : "") << ": others waited " << share(500)
                     << " ms (median), " << share(990) << " ms (99 %), " << share(1000) << " ms (longest)");
    CHECK(share(500) < 50);
    CHECK(share(950) < 50); // the rest waits for a processor that other programs have
    CHECK(slow.read_bytes() > slow.reader_count());
    CHECK(server->statistics().connections_open >= idle.size() + wanted_slow * percent / 100);

    const double before = processor_seconds();
    std::this_thread::sleep_for(1s); // measures that nothing spins meanwhile; nothing waits for it
    CHECK(processor_seconds() - before < 0.1);
    CHECK(idle.front().ask(get("/hello"))->body == "hello");
    CHECK(idle.back().ask(get("/hello"))->body == "hello");
}
