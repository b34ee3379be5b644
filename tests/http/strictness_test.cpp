// What stock Pistache 0.0.5 does to headers, bodies and answers, line by line, and what our server does instead. Over a live connection; the parser's
// own test has the same and more, cut at every byte.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace keyaki::test;
using namespace std::string_literals;
namespace http = keyaki::server::http;

std::string join(const std::vector<std::string_view> &texts) {
    std::string joined;
    for (const auto text : texts) {
        joined += '[' + std::string(text) + ']';
    }
    return joined;
}

/// "path [a][b] query [c=d] fields [e][f] body g": everything that a route sees of a request.
http::Response seen(const http::Request &request) {
    std::string text = "path " + join({request.path_segments.begin(), request.path_segments.end()}) + " query ";
    for (const auto &[name, value] : request.query) {
        text += '[' + name + '=' + value + ']';
    }
    text += " fields " + join(request.headers.all("X-Forwarded-For")) + join(request.headers.all("If-None-Match"));
    return http::text(200, text + " body " + request.body);
}

void add_routes(http::Router &router) {
    router.add(http::Method::get, "/seen/{rest...}", seen, {.work = http::Work::inline_});
    router.add(http::Method::post, "/seen/{rest...}", seen, {.work = http::Work::inline_});
    router.add(http::Method::get, "/odd", [](const http::Request &) {
        http::Response response = http::text(299, "odd");
        response.headers.add("Link", "</a>; rel=\"next\"");
        response.headers.add("Link", "</b>; rel=\"prev\"");
        return response;
    });
}

std::string with_body(const std::string &fields, const std::string &body) { return "POST /seen/a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body; }

const std::string chunked = "Transfer-Encoding: chunked\r\n";

} // namespace

