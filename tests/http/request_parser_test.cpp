#include "server/http/request_parser.hpp"

#include "server/http/limits.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace {
using namespace keyaki::server::http;
using Step = RequestParser::Step;

struct Parsed {
    Step step = Step::need_more;
    int status = 0;
    Request request;
    bool keeps_alive = false;
    std::size_t left = 0;
};

/// Feeds the bytes in pieces of the given sizes, as a network would.
Parsed parse(std::string_view bytes, const std::function<std::size_t()> &next_piece, std::size_t body_limit = 1 << 20) {
    RequestParser parser;
    std::string buffer;
    Parsed parsed;
    Request head;
    for (std::size_t at = 0; parsed.step == Step::need_more || parsed.step == Step::head_complete;) {
        std::size_t consumed = 0;
        parsed.step = parser.advance(buffer, consumed);
        buffer.erase(0, consumed);
        if (parsed.step == Step::head_complete) {
            parser.limit_body(body_limit);
        } else if (parsed.step == Step::need_more) {
            if (at == bytes.size()) {
                break;
            }
            const auto piece = std::min(next_piece(), bytes.size() - at);
            buffer.append(bytes.substr(at, piece));
            at += piece;
            parsed.left = bytes.size() - at;
        }
    }
    parsed.left += buffer.size();
    parsed.status = parsed.step == Step::refused ? parser.refusal().status : 0;
    parsed.keeps_alive = parsed.step == Step::complete && parser.keeps_alive();
    parsed.request = std::move(parser.request());
    return parsed;
}

Parsed parse_whole(std::string_view bytes) {
    return parse(bytes, [&] { return bytes.size(); });
}
Parsed parse_bytewise(std::string_view bytes) {
    return parse(bytes, [] { return 1U; });
}

std::string get(const std::string &fields) { return "GET /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string post(const std::string &fields, const std::string &body) { return "POST /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body; }

/// In one piece and byte by byte.
void check_refused(const std::string &bytes, int status) {
    for (const auto &parsed : {parse_whole(bytes), parse_bytewise(bytes)}) {
        CHECK(parsed.step == Step::refused);
        CHECK(parsed.status == status);
    }
}
} // namespace

