#include "tests/http/test_server.hpp"

#include <ctime>
#include <thread>

namespace keyaki::test {

namespace http = server::http;

TestServer::TestServer(http::ServerOptions options, const std::function<void(http::Router &)> &more_routes)
    : m_server(std::move(options), routes(more_routes)) {
    m_server.start();
}

TestServer::~TestServer() {
    m_gate.open();
    m_server.drain_and_stop(std::chrono::seconds(5));
}

http::Router TestServer::routes(const std::function<void(http::Router &)> &more_routes) {
    http::Router router;
    const auto inlined = [](std::size_t body_limit_bytes = 1 << 20) {
        return http::RouteOptions{.body_limit_bytes = body_limit_bytes, .work = http::Work::inline_};
    };
    router.add(
        http::Method::get, "/hello", [](const http::Request &) { return http::text(200, "hello"); }, inlined());
    router.add(
        http::Method::get, "/echo/{id}",
        [this](const http::Request &request) {
            ++m_handled;
            return http::text(200, std::string(request.params.at("id")));
        },
        inlined());
    router.add(http::Method::get, "/pool/{id}", [this](const http::Request &request) {
        ++m_handled;
        return http::text(200, std::string(request.params.at("id")));
    });
    router.add(http::Method::get, "/gate/{id}", [this](const http::Request &request) {
        m_gate.wait();
        return http::text(200, std::string(request.params.at("id")));
    });
    router.add(http::Method::post, "/gate-essential",
               [this](const http::Request &) {
                   m_gate.wait();
                   return http::text(200, "essential");
               },
               {.shed_priority = http::ShedPriority::essential});
    router.add(http::Method::post, "/essential", [](const http::Request &) { return http::text(201, "essential"); },
               {.shed_priority = http::ShedPriority::essential});
    router.add(http::Method::get, "/bytes/{size}", [](const http::Request &request) {
        return http::bytes(std::make_shared<const std::string>(std::stoul(std::string(request.params.at("size"))), 'x'), "application/octet-stream");
    });
    router.add(http::Method::post, "/length", [](const http::Request &request) { return http::text(200, std::to_string(request.body.size())); },
               {.body_limit_bytes = 64U << 20U});
    router.add(
        http::Method::post, "/small", [](const http::Request &request) { return http::text(200, request.body); }, inlined(1000));
    router.add(
        http::Method::get, "/empty", [](const http::Request &) { return http::no_content(); }, inlined());
    router.add(http::Method::get, "/throw", [](const http::Request &) -> http::Response { throw std::runtime_error("secret"); });
    router.add(
        http::Method::get, "/tagged", [](const http::Request &) { return http::text(200, "tagged").with_etag("\"1\""); }, inlined());
    if (more_routes) {
        more_routes(router);
    }
    return router;
}

bool TestServer::eventually(const std::function<bool(const http::ServerStatistics &)> &satisfied) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!satisfied(m_server.statistics())) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string get(const std::string &path, const std::string &fields) { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

std::string post(const std::string &path, const std::string &body, const std::string &fields) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

} // namespace keyaki::test
