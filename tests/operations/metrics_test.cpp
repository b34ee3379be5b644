// /metrics of a live server: the format, and that each figure moves when the thing happens that it counts.
#include "tests/flows/sample_city.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>

using namespace keyaki;
using test::HttpClient;
using test::metric;
using test::MetricFamilies;

namespace {

const std::string tile_path = "/tiles/shelters/13/7270/3222.mvt";

MetricFamilies metrics_of(HttpClient &client) {
    const test::HttpAnswer answer = client.get("/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    return test::parse_metrics(answer.body);
}

test::HttpAnswer check_in(HttpClient &client, const std::string &key, const std::string &body) {
    return client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: " + key});
}

/// A live server whose figures are looked at before and after.
struct Watched {
    test::SampleCity city;
    test::LiveServer server;
    HttpClient client;
    explicit Watched(const std::vector<std::string> &more = {"--log-level", "warn"})
        : server(city.database, more), client(server.address(), city.key) {}

    [[nodiscard]] MetricFamilies metrics() { return metrics_of(client); }
    [[nodiscard]] std::uint16_t port() const {
        return static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().rfind(':') + 1)));
    }
    /// Looks until the figure is as wanted; false after ten seconds.
    template <typename Condition>
    [[nodiscard]] bool comes_to(Condition condition) {
        return test::comes_true([&] { return condition(metrics()); }, std::chrono::seconds(10));
    }
};

} // namespace

TEST_CASE("metrics are in Prometheus's text format, and say which version runs and how the process does") {
    Watched watched;
    const MetricFamilies metrics = watched.metrics();
    CHECK(metrics.size() > 40);
    CHECK(metric(metrics, "keyaki_build_info") == 1);
    CHECK_FALSE(metrics.at("keyaki_build_info").samples.at(0).labels.at("version").empty());
    CHECK(metric(metrics, "keyaki_ready") == 1);
    CHECK(metric(metrics, "keyaki_database_reachable") == 1);
    CHECK(metric(metrics, "keyaki_writer_stopped") == 0);
    const double now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    CHECK(metric(metrics, "process_start_time_seconds") > now_s - 300);
    CHECK(metric(metrics, "process_start_time_seconds") < now_s + 2);
    CHECK(metric(metrics, "process_resident_memory_bytes") > 10e6);
    CHECK(metric(metrics, "process_virtual_memory_bytes") > metric(metrics, "process_resident_memory_bytes"));
    CHECK(metric(metrics, "process_cpu_seconds_total") > 0);
    CHECK(metric(metrics, "process_threads") >= 8);
    CHECK(metric(metrics, "process_open_fds") >= 8);
    CHECK(metric(metrics, "process_max_fds") > metric(metrics, "process_open_fds"));
    CHECK(metric(metrics, "keyaki_http_queue_limit", {{"class", "essential"}}) >
          metric(metrics, "keyaki_http_queue_limit", {{"class", "sheddable"}}));
    CHECK(metric(metrics, "keyaki_writer_queue_limit") > 0);
    CHECK(metric(metrics, "keyaki_tile_cache_limit_bytes") == 256.0 * 1024 * 1024);
}

TEST_CASE("tiles are counted by zoom and by how they ended") {
    Watched watched;
    const auto count = [](const MetricFamilies &metrics, const char *zoom, const char *outcome) {
        return metric(metrics, "keyaki_tiles_total", {{"zoom", zoom}, {"outcome", outcome}});
    };
    CHECK(watched.client.get(tile_path).status == 200);
    CHECK(watched.client.get(tile_path).status == 200);
    CHECK(watched.client.get(tile_path).status == 200);
    CHECK(watched.client.get("/tiles/shelters/14/14540/6444.mvt").status == 204);
    CHECK(watched.client.get("/tiles/shelters/13/0/0.mvt").status == 404);
    CHECK(watched.client.get("/tiles/nobody/13/0/0.mvt").status == 404);
    CHECK(watched.client.get("/tiles/shelters/200/0/0.mvt").status == 404);
    CHECK(watched.client.get("/tiles/shelters/x/0/0.mvt").status == 404);
    CHECK(watched.client.get(tile_path + "?key=1").status == 400);
    const MetricFamilies metrics = watched.metrics();
    CHECK(count(metrics, "13", "computed") == 1);
    CHECK(count(metrics, "13", "hit") == 2);
    CHECK(count(metrics, "14", "empty") == 1);
    CHECK(count(metrics, "13", "refused") == 3);
    CHECK(count(metrics, "none", "refused") == 2);
    CHECK(metric(metrics, "keyaki_tiles_total") == 9);
    CHECK(metric(metrics, "keyaki_tile_cache_tiles") == 2);
    CHECK(metric(metrics, "keyaki_tile_cache_bytes") > 500);
}

