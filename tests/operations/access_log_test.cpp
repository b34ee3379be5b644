// What a live server logs, and what it never logs.
#include "tests/flows/sample_city.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/support/metrics_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

/// A server whose log goes to a file.
class LoggedServer {
  public:
    explicit LoggedServer(const std::vector<std::string> &more)
        : m_file(m_city.folder / "log"), m_descriptor(open(m_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
          m_server(m_city.database, more, m_descriptor) {}
    ~LoggedServer() { close(m_descriptor); }
    LoggedServer(const LoggedServer &) = delete;
    LoggedServer &operator=(const LoggedServer &) = delete;

    [[nodiscard]] const test::SampleCity &city() const { return m_city; }
    [[nodiscard]] test::LiveServer &server() { return m_server; }
    /// Ends the server and gives all that it logged.
    [[nodiscard]] std::string log() {
        CHECK(m_server.terminate() == 0);
        return test::bytes_of(m_file);
    }

  private:
    test::SampleCity m_city;
    std::filesystem::path m_file;
    int m_descriptor;
    test::LiveServer m_server;
};

std::vector<json> lines_of(const std::string &log) {
    std::vector<json> lines;
    std::istringstream text(log);
    for (std::string line; std::getline(text, line);) {
        CAPTURE(line);
        REQUIRE(json::accept(line));
        lines.push_back(json::parse(line));
    }
    return lines;
}

HttpAnswer check_in(HttpClient &client, const std::string &key, const std::string &body) {
    return client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: " + key});
}

/// Everything that a member's phone, its back end and a curious stranger may send, with parts that can be recognised.
void send_what_is_secret(LoggedServer &logged, const std::string &api_key) {
    HttpClient client(logged.server().address(), api_key);
    json body = json::parse(test::check_in_body("recognisable-member"));
    body["device"] = "recognisable-device";
    CHECK(check_in(client, "recognisable-idempotency", body.dump()).status == 201);
    CHECK(check_in(client, "recognisable-idempotency", body.dump()).status == 201);
    body["spot"] = "shelters/recognisable-spot";
    CHECK(check_in(client, "recognisable-second", body.dump()).status == 422);
    body["fixes"][0]["lon"] = 1390.534844;
    CHECK(check_in(client, "recognisable-third", body.dump()).status == 422);
    CHECK(check_in(client, "recognisable-fourth", "{\"recognisable-json\"").status == 400);
    CHECK(client.get("/members/recognisable-member/points").status == 200);
    CHECK(client.get("/members/recognisable-member/stamps?recognisable-query=139.534844").status == 400);
    CHECK(client.get("/ledger/accounts/member:recognisable-member").status == 200);
    CHECK(client.get("/collections/shelters/items?bbox=139.534844,35.791556,139.6,35.8").status == 200);
    CHECK(client.get("/recognisable-path", {"User-Agent: recognisable-agent", "Cookie: recognisable-cookie"}).status == 404);
    CHECK(HttpClient(logged.server().address(), "recognisable-key").get("/members/recognisable-member/points").status == 401);
    test::RawClient raw(static_cast<std::uint16_t>(std::stoi(logged.server().address().substr(logged.server().address().rfind(':') + 1))));
    CHECK(raw.ask("GET /recognisable HTTP/1.1\r\nrecognisable broken\r\n\r\n"));
}

} // namespace

TEST_CASE("a refused key is logged with the address that it came from, for whoever turns guessers away, and nothing else is") {
    LoggedServer logged({});
    send_what_is_secret(logged, logged.city().key);
    std::istringstream log(logged.log());
    int lines = 0;
    for (std::string line; std::getline(log, line);) {
        if (line.find("127.0.0.1") != std::string::npos) {
            CAPTURE(line);
            CHECK(line.find("refused for unknown_key, from 127.0.0.1") != std::string::npos);
            ++lines;
        }
    }
    CHECK(lines == 1);
}

TEST_CASE("neither keys nor members, positions, devices, queries nor paths of people appear in any log, whatever is asked at whatever level") {
    for (const std::string format : {"json", "text"}) {
        LoggedServer logged({"--log-level", "trace", "--log-format", format});
        const std::string api_key = logged.city().key;
        send_what_is_secret(logged, api_key);
        const std::string log = logged.log();
        CAPTURE(log);
        CHECK(std::count(log.begin(), log.end(), '\n') >= 12);
        for (const std::string &secret :
             {std::string("recognisable"), api_key, api_key.substr(api_key.size() - 12), std::string("139.53"), std::string("35.79")}) {
            CAPTURE(secret);
            CHECK(log.find(secret) == std::string::npos);
        }
        CHECK(log.find("/members/{member}/points") != std::string::npos);
    }
}

TEST_CASE("each request is one line of JSON, with the id that its answer and its problem carry") {
    LoggedServer logged({"--log-format", "json"});
    HttpClient client(logged.server().address());
    CHECK(client.get("/healthz", {"X-Request-Id: from-the-proxy_1.a"}).header("x-request-id") == "from-the-proxy_1.a");
    const HttpAnswer missing = client.get("/nothing", {"X-Request-Id: 0123456789abcdef"});
    CHECK(json::parse(missing.body)["instance"] == "urn:keyaki:request:0123456789abcdef");
    const HttpAnswer made = client.get("/tiles/shelters/13/7270/3222.mvt", {"X-Request-Id: not \"plain\""});
    const std::string made_id(made.header("x-request-id"));
    CHECK(made_id.find_first_not_of("0123456789abcdef-") == std::string::npos);
    CHECK(made_id.size() > 8);
    CHECK(client.get("/healthz", {"X-Request-Id: " + std::string(65, 'a')}).header("x-request-id") != std::string(65, 'a'));
    const HttpAnswer large = client.post("/checkins", std::string(20'000, ' '), {"X-Request-Id: too-large"}); // refused before any handler
    CHECK(json::parse(large.body)["instance"] == "urn:keyaki:request:too-large");
    const std::vector<json> lines = lines_of(logged.log());
    REQUIRE(lines.size() == 6); // the last says that the server ends
    const json tile = lines[2];
    CHECK(tile["request_id"] == made_id);
    CHECK(tile["level"] == "info");
    CHECK(tile["method"] == "GET");
    CHECK(tile["route"] == "/tiles/{layers}/{z}/{x}/{y}.mvt");
    CHECK(tile["status"] == 200);
    CHECK(tile["bytes"].get<std::size_t>() == made.body.size());
    CHECK(tile["duration_ms"].get<double>() > 0);
    CHECK(tile["time"].get<std::string>().size() == std::string("2026-04-12T12:00:03.250Z").size());
    CHECK(lines[0]["request_id"] == "from-the-proxy_1.a");
    CHECK(lines[1]["request_id"] == "0123456789abcdef");
    CHECK(lines[1]["route"] == "none");
    CHECK(lines[4]["request_id"] == "too-large");
    CHECK(lines[4]["status"] == 413);
}

TEST_CASE("without an access log nothing is said of requests, and what matters is said all the same") {
    LoggedServer logged({"--access-log", "false"});
    CHECK(HttpClient(logged.server().address()).get("/healthz").status == 200);
    const std::string log = logged.log();
    CAPTURE(log);
    CHECK(log.find("healthz") == std::string::npos);
    CHECK(log.find("level=info message=\"signal 15: finishing what is in flight\"") != std::string::npos);
}

TEST_CASE("a log that nobody reads holds up no answer, and what it loses is counted") {
    const test::SampleCity city;
    const test::Pipe pipe; // full after 64 KiB
    test::LiveServer server(city.database, {"--log-format", "json"}, pipe.write_end);
    HttpClient client(server.address());
    const auto dropped = [&client] { return test::metric(test::parse_metrics(client.get("/metrics").body), "keyaki_log_dropped_lines_total"); };
    CHECK(dropped() == 0);
    const std::string port = server.address().substr(server.address().rfind(':') + 1);
    test::RawClient raw(static_cast<std::uint16_t>(std::stoi(port)));
    std::string batch;
    constexpr int batch_size = 500;
    for (int number = 0; number < batch_size; ++number) {
        batch += "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    int answered = 0;
    while (dropped() == 0 && answered < 100'000) {
        raw.send(batch);
        for (int number = 0; number < batch_size; ++number) {
            const auto answer = raw.receive();
            REQUIRE(answer);
            answered += answer->status == 200 ? 1 : 0;
        }
    }
    CHECK(dropped() > 0);
    CHECK(answered > 10'000); // some megabytes of lines waited before the first was dropped
    CHECK(client.get("/healthz").status == 200);
    CHECK(server.terminate() == 0); // nor does it hold up the end
    close(pipe.read_end);
    close(pipe.write_end);
}

TEST_CASE("systemd is told when the server is ready, and when it begins to end") {
    const test::SampleCity city;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (city.folder / "notify").string();
    REQUIRE(path.size() < sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(bind(manager, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    test::LiveServer server(city.database);
    unsetenv("NOTIFY_SOCKET");
    const auto told = [manager] {
        std::array<char, 100> text{};
        const ssize_t size = recv(manager, text.data(), text.size(), 0);
        return std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    };
    CHECK(told() == "READY=1");
    CHECK(HttpClient(server.address()).get("/readyz").status == 200);
    CHECK(server.terminate() == 0);
    CHECK(told() == "STOPPING=1");
    close(manager);
}
