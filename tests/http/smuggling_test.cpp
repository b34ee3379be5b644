// Requests that are read in two ways by two readers: a proxy takes the end for the body's, the server for the next client's request. Ours refuses
// them and ends the connection, or reads them in the one way that RFC 9112 has.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include <catch2/catch.hpp>
#include <sstream>

namespace {

using namespace keyaki::test;
using namespace std::string_literals;

const std::string smuggled = get("/echo/smuggled");

std::string post_to_length(const std::string &fields, const std::string &body) {
    return "POST /length HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

} // namespace

TEST_CASE("smuggling: what has two readings is refused, and nothing after it is a request") {
    TestServer server;
    const auto [what, request, status] = GENERATE(table<std::string, std::string, int>({
        {"CL.TE", post_to_length("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"TE.CL", post_to_length("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n"), 400},
        {"CL.CL", post_to_length("Content-Length: 0\r\nContent-Length: 44\r\n", ""), 400},
        {"CL.CL in one field", post_to_length("Content-Length: 0, 44\r\n", ""), 400},
        {"Content-Length in hexadecimal", post_to_length("Content-Length: 0x2c\r\n", ""), 400},
        {"Content-Length with a blank within", post_to_length("Content-Length: 4 4\r\n", ""), 400},
        {"Content-Length behind a NUL", post_to_length("X: \0\r\nContent-Length: 44\r\n"s, ""), 400},
        {"TE.TE: xchunked", post_to_length("Transfer-Encoding: xchunked\r\n", ""), 501},
        {"TE.TE: chunked, then another", post_to_length("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"), 400},
        {"TE.TE: identity first", post_to_length("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 501},
        {"TE.TE: chunked, identity", post_to_length("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 501},
        {"TE.TE: with a parameter", post_to_length("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 501},
        {"TE.TE: in quotes", post_to_length("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 501},
        {"TE.TE: behind a vertical tab",
         post_to_length("Transfer-Encoding: \x0B"
                        "chunked\r\n",
                        "0\r\n\r\n"),
         400},
        {"TE.TE: a blank before the colon", post_to_length("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"TE.TE: a folded value", post_to_length("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
        {"TE.TE: behind a bare CR", post_to_length("X: a\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"TE.TE: behind a bare LF", post_to_length("X: a\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"TE in HTTP/1.0", "POST /length HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"a blank before the first field", "POST /length HTTP/1.1\r\n Host: a\r\nContent-Length: 0\r\n\r\n", 400},
        {"a chunk's size with a sign", post_to_length("Transfer-Encoding: chunked\r\n", "+0\r\n\r\n"), 400},
        {"a chunk's size with 0x", post_to_length("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk's size behind a blank", post_to_length("Transfer-Encoding: chunked\r\n", " 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk's size that wraps around 2^64", post_to_length("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n\r\n"), 400},
        {"a chunk's line that ends with LF", post_to_length("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk's line that ends with CR", post_to_length("Transfer-Encoding: chunked\r\n", "5\rhello\r\n0\r\n\r\n"), 400},
        {"a chunk that is longer than it says", post_to_length("Transfer-Encoding: chunked\r\n", "5\r\nhello0\r\n0\r\n\r\n"), 400},
        {"a chunk whose data ends with LF", post_to_length("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n"), 400},
        {"a quoted extension over lines", post_to_length("Transfer-Encoding: chunked\r\n", "5;a=\"\r\nhello\r\n0\r\n\r\n\""), 400},
        {"a length in the trailers", post_to_length("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 44\r\n\r\n"), 400},
        {"a request line with blanks", "POST  /length HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"a request line in the target", "GET /hello HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    }));
    INFO(what);
    RawClient client(server.port());
    const auto answer = client.ask(request + smuggled);
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("Connection") == "close");
    CHECK(client.receive_to_end() == "");
    CHECK(server.handled() == 0);
}

TEST_CASE("smuggling: a request within a body is that body, and nothing else") {
    TestServer server;
    const auto size = std::to_string(smuggled.size());
    const auto in_hex = [] {
        std::ostringstream text;
        text << std::hex << smuggled.size();
        return text.str();
    }();
    const auto [what, request, length] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"of a Content-Length", post_to_length("Content-Length: " + size + "\r\n", smuggled), size},
        {"of a Content-Length between tabs", post_to_length("Content-Length:\t" + size + "\t\r\n", smuggled), size},
        {"of a chunk", post_to_length("Transfer-Encoding: chunked\r\n", in_hex + "\r\n" + smuggled + "\r\n0\r\n\r\n"), size},
        {"of a chunk, with zeros before its size",
         post_to_length("Transfer-Encoding:\tchunked \r\n", "000" + in_hex + "\r\n" + smuggled + "\r\n0\r\n\r\n"), size},
        {"with a Transfer-Encoding that a Connection field names",
         post_to_length("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", in_hex + "\r\n" + smuggled + "\r\n0\r\n\r\n"), size},
    }));
    INFO(what);
    RawClient client(server.port());
    const auto answer = client.ask(request);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == length);
    const auto next = client.ask(get("/hello"));
    REQUIRE(next);
    CHECK(next->body == "hello"); // on the same connection, at its place
    CHECK(server.handled() == 0);
}