TEST_CASE("a server without room for tiles still counts what it computed") {
    Watched watched({"--log-level", "warn", "--tile-cache-mib", "0"});
    CHECK(watched.client.get(tile_path).status == 200);
    CHECK(watched.client.get(tile_path).status == 200);
    const MetricFamilies metrics = watched.metrics();
    CHECK(metric(metrics, "keyaki_tiles_total", {{"zoom", "13"}, {"outcome", "computed"}}) == 2);
    CHECK(metric(metrics, "keyaki_tile_cache_bytes") == 0);
    CHECK(metric(metrics, "keyaki_tile_cache_limit_bytes") == 0);
}

TEST_CASE("requests are counted by route, method and status, with their time and bytes, and never by what a client made up") {
    Watched watched;
    const auto size = static_cast<double>(watched.client.get("/collections/shelters").body.size());
    CHECK(watched.client.head("/collections/shelters").status == 200);
    CHECK(watched.client.get("/recognisable-path/recognisable-name?recognisable-query=1").status == 404);
    CHECK(watched.client.post("/conformance", "{}").status == 405);
    const std::string text = watched.client.get("/metrics").body;
    const MetricFamilies metrics = test::parse_metrics(text);
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"route", "collection"}, {"method", "GET"}, {"status", "200"}}) == 1);
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"route", "collection"}, {"method", "HEAD"}, {"status", "200"}}) == 1);
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"route", "none"}, {"status", "404"}}) == 1);
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"status", "other"}}) == 0);
    CHECK(metric(metrics, "keyaki_http_request_duration_seconds_count", {{"route", "collection"}}) == 2);
    CHECK(metric(metrics, "keyaki_http_request_duration_seconds_sum", {{"route", "collection"}}) > 0);
    CHECK(metric(metrics, "keyaki_http_response_body_bytes_total", {{"route", "collection"}}) == size);
    CHECK(metric(metrics, "keyaki_http_requests_in_flight") == 1); // the one that asks
    CHECK(text.find("recognisable") == std::string::npos);
}

TEST_CASE("the memory of features kept as text is shown beside its limit") {
    Watched watched;
    CHECK(metric(watched.metrics(), "keyaki_feature_text_bytes") == 0);
    CHECK(watched.client.get("/collections/shelters/items?limit=100").status == 200);
    const MetricFamilies metrics = watched.metrics();
    CHECK(metric(metrics, "keyaki_feature_text_bytes") > 1000);
    CHECK(metric(metrics, "keyaki_feature_text_bytes") < metric(metrics, "keyaki_feature_text_limit_bytes"));
}