TEST_CASE("strictness: what RFC 9112 forbids is refused, whole and byte by byte") {
    using namespace std::string_literals;
    const auto [name, bytes, status] = GENERATE_COPY(table<std::string, std::string, int>({
        {"Content-Length abc", post("Content-Length: abc\r\n", ""), 400},
        {"Content-Length 5abc", post("Content-Length: 5abc\r\n", "hello"), 400},
        {"Content-Length +5", post("Content-Length: +5\r\n", "hello"), 400},
        {"Content-Length -5", post("Content-Length: -5\r\n", "hello"), 400},
        {"Content-Length 5, 5", post("Content-Length: 5, 5\r\n", "hello"), 400},
        {"empty Content-Length", post("Content-Length: \r\n", ""), 400},
        {"two different Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400},
        {"two equal Content-Lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        {"Content-Length past 2^64", post("Content-Length: 99999999999999999999\r\n", ""), 400},
        {"P15: Content-Length of 16 GB", post("Content-Length: 16000000000\r\n", ""), 413},
        {"space before the colon", post("Content-Length : 5\r\n", "hello"), 400},
        {"a line without a colon", get("Nonsense\r\n"), 400},
        {"an empty name", get(": a\r\n"), 400},
        {"a folded field", get("X-A: a\r\n b\r\n"), 400},
        {"a field folded with a tab", get("X-A: a\r\n\tb\r\n"), 400},
        {"a fold before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"NUL in a value", get("X-A: a\0b\r\n"s), 400},
        {"NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
        {"NUL in a name", get("X\0A: b\r\n"s), 400},
        {"a bare CR in a value", get("X-A: a\rb\r\n"), 400},
        {"line feeds alone", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
        {"an empty version", "GET / \r\nHost: a\r\n\r\n", 400},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
        {"no HTTP at all", "\x16\x03\x01\x02\x00\x01\r\n\r\n"s, 400},
        {"HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", get("Host: b\r\n"), 400},
    }));
    INFO(name);
    check_refused(bytes, status);
}

TEST_CASE("strictness: bodies whose end is in doubt and heads without one are refused, whole and byte by byte") {
    const auto [name, bytes, status] = GENERATE_COPY(table<std::string, std::string, int>({
        {"Content-Length with Transfer-Encoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"Transfer-Encoding with Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"unknown Transfer-Encoding with Content-Length", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 400},
        {"Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"Transfer-Encoding gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"Transfer-Encoding chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 501},
        {"Transfer-Encoding identity", post("Transfer-Encoding: identity\r\n", ""), 501},
        {"Transfer-Encoding xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
        {"Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"an expectation that nobody knows", post("Expect: tea\r\nContent-Length: 5\r\n", "hello"), 417},
        {"a chunk size that is none", post("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n"), 400},
        {"a negative chunk size", post("Transfer-Encoding: chunked\r\n", "-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk size past 2^64", post("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk of 16 EB", post("Transfer-Encoding: chunked\r\n", "fffffffffffffff0\r\nhello\r\n0\r\n\r\n"), 413},
        {"a chunk that is longer than it says", post("Transfer-Encoding: chunked\r\n", "5\r\nhello!\r\n0\r\n\r\n"), 400},
        {"a quoted chunk extension that ends on a later line", post("Transfer-Encoding: chunked\r\n", "5;a=\"b\r\nhello\r\n0\r\n\r\n\"\r\n"), 400},
        {"a quoted extension of the last chunk that does not end", post("Transfer-Encoding: chunked\r\n", "0;a=\"b\\\"\r\n\r\n"), 400},
        {"101 fields", get([] {
             std::string fields;
             for (int count = 0; count < 100; ++count) {
                 fields += "X-" + std::to_string(count) + ": a\r\n";
             }
             return fields;
         }()),
         431},
        {"a head of 20 KB", get("X-A: " + std::string(20000, 'a') + "\r\n"), 431},
        {"a head that does not end", "GET / HTTP/1.1\r\nX-A: " + std::string(20000, 'a'), 431},
        {"a target of 9000 bytes", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"a target that does not end", "GET /" + std::string(9000, 'a'), 414},
        {"a chunk extension that does not end", post("Transfer-Encoding: chunked\r\n", "5;" + std::string(20000, 'a')), 431},
        {"trailers that do not end", post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(20000, 'a')), 431},
    }));
    INFO(name);
    check_refused(bytes, status);
}

TEST_CASE("innocent requests are taken, whole and byte by byte") {
    const auto [name, bytes, body] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"plain", get(""), ""},
        {"empty lines first", "\r\n\r\n" + get(""), ""},
        {"HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", ""},
        {"an empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", ""},
        {"a cookie without a value", get("Cookie: foo\r\n"), ""},
        {"cache directives", get("Cache-Control: immutable, stale-if-error=60, max-age\r\n"), ""},
        {"odd Accept", get("Accept: font/woff2, text/html,, */*;q=0.12345\r\n"), ""},
        {"empty Accept and Content-Type", get("Accept:\r\nContent-Type:\r\n"), ""},
        {"a Host with an empty port, a bad Date", "GET /a HTTP/1.1\r\nHost: a:\r\nDate: yesterday\r\n\r\n", ""},
        {"UTF-8 in a value", get("X-Name: \xE6\xB8\x85\xE7\x80\xAC\r\n"), ""},
        {"100 fields", get([] {
             std::string fields;
             for (int count = 0; count < 99; ++count) {
                 fields += "X-" + std::to_string(count) + ": a\r\n";
             }
             return fields;
         }()),
         ""},
        {"Content-Length 0", post("Content-Length: 0\r\n", ""), ""},
        {"Content-Length", post("Content-Length: 5\r\n", "hello"), "hello"},
        {"chunked", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), "hello!"},
        {"Chunked with capitals", post("transfer-encoding: Chunked\r\n", "A\r\n0123456789\r\n0\r\n\r\n"), "0123456789"},
        {"chunked and empty", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), ""},
        {"chunk extensions", post("Transfer-Encoding: chunked\r\n", "5;a=b;c=\"d e\"\r\nhello\r\n0;last\r\n\r\n"), "hello"},
        {"trailers", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Sum: 7\r\nX-B: c\r\n\r\n"), "hello"},
    }));
    INFO(name);
    for (const auto &parsed : {parse_whole(bytes), parse_bytewise(bytes), parse_whole(bytes + "GET /next HTTP/1.1\r\n")}) {
        CHECK(parsed.step == Step::complete);
        CHECK(parsed.request.target == "/a");
        CHECK(parsed.request.body == body);
        CHECK_FALSE(parsed.request.headers.contains("X-Sum"));
    }
    CHECK(parse_whole(bytes).left == 0);
    CHECK(parse_whole(bytes + "GET /next").left == 9);
}

TEST_CASE("P3 and P8: a chunked body gives the same wherever its packets end") {
    const auto bytes = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n3;x\r\n, w\r\n10\r\norld, how are yo\r\n1\r\nu\r\n0\r\nX-T: a\r\n\r\n");
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        std::size_t piece = 0;
        const auto parsed = parse(bytes, [&] { return piece++ == 0 ? cut : bytes.size(); });
        REQUIRE(parsed.step == Step::complete);
        REQUIRE(parsed.request.body == "hello, world, how are you");
        REQUIRE(parsed.left == 0);
    }
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        const auto parsed = parse(bytes, [&] { return 1 + random() % 7; });
        REQUIRE(parsed.step == Step::complete);
        REQUIRE(parsed.request.body == "hello, world, how are you");
    }
}

TEST_CASE("keep-alive follows version and Connection") {
    const auto [head, keeps] = GENERATE(table<std::string, bool>({
        {"GET /a HTTP/1.1\r\nHost: a\r\n", true},
        {"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", false},
        {"GET /a HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n", false},
        {"GET /a HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n", true},
        {"GET /a HTTP/1.0\r\n", false},
        {"GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n", true},
    }));
    INFO(head);
    CHECK(parse_whole(head + "\r\n").keeps_alive == keeps);
}

TEST_CASE("a body beyond its route's limit is refused, announced or not") {
    const auto announced = post("Content-Length: 11\r\n", "hello world");
    const auto chunked = post("Transfer-Encoding: chunked\r\n", "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
    for (const auto &bytes : {announced, chunked}) {
        CHECK(parse(
                  bytes, [] { return 4096U; }, 11)
                  .step == Step::complete);
        const auto parsed = parse(
            bytes, [] { return 4096U; }, 10);
        CHECK(parsed.step == Step::refused);
        CHECK(parsed.status == 413);
    }
}

TEST_CASE("P17: mutated requests are taken or refused, and never read past their end") {
    const std::vector<std::string> seeds{get("Accept: a/b\r\nConnection: keep-alive\r\n"), post("Content-Length: 5\r\n", "hello"),
                                         post("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n")};
    std::mt19937 random(17);
    std::size_t taken = 0;
    std::size_t refused = 0;
    constexpr std::string_view interesting("\r\n\0 \t:;,%/?0159af\xFF", 18);
    for (int round = 0; round < 30000; ++round) {
        std::string bytes = seeds[random() % seeds.size()];
        for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
            const auto at = random() % bytes.size();
            const char letter = interesting[random() % interesting.size()];
            switch (random() % 4) {
            case 0: bytes[at] = letter; break;
            case 1: bytes.insert(at, 1, letter); break;
            case 2: bytes.erase(at, 1 + random() % 4); break;
            default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20)); break;
            }
        }
        const auto parsed = parse(bytes, [&] { return 1 + random() % 60; });
        taken += parsed.step == Step::complete ? 1 : 0;
        refused += parsed.step == Step::refused ? 1 : 0;
    }
    CHECK(taken > 1000);
    CHECK(refused > 1000);
}
