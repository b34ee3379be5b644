#include "server/telemetry/log.hpp"

#include "server/http/request_scope.hpp"
#include "server/http/router.hpp"
#include "server/telemetry/log_writer.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>

using namespace keyaki::server;
using nlohmann::json;
using telemetry::LogFormat;
using telemetry::LogWriter;

namespace {

constexpr std::int64_t noon_us = 1'775'995'203'250'000; // 2026-04-12T12:00:03.250Z

/// A pipe that is read to its end on a thread of its own.
class Reader {
  public:
    Reader() : m_thread([this] { read_on(); }) {}
    ~Reader() { text(); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;
    [[nodiscard]] int descriptor() const { return m_pipe.write_end; }
    /// Everything, once nobody writes any more.
    const std::string &text() {
        if (m_thread.joinable()) {
            close(m_pipe.write_end);
            m_thread.join();
            close(m_pipe.read_end);
        }
        return m_text;
    }

  private:
    void read_on() {
        std::array<char, 4096> buffer{};
        for (ssize_t count = 0; (count = read(m_pipe.read_end, buffer.data(), buffer.size())) > 0;) {
            m_text.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }
    keyaki::test::Pipe m_pipe;
    std::string m_text;
    std::thread m_thread;
};

http::RequestSummary summary() {
    http::RequestSummary summary;
    summary.method = http::Method::get;
    summary.route_name = "points";
    summary.target = "/members/m-1/points?near=139.5";
    summary.request_id = "abc-1";
    summary.remote_address = "192.0.2.1";
    summary.status = 200;
    summary.bytes = 17;
    summary.duration = std::chrono::microseconds(1234);
    return summary;
}

std::size_t count_lines(const std::string &text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

} // namespace

TEST_CASE("a request is one line with its id, method, pattern, status, bytes and time, and nothing of who and where") {
    std::string line;
    telemetry::request_line(line, LogFormat::json, noon_us, summary(), "/members/{member}/points");
    CHECK(line == R"({"time":"2026-04-12T12:00:03.250Z","level":"info","message":"request","request_id":"abc-1","method":"GET",)"
                  R"("route":"/members/{member}/points","status":200,"bytes":17,"duration_ms":1.234})");
    CHECK(json::accept(line));
    telemetry::request_line(line, LogFormat::text, noon_us, summary(), "/members/{member}/points");
    CHECK(line == R"(time=2026-04-12T12:00:03.250Z level=info message="request" request_id=abc-1 method=GET route="/members/{member}/points")"
                  R"( status=200 bytes=17 duration_ms=1.234)");
}

TEST_CASE("a message stays one line whatever it holds, and bytes that are no UTF-8 break nothing") {
    const std::string nasty = "a \"quoted\" line\nbreak, a tab\t, and \xff";
    const json line = json::parse(telemetry::message_line(LogFormat::json, noon_us, "error", nasty, "id-1"));
    CHECK(line["message"] == "a \"quoted\" line\nbreak, a tab\t, and \xef\xbf\xbd");
    CHECK(line["level"] == "error");
    CHECK(line["request_id"] == "id-1");
    CHECK_FALSE(json::parse(telemetry::message_line(LogFormat::json, noon_us, "info", "x", "")).contains("request_id"));
    const std::string text = telemetry::message_line(LogFormat::text, noon_us, "error", nasty, "id-1");
    CHECK(count_lines(text) == 0);
    CHECK(text.rfind(R"(time=2026-04-12T12:00:03.250Z level=error message="a \"quoted\" line\nbreak)", 0) == 0);
    CHECK(text.ends_with("request_id=id-1"));
}

TEST_CASE("whoever logs never waits for a reader: lines that do not fit are dropped whole and counted") {
    constexpr std::size_t lines = 20'000;
    const std::string line(99, 'x');
    const keyaki::test::Pipe pipe; // nobody reads from it
    std::uint64_t dropped = 0;
    {
        LogWriter writer(pipe.write_end, 64 * 1024);
        for (std::size_t number = 0; number < lines; ++number) {
            writer.put(line, number % 7 == 0 ? LogWriter::When::now : LogWriter::When::soon);
        }
        dropped = writer.dropped_lines();
        CHECK(dropped > lines / 2);
        CHECK(dropped < lines);
    } // gives up after log_farewell, although the pipe is still full
    close(pipe.write_end);
    std::string arrived;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = read(pipe.read_end, buffer.data(), buffer.size())) > 0;) {
        arrived.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(pipe.read_end);
    CHECK(count_lines(arrived) > 500);
    CHECK(count_lines(arrived) <= lines - dropped);
    CHECK(arrived.rfind(line + "\n", 0) == 0);
}

TEST_CASE("all lines of all threads arrive whole while somebody reads") {
    Reader reader;
    {
        LogWriter writer(reader.descriptor(), 4 << 20);
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&writer, thread] {
                for (int number = 0; number < 2'000; ++number) {
                    writer.put(std::string(50, static_cast<char>('a' + thread)), LogWriter::When::soon);
                }
            });
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
    CHECK(count_lines(reader.text()) == 8'000);
    CHECK(reader.text().size() == 8'000 * 51);
    for (std::size_t at = 0; at < reader.text().size(); at += 51) {
        REQUIRE(reader.text().find_first_not_of(reader.text()[at], at) == at + 50);
    }
}

TEST_CASE("a reader that has gone costs the lines and nothing else") {
    const auto before = std::signal(SIGPIPE, SIG_IGN); // as main() has it
    const keyaki::test::Pipe pipe;
    close(pipe.read_end);
    LogWriter writer(pipe.write_end, 1024);
    writer.put("lost", LogWriter::When::now);
    while (writer.dropped_lines() == 0) { // until the thread has tried
        std::this_thread::yield();
    }
    CHECK(writer.dropped_lines() == 1);
    std::signal(SIGPIPE, before);
}

TEST_CASE("what a handler logs or throws carries the id of its request, and what is logged elsewhere none") {
    Reader reader;
    {
        telemetry::Log log({LogFormat::json, "info", true}, reader.descriptor());
        http::Router router;
        router.add(http::Method::get, "/throw", [](const http::Request &) -> http::Response { throw std::runtime_error("boom"); });
        router.add(http::Method::get, "/say", [](const http::Request &) {
            spdlog::warn("careful");
            return http::text(200, "said");
        });
        for (const char *path : {"/throw", "/say"}) {
            http::Request request = http::make_request(http::Method::get, path);
            request.request_id = std::string("id-of") + (path + 1);
            CHECK(router.route(request).status == (std::string_view(path) == "/say" ? 200 : 500));
        }
        spdlog::info("elsewhere");
        spdlog::debug("below the level");
        CHECK(log.statistics().lines == std::array<std::uint64_t, 5>{0, 0, 1, 1, 1});
        CHECK(log.statistics().dropped == 0);
    }
    std::vector<json> lines;
    std::istringstream text(reader.text());
    for (std::string line; std::getline(text, line);) {
        lines.push_back(json::parse(line));
    }
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["message"] == "boom");
    CHECK(lines[0]["level"] == "error");
    CHECK(lines[0]["request_id"] == "id-ofthrow");
    CHECK(lines[1]["request_id"] == "id-ofsay");
    CHECK(lines[2]["message"] == "elsewhere");
    CHECK_FALSE(lines[2].contains("request_id"));
    CHECK(http::RequestScope::current().empty());
}