TEST_CASE("requests that are turned away are counted by their reason") {
    Watched watched({"--log-level", "warn", "--connections", "3"});
    const auto refused = [](const MetricFamilies &metrics, const char *reason) {
        return metric(metrics, "keyaki_http_refused_total", {{"reason", reason}});
    };
    HttpClient nobody(watched.server.address());
    CHECK(nobody.get("/members/m-1/points").status == 401);
    CHECK(check_in(watched.client, "k", std::string(17 * 1024, ' ')).status == 413); // the connection ends with it
    CHECK(watched.client.get("/tiles/shelters.json?wrong=1").status == 400);
    const auto reader =
        test::run_keyaki({"key", "create", "--name", "reader", "--scopes", "ledger:read", "--json", "--database", watched.city.database.string()});
    HttpClient stranger(watched.server.address(), nlohmann::json::parse(reader.out)["key"].get<std::string>());
    CHECK(stranger.get("/members/m-1/points").status == 403);
    // Three connections are open: a fourth is closed without an answer.
    CHECK(HttpClient(watched.server.address()).get("/healthz").status == 0);
    const MetricFamilies metrics = watched.metrics();
    CHECK(refused(metrics, "unauthorised") == 1);
    CHECK(refused(metrics, "too_large") == 1);
    CHECK(refused(metrics, "bad_request") == 1);
    CHECK(refused(metrics, "forbidden") == 1);
    CHECK(refused(metrics, "too_many_connections") >= 1);
    CHECK(refused(metrics, "shed_sheddable") == 0);
    CHECK(metric(metrics, "keyaki_http_connections_open") == 3);
    CHECK(metric(metrics, "keyaki_http_connections_limit") == 3);
    CHECK(metric(metrics, "keyaki_http_connections_accepted_total") >= 3);
}

TEST_CASE("a client that is too slow to ask is counted as a missed deadline, and its bytes as buffered meanwhile") {
    Watched watched;
    test::RawClient slow(watched.port());
    slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    CHECK(watched.comes_to([](const MetricFamilies &metrics) { return metric(metrics, "keyaki_http_connections_open") == 2; }));
    const auto answer = slow.receive(false, std::chrono::seconds(60)); // after limits::head_deadline
    REQUIRE(answer);
    CHECK(answer->status == 408);
    CHECK(metric(watched.metrics(), "keyaki_http_refused_total", {{"reason", "deadline"}}) == 1);
}

TEST_CASE("check-ins are counted by verdict and reason, replays and reused keys apart from them, and the writer's commits with them") {
    Watched watched;
    const std::string body = test::check_in_body("m-1");
    const MetricFamilies before = watched.metrics();
    CHECK(check_in(watched.client, "k1", body).status == 201);
    CHECK(check_in(watched.client, "k1", body).status == 201);
    CHECK(check_in(watched.client, "k1", test::check_in_body("m-2")).status == 422);
    CHECK(check_in(watched.client, "k2", test::check_in_body("m-1")).status == 201);
    CHECK(check_in(watched.client, "k3", test::check_in_body("m-3", 300)).status == 201);
    CHECK(check_in(watched.client, "k4", test::check_in_body("m-3", 0, 1, 30)).status == 201);
    const MetricFamilies after = watched.metrics();
    const auto count = [&](const char *verdict, const char *reason) {
        return metric(after, "keyaki_check_ins_total", {{"verdict", verdict}, {"reason", reason}});
    };
    CHECK(count("accepted", "") == 1);
    CHECK(count("refused", "ALREADY_STAMPED") == 1);
    CHECK(count("refused", "OUTSIDE") == 1);
    CHECK(metric(after, "keyaki_check_ins_total", {{"verdict", "more_fixes"}}) == 1);
    CHECK(metric(after, "keyaki_check_ins_total") == 4);
    CHECK(metric(after, "keyaki_idempotent_replays_total") == 1);
    CHECK(metric(after, "keyaki_idempotency_key_reuses_total") == 1);
    for (const char *name : {"keyaki_writer_commit_duration_seconds_count", "keyaki_writer_commit_duration_seconds_sum",
                             "keyaki_writer_group_commands_count", "keyaki_writer_commands_total"}) {
        CAPTURE(name);
        CHECK(metric(after, name) > metric(before, name));
    }
    CHECK(metric(after, "keyaki_writer_group_commands_sum") == metric(after, "keyaki_writer_commands_total"));
}

