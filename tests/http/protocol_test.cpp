#include "tests/http/raw_client.hpp"
#include "tests/http/test_server.hpp"

#include "geo/error.hpp"
#include "server/http/compression.hpp"

#include <catch2/catch.hpp>
#include <curl/curl.h>
#include <thread>

namespace {

using namespace keyaki::test;
using namespace std::chrono_literals;
namespace http = keyaki::server::http;

struct CloseCurl {
    void operator()(CURL *curl) const noexcept { curl_easy_cleanup(curl); }
};
struct FreeList {
    void operator()(curl_slist *list) const noexcept { curl_slist_free_all(list); }
};

std::size_t append(char *bytes, std::size_t, std::size_t size, void *text) {
    static_cast<std::string *>(text)->append(bytes, size);
    return size;
}

struct CurlAnswer {
    CURLcode code = CURLE_OK;
    long status = 0;
    std::string body;
    long connections = 0; ///< that had to be opened for it
};

/// An HTTP client that others wrote.
class Curl {
  public:
    Curl() : m_curl(curl_easy_init()) {
        curl_easy_setopt(m_curl.get(), CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(m_curl.get(), CURLOPT_TIMEOUT, 30L);
        curl_easy_setopt(m_curl.get(), CURLOPT_ACCEPT_ENCODING, "gzip");
        curl_easy_setopt(m_curl.get(), CURLOPT_NOPROXY, "*");
    }
    CurlAnswer get(const std::string &url) {
        curl_easy_setopt(m_curl.get(), CURLOPT_HTTPGET, 1L);
        return perform(url, {});
    }
    CurlAnswer post(const std::string &url, const std::string &body, const std::vector<std::string> &fields) {
        curl_easy_setopt(m_curl.get(), CURLOPT_POST, 1L);
        curl_easy_setopt(m_curl.get(), CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(m_curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        return perform(url, fields);
    }

  private:
    CurlAnswer perform(const std::string &url, const std::vector<std::string> &fields) {
        CurlAnswer answer;
        std::unique_ptr<curl_slist, FreeList> list;
        for (const auto &field : fields) {
            list.reset(curl_slist_append(list.release(), field.c_str()));
        }
        curl_easy_setopt(m_curl.get(), CURLOPT_HTTPHEADER, list.get());
        curl_easy_setopt(m_curl.get(), CURLOPT_URL, url.c_str());
        curl_easy_setopt(m_curl.get(), CURLOPT_WRITEDATA, &answer.body);
        answer.code = curl_easy_perform(m_curl.get());
        curl_easy_getinfo(m_curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
        curl_easy_getinfo(m_curl.get(), CURLINFO_NUM_CONNECTS, &answer.connections);
        return answer;
    }
    std::unique_ptr<CURL, CloseCurl> m_curl;
};

} // namespace

TEST_CASE("curl keeps its connection, unpacks gzip and uploads in every way") {
    TestServer server({}, [](http::Router &router) {
        router.add(http::Method::get, "/long", [](const http::Request &) { return http::json(200, '"' + std::string(50000, 'a') + '"'); });
    });
    Curl curl;
    CHECK(curl.get(server.url("/hello")).body == "hello");
    const auto packed = curl.get(server.url("/long"));
    CHECK(packed.body.size() == 50002);
    CHECK(packed.connections == 0);
    const std::string megabytes(20000000, 'x');
    for (int round = 0; round < 5; ++round) {
        CHECK(curl.post(server.url("/length"), megabytes, {}).body == "20000000");
        CHECK(curl.post(server.url("/length"), megabytes, {"Transfer-Encoding: chunked"}).body == "20000000");
        CHECK(curl.post(server.url("/length"), megabytes, {"Expect:"}).body == "20000000");
    }
    CHECK(curl.post(server.url("/small"), megabytes, {}).status == 413);
    CHECK(curl.get(server.url("/bytes/20000000")).body.size() == 20000000);
}

TEST_CASE("HEAD, 204 and 304 are framed without a body, and the next answer follows at once") {
    TestServer server;
    RawClient client(server.port());
    const auto head = client.ask("HEAD /bytes/12345 HTTP/1.1\r\nHost: a\r\n\r\n", true);
    REQUIRE(head);
    CHECK(head->header("Content-Length") == "12345");
    const auto empty = client.ask(get("/empty"));
    REQUIRE(empty);
    CHECK(empty->status == 204);
    CHECK_FALSE(empty->header("Content-Length"));
    const auto unchanged = client.ask(get("/tagged", "If-None-Match: \"1\"\r\n"));
    REQUIRE(unchanged);
    CHECK(unchanged->status == 304);
    CHECK(unchanged->header("ETag") == "\"1\"");
    CHECK_FALSE(unchanged->header("Content-Length"));
    const auto missing = client.ask("HEAD /nope HTTP/1.1\r\nHost: a\r\n\r\n", true);
    REQUIRE(missing);
    CHECK(missing->status == 404);
    CHECK(client.ask(get("/hello"))->body == "hello");
}

TEST_CASE("every answer has Date, Server, the request's id and the security header") {
    TestServer server;
    RawClient client(server.port());
    for (const auto &request : {get("/hello"), get("/nope"), get("/throw"), std::string("nonsense\r\n\r\n")}) {
        const auto response = client.ask(request);
        REQUIRE(response);
        CHECK(response->header("Date")->size() == 29);
        CHECK(response->header("Server") == "keyaki");
        CHECK_FALSE(response->header("X-Request-Id")->empty());
        CHECK(response->header("X-Content-Type-Options") == "nosniff");
        CHECK(response->header("Access-Control-Allow-Origin") == "*");
    }
    RawClient other(server.port());
    CHECK(other.ask(get("/hello", "X-Request-Id: abc-1\r\n"))->header("X-Request-Id") == "abc-1");
    CHECK(other.ask(get("/hello", "X-Request-Id: a b\r\n"))->header("X-Request-Id") != "a b");
}

TEST_CASE("malformed requests are answered with their status, and the connection ends") {
    TestServer server;
    const auto [request, status] = GENERATE(table<std::string, int>({
        {"GET /hello\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\n\r\n", 400},
        {"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /hello?a=%z HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
        {"POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400},
        {"CONNECT map.example.jp:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    }));
    INFO(request);
    RawClient client(server.port());
    const auto response = client.ask(request + get("/hello"));
    REQUIRE(response);
    CHECK(response->status == status);
    CHECK(response->header("Connection") == "close");
    CHECK(response->header("Content-Type") == "application/problem+json");
    CHECK(client.receive_to_end() == ""); // the request that followed is not answered
}

TEST_CASE("absolute-form and OPTIONS * are understood") {
    TestServer server;
    RawClient client(server.port());
    CHECK(client.ask("GET http://map.example.jp/echo/7?a=b HTTP/1.1\r\nHost: a\r\n\r\n")->body == "7");
    const auto options = client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(options);
    CHECK(options->status == 200);
    CHECK(options->header("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST_CASE("a client that closes only its writing half gets its answers") {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/pool/1") + get("/echo/2") + get("/pool/3"));
    client.close_writing();
    const auto answers = client.receive_to_end();
    REQUIRE(answers);
    CHECK_THAT(*answers, Catch::Contains("\r\n\r\n1") && Catch::Contains("\r\n\r\n2") && Catch::EndsWith("\r\n\r\n3"));
}

TEST_CASE("a client that floods while its request is in work is ended, its answer given") {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/gate/first"));
    REQUIRE(server.gate().wait_for_arrivals(1));
    std::string flood;
    while (flood.size() < 2 * http::limits::pipelined_bytes) {
        flood += get("/echo/1");
    }
    client.send(flood);
    CHECK(server.eventually([](const auto &numbers) { return numbers.buffered_input_bytes == 0; }));
    server.gate().open();
    const auto rest = client.receive_to_end();
    REQUIRE(rest);
    CHECK_THAT(*rest, Catch::StartsWith("HTTP/1.1 200 OK") && Catch::Contains("Connection: close") && Catch::EndsWith("\r\n\r\nfirst"));
    CHECK(server.handled() == 0);
    CHECK(RawClient(server.port()).ask(get("/hello"))->body == "hello");
}

TEST_CASE("each answer is told to the hook, once") {
    std::mutex mutex;
    std::vector<std::string> seen;
    http::ServerOptions options;
    options.on_request = [&](const http::RequestSummary &summary) {
        const std::lock_guard lock(mutex);
        seen.push_back(std::string(http::method_name(summary.method)) + " " + std::string(summary.route_name) + " " + std::to_string(summary.status) +
                       " " + std::to_string(summary.bytes) + " " + std::string(summary.remote_address));
        if (summary.duration.count() <= 0 || summary.request_id.empty()) {
            seen.emplace_back("without duration or id");
        }
    };
    {
        TestServer server(std::move(options));
        RawClient client(server.port());
        REQUIRE(client.ask(get("/pool/7")));
        REQUIRE(client.ask(get("/nope")));
        REQUIRE(client.ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", true));
        REQUIRE(client.ask("nonsense\r\n\r\n"));
    }
    REQUIRE(seen.size() == 4);
    CHECK(seen[0] == "GET /pool/{id} 200 1 127.0.0.1");
    CHECK_THAT(seen[1], Catch::StartsWith("GET  404 "));
    CHECK(seen[2] == "HEAD /hello 200 0 127.0.0.1");
    CHECK_THAT(seen[3], Catch::StartsWith("other  400 "));
}

TEST_CASE("a stream delivers events as they come, and ends with the server") {
    std::mutex mutex;
    std::shared_ptr<http::StreamWriter> writer;
    TestServer server({}, [&](http::Router &router) {
        router.add(http::Method::get, "/events", [&](const http::Request &) {
            return http::streamed("text/event-stream", [&](std::shared_ptr<http::StreamWriter> stream) {
                const std::lock_guard lock(mutex);
                writer = std::move(stream);
            });
        });
    });
    const auto current = [&] {
        const std::lock_guard lock(mutex);
        return writer;
    };
    RawClient client(server.port());
    client.send(get("/events"));
    while (!current()) {
        std::this_thread::yield();
    }
    CHECK(current()->write("data: 1\n\n"));
    CHECK(current()->write("data: 2\n\n"));
    const auto answer = client.receive_some(10000, 300ms);
    CHECK_THAT(answer, Catch::Contains("Transfer-Encoding: chunked") && Catch::Contains("Content-Type: text/event-stream") &&
                           Catch::EndsWith("\r\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n"));
    SECTION("finished by its owner") {
        current()->finish();
        CHECK(client.receive_to_end() == "0\r\n\r\n");
        CHECK_FALSE(current()->write("late"));
        CHECK_FALSE(current()->is_open());
    }
    SECTION("ended by the server") {
        std::thread stopping([&] { server->drain_and_stop(5s); });
        CHECK(client.receive_to_end() == "0\r\n\r\n");
        client.close();
        stopping.join();
        CHECK_FALSE(current()->write("late"));
    }
    SECTION("left by its client") {
        client.close();
        while (current()->is_open()) {
            std::this_thread::yield();
        }
        CHECK_FALSE(current()->write("late"));
    }
    SECTION("not read by its client") {
        int written = 0;
        while (current()->write(std::string(64000, 'x')) && written < 10000) {
            ++written;
        }
        CHECK(written < 10000); // the queue is bounded, the client is let go
        CHECK(server.eventually([](const auto &numbers) { return numbers.connections_open == 0; }));
    }
    const std::lock_guard lock(mutex);
    writer.reset();
}

TEST_CASE("a server says why it cannot listen") {
    TestServer first;
    http::ServerOptions options;
    options.port = first.port();
    http::Server second(options, http::Router());
    CHECK_THROWS_WITH(second.start(), Catch::Contains("cannot listen on 127.0.0.1:" + std::to_string(first.port())));
    http::ServerOptions wrong;
    wrong.address = "no such host";
    http::Server third(wrong, http::Router());
    CHECK_THROWS_AS(third.start(), keyaki::geo::Error);
}

TEST_CASE("a server listens on IPv6 too") {
    http::ServerOptions options;
    options.address = "::1";
    http::Router router;
    router.add(http::Method::get, "/who", [](const http::Request &request) { return http::text(200, request.remote_address); });
    http::Server server(options, std::move(router));
    try {
        server.start();
    } catch (const keyaki::geo::Error &error) {
        WARN("no IPv6 on this machine: " << error.what());
        return;
    }
    Curl curl;
    CHECK(curl.get("http://[::1]:" + std::to_string(server.port()) + "/who").body == "::1");
}
