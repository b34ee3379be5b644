// Files that are sent as they are read, whole or in part.
#include "server/http/file_body.hpp"

#include "geo/error.hpp"
#include "server/http/limits.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {

using namespace keyaki::test;
using Catch::Contains;
namespace http = keyaki::server::http;
using Kind = http::RangeChoice::Kind;

std::string numbers(std::size_t bytes) {
    std::string text;
    for (int number = 0; text.size() < bytes; ++number) {
        text += std::to_string(number) + " ";
    }
    text.resize(bytes);
    return text;
}

/// Serves one file at /file.
struct FileServer {
    TemporaryFolder folder;
    std::string content;
    std::filesystem::path file;
    TestServer server;

    explicit FileServer(std::size_t bytes, std::string type = "application/octet-stream")
        : content(numbers(bytes)), file(folder.write("file", content)), server({}, [this, bytes, type](http::Router &router) {
              router.add(http::Method::get, "/file", [this, bytes, type](const http::Request &request) {
                  return http::send_file(request, {file, bytes, type, "\"tag\""});
              });
          }) {}
    std::string ask(const std::string &fields) {
        RawClient client(server.port());
        client.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
        return client.receive_to_end().value_or("");
    }
};

std::string body_of(const std::string &answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

} // namespace

TEST_CASE("a range is one of bytes that are there; all else asks for the whole") {
    const auto choose = [](std::string_view field) { return http::choose_range(field, 1'000); };
    CHECK(choose("bytes=0-0").range == http::ByteRange{0, 1});
    CHECK(choose("bytes=0-").range == http::ByteRange{0, 1'000});
    CHECK(choose("Bytes= 990-2000 ").range == http::ByteRange{990, 10});
    CHECK(choose("bytes=-1").range == http::ByteRange{999, 1});
    CHECK(choose("bytes=-5000").range == http::ByteRange{0, 1'000});
    for (const char *field : {"", "bytes", "bytes=", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=0-1,5-6", "items=0-1", "bytes=+1-2", "bytes=1-2x",
                              "bytes=-", "bytes=99999999999999999999-"}) {
        INFO(field);
        CHECK(choose(field).kind == Kind::whole);
    }
    for (const char *field : {"bytes=1000-", "bytes=1000-2000", "bytes=-0"}) {
        INFO(field);
        CHECK(choose(field).kind == Kind::unsatisfiable);
    }
    CHECK(http::choose_range("bytes=0-", 0).kind == Kind::unsatisfiable);
    CHECK(http::choose_range("bytes=-1", 0).kind == Kind::unsatisfiable);
}

TEST_CASE("a file of many pieces comes whole with its length, and in part with the part's") {
    FileServer files(5 * http::limits::piece_bytes + 7);
    const std::string whole = files.ask("");
    CHECK_THAT(whole,
               Contains("HTTP/1.1 200") && Contains("Content-Length: " + std::to_string(files.content.size())) && Contains("Accept-Ranges: bytes"));
    CHECK_THAT(whole.substr(0, whole.find("\r\n\r\n")), !Contains("chunked"));
    CHECK(body_of(whole) == files.content);
    const std::string part = files.ask("Range: bytes=100-400000\r\n");
    CHECK_THAT(part, Contains("HTTP/1.1 206") && Contains("Content-Length: 399901") &&
                         Contains("Content-Range: bytes 100-400000/" + std::to_string(files.content.size())));
    CHECK(body_of(part) == files.content.substr(100, 399'901));
    CHECK(body_of(files.ask("Range: bytes=-3\r\n")) == files.content.substr(files.content.size() - 3));
    CHECK_THAT(files.ask("Range: bytes=99999999-\r\n"), Contains("HTTP/1.1 416") && Contains("Content-Range: bytes */"));
    CHECK_THAT(files.ask("If-None-Match: \"tag\"\r\n"), Contains("HTTP/1.1 304"));
}

TEST_CASE("a text is packed on its way, and then in chunks; a part of it is not") {
    FileServer files(12 * http::limits::piece_bytes, "text/javascript");
    std::string packed = files.ask("Accept-Encoding: gzip\r\n");
    packed.resize(packed.find("\r\n\r\n"));
    CHECK_THAT(packed, Contains("Content-Encoding: gzip") && Contains("Transfer-Encoding: chunked") && Contains("ETag: \"tag-gzip\""));
    const std::string part = files.ask("Accept-Encoding: gzip\r\nRange: bytes=0-999\r\n");
    CHECK(body_of(part) == files.content.substr(0, 1'000));
    CHECK_THAT(part.substr(0, part.find("\r\n\r\n")), !Contains("Content-Encoding"));
}

TEST_CASE("a file that is gone or has another size is a trouble of ours, and an empty one is empty") {
    FileServer files(1'000);
    CHECK_THROWS_AS(http::send_file(http::make_request(http::Method::get, "/"), {files.folder / "none", 1, "a/b", "\"t\""}), keyaki::geo::Error);
    files.folder.write("file", "short");
    CHECK_THAT(files.ask(""), Contains("HTTP/1.1 503"));
    FileServer empty(0);
    CHECK_THAT(empty.ask(""), Contains("HTTP/1.1 200") && Contains("Content-Length: 0"));
}