TEST_CASE("tiles that make room for others are counted") {
    Watched watched({"--log-level", "warn", "--tile-cache-mib", "1"});
    const std::vector<std::string> layers{"shelters", "farm_stands", "shops", "spots", "stations", "streets", "rivers", "walking_courses"};
    double evictions = 0;
    for (std::size_t first = 0; first < layers.size() && evictions == 0; ++first) {
        for (const std::string &second : layers) {
            for (const std::string &third : layers) {
                if (layers[first] != second && second != third && third != layers[first]) {
                    CHECK(watched.client.get("/tiles/" + layers[first] + "," + second + "," + third + "/13/7270/3222.mvt").status == 200);
                }
            }
        }
        evictions = metric(watched.metrics(), "keyaki_tile_cache_evictions_total");
    }
    CHECK(evictions > 0);
    CHECK(metric(watched.metrics(), "keyaki_tile_cache_bytes") <= 1024 * 1024);
}

TEST_CASE("a database that can no longer be read shows as not ready, while the map is served") {
    Watched watched;
    CHECK(watched.client.get(tile_path).status == 200);
    CHECK(watched.client.get("/readyz").status == 200);
    const auto sqlite = [&](const char *statement) {
        const test::CommandResult result = test::run({"sqlite3", watched.city.database.string(), statement});
        CAPTURE(statement, result.error);
        REQUIRE(result.status == 0);
        return result.out;
    };
    // The table of layers is spoiled on the disk, and another process commits something, so that the server looks there.
    const int page = std::stoi(sqlite("SELECT rootpage FROM sqlite_schema WHERE name = 'keyaki_layers'"));
    std::fstream file(watched.city.database, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(std::streamoff{4096} * (page - 1));
    file << std::string(4096, 'x');
    file.close();
    sqlite("CREATE TABLE something_else (a)");
    REQUIRE(watched.comes_to([](const MetricFamilies &metrics) { return metric(metrics, "keyaki_ready") == 0; }));
    const MetricFamilies metrics = watched.metrics();
    CHECK(metric(metrics, "keyaki_database_reachable") == 0);
    CHECK(metric(metrics, "keyaki_database_refresh_failures_total") >= 1);
    CHECK(metric(metrics, "keyaki_log_lines_total", {{"level", "error"}}) >= 1);
    CHECK(watched.client.get("/readyz").status == 503);
    CHECK(watched.client.get("/healthz").status == 200);
    CHECK(watched.client.get(tile_path).status == 200);
}

TEST_CASE("a publish shows as a new revision with its time, and is counted") {
    Watched watched;
    const MetricFamilies before = watched.metrics();
    const MetricFamilies::mapped_type::Labels stands{{"layer", "farm_stands"}};
    CHECK(metric(before, "keyaki_layer_revision", stands) == 1);
    CHECK(metric(before, "keyaki_layer_features", stands) == 10);
    CHECK(metric(before, "keyaki_layer_snapshot_bytes", stands) > 1000);
    CHECK(metric(before, "keyaki_layer_publishes_total") == 0);
    std::ifstream file(test::project_file("data/samples/kiyose/farm_stands.geojson"));
    nlohmann::json list = nlohmann::json::parse(file);
    list["features"].erase(0);
    const auto changed = watched.city.folder.write("stands.geojson", list.dump());
    REQUIRE(
        test::run_keyaki({"import", "layer", "farm_stands", changed.string(), "--publish", "--database", watched.city.database.string()}).status ==
        0);
    REQUIRE(watched.comes_to([&](const MetricFamilies &metrics) { return metric(metrics, "keyaki_layer_publishes_total") == 1; }));
    const MetricFamilies after = watched.metrics();
    CHECK(metric(after, "keyaki_layer_revision", stands) == 2);
    CHECK(metric(after, "keyaki_layer_features", stands) == 9);
    const double now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const double published_s = metric(after, "keyaki_layer_published_timestamp_seconds", stands);
    CHECK(published_s > metric(before, "keyaki_layer_published_timestamp_seconds", stands));
    CHECK(published_s <= now_s);
    CHECK(published_s > now_s - 60);
    CHECK(metric(after, "keyaki_layer_load_duration_seconds_count") == metric(before, "keyaki_layer_load_duration_seconds_count") + 1);
}
