// Whole connections to our server over loopback: whatever bytes in whatever packets, with half closes and resets. What comes back must be framed by
// RFC 9112 to a reader of its own, and answer the requests that the parser alone finds in the same bytes, each once and in their order.
#include "server/http/problem.hpp"
#include "server/http/request_parser.hpp"
#include "server/http/server.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/http_answers.hpp"

#include "geo/error.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace keyaki;
using namespace keyaki::server::http;
using namespace std::chrono_literals;
using Step = RequestParser::Step;

/// What is asked and answered: each answer says its request's target, so that one that went astray is seen.
Router make_router() {
    Router router;
    const auto echo = [](const Request &request) { return text(200, request.target); };
    const auto length = [](const Request &request) { return text(200, request.target + ' ' + std::to_string(request.body.size())); };
    const RouteOptions inlined{.body_limit_bytes = 600, .work = Work::inline_, .name = "echo"};
    router.add(Method::get, "/a", echo, inlined);
    router.add(Method::get, "/a/{b}", echo, {.body_limit_bytes = 100, .name = "echo"});
    router.add(Method::post, "/checkins", length, {.body_limit_bytes = 2000, .name = "length", .shed_priority = ShedPriority::essential});
    router.add(Method::get, "/p/{b}", echo, {.name = "echo", .ready = [](const Request &request) {
                                                 return request.params.at("b") == "r" ? std::optional(text(200, request.target)) : std::nullopt;
                                             }});
    router.add(Method::get, "/big", [](const Request &) { return text(200, std::string(700'000, 'x')); });
    router.add(Method::get, "/json", [](const Request &) { return json(200, '"' + std::string(5000, 'y') + '"').with_etag("\"1\""); });
    router.add(Method::get, "/empty", [](const Request &) { return no_content(); }, {.work = Work::inline_});
    router.add(Method::get, "/throw", [](const Request &) -> Response { throw std::runtime_error("secret"); });
    router.add(Method::get, "/stream", [](const Request &) {
        return streamed("text/event-stream", [](const std::shared_ptr<StreamWriter> &writer) { writer->write("data: 1\n\n"); });
    });
    return router;
}

struct Seen {
    Method method = Method::other;
    std::string target;
    std::string route;
    int status = 0;
};

/// One server for the whole run; between two inputs it has no connection.
class FuzzedServer {
  public:
    FuzzedServer() : m_server(options(), make_router()) {
        spdlog::set_level(spdlog::level::off);
        m_server.start();
    }
    [[nodiscard]] std::uint16_t port() const { return m_server.port(); }
    [[nodiscard]] std::vector<Seen> take_seen() {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_seen, {});
    }
    /// Until it has taken in so many clients since its start, and has none.
    void wait_until_quiet(std::uint64_t clients) {
        const auto deadline = std::chrono::steady_clock::now() + 8s;
        for (;;) {
            const auto numbers = m_server.statistics();
            if (numbers.connections_accepted == clients && numbers.connections_open == 0 && numbers.in_flight == 0) {
                KEYAKI_FUZZ_REQUIRE(numbers.buffered_input_bytes == 0);
                return;
            }
            KEYAKI_FUZZ_REQUIRE(std::chrono::steady_clock::now() < deadline);
            std::this_thread::yield();
        }
    }

  private:
    ServerOptions options() {
        ServerOptions options;
        options.event_threads = 1;
        options.pool_threads = 2;
        options.on_request = [this](const RequestSummary &summary) {
            const std::lock_guard lock(m_mutex);
            m_seen.push_back({summary.method, std::string(summary.target), std::string(summary.route_name), summary.status});
        };
        return options;
    }
    std::mutex m_mutex;
    std::vector<Seen> m_seen;
    Server m_server;
};

class Client {
  public:
    /// `number` chooses the client's own address: one address has 28,000 ports, and each stays taken for a minute after its connection.
    Client(std::uint16_t port, std::uint64_t number, bool reads_slowly) : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (reads_slowly) {
            const int bytes = 4096;
            ::setsockopt(m_socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(number % 200));
        KEYAKI_FUZZ_REQUIRE(::bind(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
            pollfd waiting{m_socket, POLLOUT, 0}; // libFuzzer's alarm came between: the kernel goes on connecting
            KEYAKI_FUZZ_REQUIRE(errno == EINTR && ::poll(&waiting, 1, 8000) == 1 && (waiting.revents & POLLERR) == 0);
        }
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client() { ::close(m_socket); }

    void send(std::string_view bytes) {
        while (!bytes.empty()) { // the server may have closed: what it says then is still read
            const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) {
                continue;
            }
            if (sent <= 0) {
                return;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void close_writing() { ::shutdown(m_socket, SHUT_WR); }
    void reset_on_close() {
        const linger at_once{1, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    /// What has come so far is added to `received`; false at the end. `patience` 0: does not wait.
    bool receive(std::string &received, std::chrono::milliseconds patience) {
        pollfd waiting{m_socket, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(patience.count()));
        if (ready <= 0) {
            KEYAKI_FUZZ_REQUIRE(patience == 0ms || (ready < 0 && errno == EINTR));
            return true;
        }
        std::array<char, 65536> bytes{};
        const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
        KEYAKI_FUZZ_REQUIRE(count >= 0 || errno == ECONNRESET);
        received.append(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        return count > 0;
    }

  private:
    int m_socket;
};

struct Expected {
    std::string target;
    int refused_with = 0;     ///< 0: a request that finds its route, or 404 or 405 or 501
    bool may_be_last = false; ///< waits for 100 Continue where no route is: answered without its body, if that has not come yet
};

/// What the parser alone makes of the bytes, in one piece.
std::vector<Expected> expected_of(std::string_view bytes) {
    static const Router router = make_router();
    std::vector<Expected> requests;
    RequestParser parser;
    Router::Plan plan;
    bool has_head = false;
    const auto take_head = [&] {
        try {
            parse_target(parser.request());
        } catch (const geo::Error &) {
            if (parser.request().method != Method::other) {
                requests.push_back({{}, 400, false});
                return false;
            }
            parser.request().target.assign(1, '/');
        }
        plan = router.plan(parser.request());
        has_head = true;
        return true;
    };
    for (;;) {
        std::size_t consumed = 0;
        const Step step = parser.advance(bytes, consumed);
        bytes.remove_prefix(consumed);
        if (step == Step::need_more) {
            return requests;
        }
        if (step == Step::refused) {
            requests.push_back({{}, parser.refusal().status, false});
            return requests;
        }
        if (!has_head && !take_head()) {
            return requests;
        }
        if (step == Step::head_complete) {
            if (parser.expects_continue() && plan.outcome != Router::Plan::Outcome::handler) {
                requests.push_back({parser.request().target, 0, true});
                return requests; // whether its body is waited for depends on the packets
            }
            parser.limit_body(plan.body_limit_bytes);
            continue;
        }
        requests.push_back({parser.request().target, 0, false});
        if (!parser.keeps_alive() || parser.request().method_text == "CONNECT" ||
            (plan.route_name == "/stream" && parser.request().method == Method::get)) {
            return requests;
        }
        parser = RequestParser();
        has_head = false;
    }
}

/// Every answer once, framed as RFC 9112 says, with its own request's content, and nothing after the last.
void check_answers(std::string_view bytes, const std::vector<Seen> &seen) {
    bool closed = false;
    for (const Seen &one : seen) {
        KEYAKI_FUZZ_REQUIRE(!closed);
        auto answer = keyaki::test::read_answer(bytes, one.method == Method::head);
        while (answer && answer->status == 100) {
            answer = keyaki::test::read_answer(bytes, one.method == Method::head);
        }
        KEYAKI_FUZZ_REQUIRE(answer.has_value());
        KEYAKI_FUZZ_REQUIRE(answer->status == one.status);
        KEYAKI_FUZZ_REQUIRE(answer->field("date") && answer->field("x-request-id") && answer->field("x-content-type-options") == "nosniff");
        KEYAKI_FUZZ_REQUIRE(answer->status != 500 || answer->body.find("secret") == std::string::npos);
        if (one.route == "echo" && one.method == Method::get && one.status == 200) {
            KEYAKI_FUZZ_REQUIRE(answer->field("content-encoding") || answer->body == one.target);
        }
        closed = answer->closes();
    }
    while (!bytes.empty()) { // a body that did not come: its 100 Continue has gone out, no answer follows
        const auto interim = keyaki::test::read_answer(bytes, false);
        KEYAKI_FUZZ_REQUIRE(interim && interim->status == 100 && bytes.empty());
    }
}

/// For whoever reads a finding.
void print(const std::vector<Expected> &expected, const std::vector<Seen> &seen) {
    for (const auto &one : expected) {
        std::fprintf(stderr, "expected %s %d%s\n", one.target.c_str(), one.refused_with, one.may_be_last ? ", perhaps the last" : "");
    }
    for (const auto &one : seen) {
        std::fprintf(stderr, "answered %s %d\n", one.target.c_str(), one.status);
    }
}

bool agree(const std::vector<Expected> &expected, const std::vector<Seen> &seen) {
    const bool last_is_open = !expected.empty() && expected.back().may_be_last;
    // Where the bytes end, the parser may have refused in pieces what it still waits for in one, or the other way round.
    const bool last_refused = (!expected.empty() && expected.back().refused_with != 0) || (!seen.empty() && seen.back().status >= 400);
    const auto difference = static_cast<std::ptrdiff_t>(seen.size()) - static_cast<std::ptrdiff_t>(expected.size());
    if (difference != 0 && !last_is_open && !(last_refused && difference >= -1 && difference <= 1)) {
        return false;
    }
    for (std::size_t at = 0; at < std::min(seen.size(), expected.size()) && !expected[at].may_be_last; ++at) {
        if (expected[at].refused_with == 0 ? seen[at].target != expected[at].target : seen[at].status != expected[at].refused_with) {
            return false;
        }
    }
    return true;
}

void check_requests(const std::vector<Expected> &expected, const std::vector<Seen> &seen) {
    if (!agree(expected, seen)) {
        print(expected, seen);
        KEYAKI_FUZZ_REQUIRE(false && "the server answers the requests that the parser finds");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static FuzzedServer server;
    static std::uint64_t clients = 0;
    ++clients;
    keyaki::test::FuzzInput input(data, size);
    const unsigned manner = input.number();
    const std::uint8_t seed = input.number();
    const std::string_view bytes = input.rest();
    std::string received;
    {
        Client client(server.port(), clients, (manner & 1U) != 0);
        const bool reads_between = (manner & 2U) != 0;
        const bool leaves = (manner & 12U) == 12U; // goes away without reading: only the server's life is asked for
        keyaki::test::in_pieces(bytes, seed, [&](std::string_view piece) {
            client.send(piece);
            if (reads_between) {
                client.receive(received, 0ms);
            }
        });
        if (leaves) {
            if ((manner & 16U) != 0) {
                client.reset_on_close();
            }
        } else {
            client.close_writing();
            while (client.receive(received, 8000ms)) {
            }
            server.wait_until_quiet(clients);
            const auto seen = server.take_seen();
            check_requests(expected_of(bytes), seen);
            check_answers(received, seen);
        }
    }
    server.wait_until_quiet(clients);
    (void)server.take_seen();
    return 0;
}
