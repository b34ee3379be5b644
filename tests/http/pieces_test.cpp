// Bodies that are made while they are read: whole, in order, and never more of them in memory than a piece.
#include "server/http/compression.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

std::atomic<bool> refuses{false};
std::atomic<unsigned> asked{0};

/// As long as it is there, the kernel has no room for every other message.
struct Refusing {
    Refusing() { refuses = true; }
    ~Refusing() { refuses = false; }
    Refusing(const Refusing &) = delete;
    Refusing &operator=(const Refusing &) = delete;
};

} // namespace

/// In the place of the C library's.
extern "C" ssize_t sendmsg(int descriptor, const msghdr *message, int flags) {
    if (refuses && asked++ % 2 == 0) {
        errno = EAGAIN;
        return -1;
    }
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
namespace http = keyaki::server::http;

/// Numbered lines; the body of `count` of them is known to both sides.
std::string line(int number) { return std::to_string(number) + " けやき通りの欅は百本をこえる\n"; }

std::string lines(int count) {
    std::string all;
    for (int number = 0; number < count; ++number) {
        all += line(number);
    }
    return all;
}

class Lines : public http::BodySource {
  public:
    Lines(int count, std::atomic<int> &pieces, int fails_at = -1) : m_count(count), m_pieces(pieces), m_fails_at(fails_at) {}
    bool append_piece(std::string &out) override {
        ++m_pieces;
        for (; m_next < m_count && out.size() < http::limits::piece_bytes; ++m_next) {
            if (m_next == m_fails_at) {
                throw std::runtime_error("made up");
            }
            out += line(m_next);
        }
        return m_next < m_count;
    }

  private:
    const int m_count;
    std::atomic<int> &m_pieces;
    const int m_fails_at;
    int m_next = 0;
};

struct LineServer {
    std::atomic<int> pieces{0};
    TestServer server;

    explicit LineServer(http::ServerOptions options = {}, int fails_at = -1)
        : server(std::move(options), [this, fails_at](http::Router &router) {
              router.add(http::Method::get, "/lines/{count}", [this, fails_at](const http::Request &request) {
                  const int count = std::stoi(std::string(request.params.at("count")));
                  return http::produced("text/plain", std::make_shared<Lines>(count, pieces, fails_at)).with_etag("\"lines\"");
              });
          }) {}
};

/// The body of an answer that came in chunks; nothing when it has no end.
std::optional<std::string> joined(std::string_view chunks) {
    std::string body;
    for (;;) {
        const std::size_t end = chunks.find("\r\n");
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::size_t size = std::stoul(std::string(chunks.substr(0, end)), nullptr, 16);
        if (size == 0) {
            return body;
        }
        if (chunks.size() < end + 2 + size + 2) {
            return std::nullopt;
        }
        body += chunks.substr(end + 2, size);
        chunks.remove_prefix(end + 2 + size + 2);
    }
}

std::string body_of(const std::string &answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

constexpr int many = 20'000; // 1 MB

/// The body that a client gets; nothing where it has no end.
std::optional<std::string> lines_of(const LineServer &lines_server, int count) {
    RawClient client(lines_server.server.port());
    client.send(get("/lines/" + std::to_string(count), "Connection: close\r\n"));
    const auto answer = client.receive_to_end();
    return answer ? joined(body_of(*answer)) : std::nullopt;
}

} // namespace

TEST_CASE("a long body comes in chunks, whole and in order, and its connection goes on") {
    LineServer lines_server;
    RawClient client(lines_server.server.port());
    client.send(get("/lines/" + std::to_string(many)) + get("/hello", "Connection: close\r\n"));
    const auto answers = client.receive_to_end();
    REQUIRE(answers);
    CHECK_THAT(*answers, Catch::Contains("Transfer-Encoding: chunked"));
    CHECK(joined(body_of(*answers)) == lines(many));
    CHECK(answers->substr(answers->rfind("\r\n\r\n") + 4) == "hello");
    CHECK(lines_server.pieces > 5);
}

namespace {

/// A first piece that no kernel takes at once, and a second one that waits at a gate, as if the disk were slow.
class SlowFile : public http::BodySource {
  public:
    static constexpr std::size_t first_bytes = std::size_t{32} * 1024 * 1024;

    explicit SlowFile(Gate &gate) : m_gate(gate) {}
    bool append_piece(std::string &out) override {
        if (m_is_begun) {
            m_gate.wait();
            out += "end";
            return false;
        }
        m_is_begun = true;
        out.append(first_bytes, 'x');
        return true;
    }

  private:
    Gate &m_gate;
    bool m_is_begun = false;
};

/// Reads so much of what comes.
bool takes(RawClient &client, std::size_t bytes) {
    while (bytes > 0) {
        const std::size_t taken = client.receive_some(bytes, 10s).size();
        if (taken == 0) {
            return false;
        }
        bytes -= taken;
    }
    return true;
}

} // namespace

TEST_CASE("downloads whose disk is slow hold up no check-in, however many there are") {
    Gate gate;
    http::ServerOptions options;
    options.pool_threads = 4; // of which downloads may have two
    TestServer server(options, [&](http::Router &router) {
        router.add(http::Method::get, "/file", [&](const http::Request &) { return http::produced("text/plain", std::make_shared<SlowFile>(gate)); });
        router.add(http::Method::get, "/stamp", [](const http::Request &) { return http::text(200, "stamped"); },
                   {.shed_priority = http::ShedPriority::essential});
    });
    std::vector<std::unique_ptr<RawClient>> downloads;
    for (int download = 0; download < 6; ++download) {
        downloads.push_back(std::make_unique<RawClient>(server.port()));
        downloads.back()->send(get("/file", "Connection: close\r\n"));
        CHECK(takes(*downloads.back(), 1));
    }
    for (auto &download : downloads) { // the rest of the first pieces, which were made already
        CHECK(takes(*download, SlowFile::first_bytes - 1));
    }
    CHECK(gate.wait_for_arrivals(2));
    RawClient client(server.port());
    const auto stamp = client.ask(get("/stamp"));
    gate.open();
    REQUIRE(stamp);
    CHECK(stamp->body == "stamped");
    for (auto &download : downloads) {
        const auto rest = download->receive_to_end();
        REQUIRE(rest);
        CHECK_THAT(*rest, Catch::Contains("end"));
    }
}

TEST_CASE("a fast reader of a long body has it whole, a turn after the other") {
    LineServer lines_server;
    constexpr int count = 400'000; // 20 MB
    CHECK((lines_of(lines_server, count) == lines(count)));
}

TEST_CASE("a long body is whole where the kernel takes nothing at one moment and all at the next") {
    LineServer lines_server;
    const Refusing refusing;
    CHECK((lines_of(lines_server, many) == lines(many)));
}

TEST_CASE("what fits into one piece has a length, as any other answer") {
    LineServer lines_server;
    RawClient client(lines_server.server.port());
    const auto answer = client.ask(get("/lines/10"));
    REQUIRE(answer);
    CHECK(answer->header("Content-Length") == std::to_string(lines(10).size()));
    CHECK(answer->body == lines(10));
    const auto head = client.ask("HEAD /lines/10 HTTP/1.1\r\nHost: a\r\n\r\n", true);
    REQUIRE(head);
    CHECK(head->header("Content-Length") == std::to_string(lines(10).size()));
}

TEST_CASE("a long body is packed while it is made") {
    LineServer lines_server;
    RawClient client(lines_server.server.port());
    client.send(get("/lines/" + std::to_string(many * 10), "Accept-Encoding: gzip\r\nConnection: close\r\n"));
    const auto answer = client.receive_to_end();
    REQUIRE(answer);
    CHECK_THAT(*answer,
               Catch::Contains("Content-Encoding: gzip") && Catch::Contains("ETag: \"lines-gzip\"") && Catch::Contains("Vary: Accept-Encoding"));
    const auto packed = answer->find("chunked") == std::string::npos ? std::optional(body_of(*answer)) : joined(body_of(*answer));
    REQUIRE(packed);
    CHECK(http::gunzip(*packed, 100'000'000) == lines(many * 10));
    CHECK(packed->size() < 3'000'000);
}

TEST_CASE("HEAD of a long body makes one piece and sends nothing of it") {
    LineServer lines_server;
    RawClient client(lines_server.server.port());
    const auto head = client.ask("HEAD /lines/" + std::to_string(many) + " HTTP/1.1\r\nHost: a\r\n\r\n", true);
    REQUIRE(head);
    CHECK(head->status == 200);
    CHECK_FALSE(head->header("Content-Length"));
    CHECK(head->header("ETag") == "\"lines\"");
    CHECK(lines_server.pieces == 1);
    const auto unchanged = client.ask(get("/lines/" + std::to_string(many), "If-None-Match: \"lines\"\r\n"));
    REQUIRE(unchanged);
    CHECK(unchanged->status == 304);
    CHECK(lines_server.pieces == 2);
}

TEST_CASE("a client of HTTP/1.0 gets the bytes as they are, and the end of the connection") {
    LineServer lines_server;
    RawClient client(lines_server.server.port());
    client.send("GET /lines/" + std::to_string(many) + " HTTP/1.0\r\n\r\n");
    const auto answer = client.receive_to_end();
    REQUIRE(answer);
    CHECK_THAT(*answer, !Catch::Contains("Transfer-Encoding"));
    CHECK(body_of(*answer) == lines(many));
}

TEST_CASE("readers that stop reading hold a piece each, and no thread: others are served, and who reads on gets all") {
    http::ServerOptions options;
    options.pool_threads = 2;
    LineServer lines_server(options);
    constexpr int very_many = 1'500'000; // 75 MB
    std::vector<RawClient> stopped;
    for (int count = 0; count < 8; ++count) {
        stopped.emplace_back(lines_server.server.port(), 16 * 1024);
        stopped.back().send(get("/lines/" + std::to_string(very_many), "Connection: close\r\n"));
        CHECK(stopped.back().receive_some(1'000, 10s).size() == 1'000);
    }
    RawClient other(lines_server.server.port());
    for (int count = 0; count < 20; ++count) {
        const auto answer = other.ask(get("/lines/10"));
        REQUIRE(answer);
        CHECK(answer->body == lines(10));
    }
    // What was made lies in the kernel's buffers, of some MB each, and in one piece each.
    CHECK(lines_server.pieces < 8 * 100);
    const auto rest = stopped.front().receive_to_end(30s);
    REQUIRE(rest);
    CHECK_THAT(rest->substr(rest->size() - 200), Catch::Contains(line(very_many - 1)) && Catch::EndsWith("0\r\n\r\n"));
}

TEST_CASE("a body that cannot go on has no end, so that nobody takes half of it for all") {
    LineServer lines_server({}, many / 2);
    RawClient client(lines_server.server.port());
    client.send(get("/lines/" + std::to_string(many)));
    const auto answer = client.receive_to_end();
    REQUIRE(answer);
    CHECK_FALSE(joined(body_of(*answer)));
    LineServer at_once({}, 0);
    RawClient another(at_once.server.port());
    const auto refused = another.ask(get("/lines/" + std::to_string(many)));
    REQUIRE(refused);
    CHECK(refused->status == 500);
    CHECK_THAT(refused->body, !Catch::Contains("made up"));
}

TEST_CASE("clients that go away in the middle of a long body leave nothing behind") {
    LineServer lines_server;
    for (int count = 0; count < 50; ++count) {
        RawClient client(lines_server.server.port(), 16 * 1024);
        client.send(get("/lines/" + std::to_string(many * 20)));
        CHECK(client.receive_some(1, 10s).size() == 1);
        client.reset();
    }
    CHECK(lines_server.server.eventually([](const auto &numbers) { return numbers.connections_open == 0 && numbers.in_flight == 0; }));
}