TEST_CASE("strictness: what is no HTTP/1.1 gets its status, and its connection ends") {
    TestServer server({}, add_routes);
    const auto [what, request, status] = GENERATE(table<std::string, std::string, int>({
        {"Content-Length: abc", with_body("Content-Length: abc\r\n", "hello"), 400},
        {"Content-Length: 5abc", with_body("Content-Length: 5abc\r\n", "hello"), 400},
        {"Content-Length: +5", with_body("Content-Length: +5\r\n", "hello"), 400},
        {"Content-Length: -5", with_body("Content-Length: -5\r\n", "hello"), 400},
        {"Content-Length: 5, 5", with_body("Content-Length: 5, 5\r\n", "hello"), 400},
        {"two different Content-Lengths", with_body("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400},
        {"Content-Length past 2^64", with_body("Content-Length: 99999999999999999999999\r\n", "hello"), 400},
        {"Content-Length of 2^63", with_body("Content-Length: 9223372036854775808\r\n", "hello"), 413},
        {"Content-Length : 5", with_body("Content-Length : 5\r\n", "hello"), 400},
        {"Content-Length and Transfer-Encoding", with_body("Content-Length: 5\r\n" + chunked, "0\r\n\r\n"), 400},
        {"Transfer-Encoding: gzip, chunked", with_body("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"a field without a colon", get("/hello", "Nonsense\r\n"), 400},
        {"a folded field", get("/hello", "X-A: a\r\n  b\r\n"), 400},
        {"NUL in the path", get("/hel\0lo"s), 400},
        {"%00 in the path", get("/hello%00"), 400},
        {"NUL in a field", get("/hello", "X-A: a\0b\r\n"s), 400},
        {"an empty version", "GET /hello \r\nHost: a\r\n\r\n", 400},
        {"no Host", "GET /hello HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"LF alone after the request line", "GET /hello HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"LF alone after a field", "GET /hello HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"LF alone everywhere", "GET /hello HTTP/1.1\nHost: a\n\n", 400},
        {"no path", "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"HTTP/2.0", "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    }));
    INFO(what);
    RawClient client(server.port());
    const auto answer = client.ask(request + get("/echo/next"));
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("Connection") == "close");
    CHECK(answer->header("Content-Type") == "application/problem+json");
    CHECK(client.receive_to_end() == ""); // the rest is no request
    CHECK(server.handled() == 0);
}

TEST_CASE("strictness: innocent requests that stock Pistache turns away are answered, and the connection goes on") {
    TestServer server({}, add_routes);
    const std::string field = GENERATE("Cookie: foo", "Cookie: ", "Cache-Control: immutable", "Cache-Control: stale-if-error=60",
                                       "Cache-Control: max-age", "Accept: font/woff2", "Accept: model/gltf", "Accept:", "Accept: text/html;q=0.1234",
                                       "Accept: text/html,", "Date: yesterday", "Content-Type: model/gltf", "Content-Type:", "Authorization: ?",
                                       "Accept-Encoding: br;q=x, *", "If-Modified-Since: never", "Range: apples=1", "User-Agent:", "X-Empty:");
    INFO(field);
    RawClient client(server.port());
    for (int time = 0; time < 2; ++time) {
        const auto answer = client.ask(get("/hello", field + "\r\n"));
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->body == "hello");
    }
    CHECK(client.ask("GET /hello HTTP/1.1\r\nHost: a:\r\n\r\n")->body == "hello");
}

TEST_CASE("strictness: what a route sees of a request is what was sent, in its order and with its duplicates") {
    TestServer server({}, add_routes);
    const auto [what, request, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"fields of one name", get("/seen/a", "X-Forwarded-For: 1\r\nIf-None-Match: \"a\"\r\nx-forwarded-for: 2\r\nIf-None-Match: \"b\"\r\n"),
         "path [seen][a] query  fields [1][2][\"a\"][\"b\"] body "},
        {"the path, split before it is decoded", get("/seen/%E7%9B%B4%2Fa+b/%2e%2E"), "path [seen][直/a+b][..] query  fields  body "},
        {"empty segments", get("/seen//a/"), "path [seen][][a][] query  fields  body "},
        {"the query, decoded, ordered, with duplicates", get("/seen/a?b=2&a=%E7%9B%B4+x&b=1&c"),
         "path [seen][a] query [b=2][a=直 x][b=1][c=] fields  body "},
        {"absolute-form", "GET http://map.example.jp/seen/a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", "path [seen][a] query [b=c] fields  body "},
        {"an empty line before the request line", "\r\n" + get("/seen/a"), "path [seen][a] query  fields  body "},
        {"chunk extensions", with_body(chunked, "5;a=b;c=\"d;\\\"e\"\r\nhello\r\n0\r\n\r\n"), "path [seen][a] query  fields  body hello"},
        {"trailers", with_body(chunked, "5\r\nhello\r\n0\r\nX-Forwarded-For: 3\r\n\r\n"), "path [seen][a] query  fields  body hello"},
        {"a GET with a body", "GET /seen/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "path [seen][a] query  fields  body hello"},
    }));
    INFO(what);
    RawClient client(server.port());
    const auto answer = client.ask(request);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == expected);
    const auto next = client.ask(get("/hello"));
    REQUIRE(next);
    CHECK(next->body == "hello");
}

TEST_CASE("strictness: every method and form of target has its answer, and the connection goes on") {
    TestServer server({}, add_routes);
    const auto [request, status, allow, length] = GENERATE(table<std::string, int, std::string, std::string>({
        {"HEAD /hello", 200, "", "5"},
        {"HEAD /bytes/123456", 200, "", "123456"},
        {"HEAD /nope", 404, "", "?"},
        {"HEAD /length", 405, "POST, OPTIONS", "?"},
        {"HEAD /empty", 204, "", ""},
        {"GET /empty", 204, "", ""},
        {"GET /tagged", 304, "", ""},
        {"HEAD /tagged", 304, "", ""},
        {"OPTIONS /hello", 200, "GET, HEAD, OPTIONS", "0"},
        {"OPTIONS /length", 200, "POST, OPTIONS", "0"},
        {"OPTIONS *", 200, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", "0"},
        {"OPTIONS /nope", 404, "", "?"},
        {"DELETE /hello", 405, "GET, HEAD, OPTIONS", "?"},
        {"GET http://elsewhere.example/hello", 200, "", "5"},
        {"GET HTTP://elsewhere.example", 404, "", "?"},
        {"PROPFIND /hello", 501, "", "?"},
        {"TRACE /hello", 501, "", "?"},
        {"get /hello", 501, "", "?"},
    }));
    INFO(request);
    RawClient client(server.port());
    const auto answer = client.ask(request + " HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"1\"\r\n\r\n", request.starts_with("HEAD "));
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("Allow").value_or("") == allow);
    if (length == "?") { // a problem, as long as it is
        CHECK(std::stoi(answer->header("Content-Length").value_or("0")) > 50);
    } else {
        CHECK(answer->header("Content-Length").value_or("") == length);
    }
    CHECK_FALSE(answer->header("Transfer-Encoding"));
    const auto next = client.ask(get("/echo/next"));
    REQUIRE(next);
    CHECK(next->body == "next"); // no byte of a body was in the way
}

TEST_CASE("strictness: an answer may repeat a field and have a status that is in no registry") {
    TestServer server({}, add_routes);
    RawClient client(server.port());
    const auto answer = client.ask(get("/odd"));
    REQUIRE(answer);
    CHECK_THAT(answer->head, Catch::StartsWith("HTTP/1.1 299 Unknown\r\n"));
    CHECK_THAT(answer->head, Catch::Contains("\r\nLink: </a>; rel=\"next\"\r\nLink: </b>; rel=\"prev\"\r\n"));
    CHECK(answer->body == "odd");
}
