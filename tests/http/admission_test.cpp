// Large bodies: who may send one is asked with the head alone, and what comes goes to a file.
#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"
#include "tests/support/http_client.hpp"

#include "server/http/limits.hpp"
#include "server/http/problem.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>

using namespace keyaki;
using namespace keyaki::server::http;
using keyaki::test::HttpClient;
using keyaki::test::TestServer;

namespace {

constexpr std::size_t limit_bytes = 8U << 20U;

/// Answers with the size of the body, where it lay and its last byte.
Response describe_body(const Request &request) {
    if (!request.body_file) {
        return text(200, "in memory " + std::to_string(request.body.size()));
    }
    std::array<char, 1> last{};
    const std::size_t size = request.body_file->size_bytes();
    const std::size_t got = request.body_file->read(size - 1, last);
    return text(200, "in a file " + std::to_string(size) + (got == 1 ? std::string(" ") + last[0] : ""));
}

std::optional<Response> refuse_strangers(const Request &request) {
    if (request.header("Authorization").empty()) {
        return problem(401, {}, "This needs a key.");
    }
    return std::nullopt;
}

TestServer make_server(std::atomic<int> &handled, ServerOptions options = {}) {
    return TestServer(std::move(options), [&handled](Router &router) {
        router.add(Method::post, "/large",
                   [&handled](const Request &request) {
                       ++handled;
                       return describe_body(request);
                   },
                   {.body_limit_bytes = limit_bytes, .admission = refuse_strangers});
    });
}

std::string large_body() { return std::string(3U << 20U, 'a') + "z"; }

} // namespace

TEST_CASE("a large body of somebody who may send it goes to a file, however it is framed") {
    std::atomic<int> handled = 0;
    TestServer server = make_server(handled);
    HttpClient client(server.url(""));
    const std::string wanted = "in a file " + std::to_string(large_body().size()) + " z";
    CHECK(client.post("/large", large_body(), {"Authorization: x"}).body == wanted);
    CHECK(client.post("/large", large_body(), {"Authorization: x", "Expect:"}).body == wanted);
    CHECK(client.post("/large", large_body(), {"Authorization: x", "Transfer-Encoding: chunked"}).body == wanted);
    CHECK(client.post("/large", "small", {"Authorization: x"}).body == "in a file 5 l");
    CHECK(handled == 4);
    CHECK(server.eventually([](const ServerStatistics &now) { return now.buffered_input_bytes == 0; }));
}

TEST_CASE("the body of a stranger is not waited for and not kept, and the connection ends with the refusal") {
    std::atomic<int> handled = 0;
    TestServer server = make_server(handled);
    HttpClient client(server.url(""));
    CHECK(client.post("/large", large_body()).status == 401);
    CHECK(client.post("/large", large_body(), {"Expect:"}).status == 401);
    CHECK(handled == 0);
    test::RawClient raw(server.port());
    raw.send("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"); // and nothing of the body
    const auto answer = raw.receive();
    REQUIRE(answer);
    CHECK(answer->status == 401);
    CHECK_THAT(answer->body, Catch::Contains("This needs a key."));
    CHECK(raw.is_closed_within(std::chrono::seconds(10)));
}

TEST_CASE("a body that is announced as too large is refused before anybody is asked, a chunked one when it gets there") {
    std::atomic<int> handled = 0;
    TestServer server = make_server(handled);
    HttpClient client(server.url(""));
    const std::string body(limit_bytes + 1, 'a');
    CHECK(client.post("/large", body, {"Authorization: x"}).status == 413);
    CHECK(client.post("/large", body, {"Authorization: x", "Transfer-Encoding: chunked", "Expect:"}).status == 413);
    CHECK(handled == 0);
}

TEST_CASE("a request without a body goes to its handler, and one after a large body on the same connection is answered") {
    std::atomic<int> handled = 0;
    TestServer server = make_server(handled);
    test::RawClient raw(server.port());
    const auto empty = raw.ask("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(empty);
    CHECK(empty->body == "in memory 0");
    raw.send("POST /large HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nContent-Length: 3\r\n\r\nabcPOST /large HTTP/1.1\r\nHost: a\r\nContent-Length: "
             "0\r\n\r\n");
    const auto large = raw.receive();
    REQUIRE(large);
    CHECK(large->body == "in a file 3 c");
    const auto after = raw.receive();
    REQUIRE(after);
    CHECK(after->body == "in memory 0");
}

TEST_CASE("where no file can be made for a body its sender is told to come back") {
    std::atomic<int> handled = 0;
    ServerOptions options;
    options.spool_folder = "/no/such/folder";
    TestServer server = make_server(handled, std::move(options));
    const auto answer = HttpClient(server.url("")).post("/large", "small", {"Authorization: x"});
    CHECK(answer.status == 503);
    CHECK_FALSE(answer.header("retry-after").empty());
}

TEST_CASE("only so many bodies lie in files at one time, and room is given back") {
    std::vector<std::shared_ptr<BodyFile>> files;
    for (std::size_t i = 0; i < limits::spooled_bodies; ++i) {
        files.push_back(BodyFile::open("/tmp"));
        REQUIRE(files.back());
    }
    CHECK_FALSE(BodyFile::open("/tmp"));
    files.pop_back();
    CHECK(BodyFile::open("/tmp"));
}
