// A server whose disk is full or fails: it says so, the map goes on, and nothing that was answered is lost.
#include "server/application.hpp"
#include "server/http/server.hpp"
#include "tests/flows/sample_city.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/faulty_disk.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/small_disk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <memory>

using namespace keyaki;
using test::HttpAnswer;
using test::HttpClient;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A retry has to send the very body that was sent before: times are part of it.
HttpAnswer check_in(HttpClient &client, const std::string &member, const std::string &body) {
    return client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: k-" + member});
}
HttpAnswer check_in(HttpClient &client, const std::string &member) { return check_in(client, member, test::check_in_body(member)); }

void require_map_served(HttpClient &client) {
    CHECK(client.get("/collections/shelters/items").status == 200);
    CHECK(client.get("/tiles/shelters/14/14542/6445.mvt").status == 200);
    CHECK(client.get("/ledger/head").status == 200);
    CHECK(client.get("/healthz").status == 200);
}

void require_problem(const HttpAnswer &answer, const std::string &type, const std::string &words) {
    CAPTURE(answer.body);
    REQUIRE(answer.status == 503);
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK_FALSE(answer.header("retry-after").empty());
    CHECK(json::parse(answer.body)["type"] == type);
    CHECK(json::parse(answer.body)["detail"].get<std::string>().find(words) == 0);
    CHECK(answer.body.find(".sqlite") == std::string::npos); // no answer shows a path
}

/// Check-ins until one finds no room; how many were answered.
int check_in_until_full(HttpClient &client, HttpAnswer &refused) {
    for (int number = 0; number < 10'000; ++number) {
        const HttpAnswer answer = check_in(client, "m-" + std::to_string(number));
        if (answer.status != 201) {
            refused = answer;
            return number;
        }
    }
    return 10'000;
}

} // namespace

TEST_CASE("on a disk that fills up check-ins are refused with the reason, the map is served, and with room it goes on by itself") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SampleCity city;
    const test::SmallDisk disk(64 << 20);
    const fs::path file = disk.path() / "city.sqlite";
    fs::copy_file(city.database, file);
    test::LiveServer server(file);
    HttpClient client(server.address(), city.key);
    REQUIRE(check_in(client, "m-first").status == 201);
    disk.fill(std::size_t{512} << 10);
    HttpAnswer refused;
    const int answered = check_in_until_full(client, refused);
    REQUIRE(answered < 10'000);
    require_problem(refused, "/problems/disk-full", "The disk of the database is full");
    require_problem(client.get("/readyz"), "/problems/disk-full", "The disk of the database is full");
    require_map_served(client);
    CHECK(client.get("/metrics").body.find("\nkeyaki_writer_disk_full 1\n") != std::string::npos);
    disk.make_room();
    CHECK(test::comes_true([&] { return client.get("/readyz").status == 200; }, std::chrono::seconds(60))); // before anybody asked for a change
    const std::string last = "m-" + std::to_string(answered);
    CHECK(check_in(client, last).status == 201); // the one that was refused, asked again
    CHECK(server.terminate() == 0);
    const test::CommandResult verified = test::run_keyaki({"ledger", "verify", "--json", "--database", file.string()});
    CAPTURE(verified.error);
    REQUIRE(verified.status == 0);
    CHECK(json::parse(verified.out)["transfers"].get<int>() >= answered + 2);
    CHECK(test::run_keyaki({"check", "--database", file.string()}).status == 0);
}

TEST_CASE("an import into a full disk says so, leaves nothing, and works when there is room") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SampleCity city;
    const test::SmallDisk disk(64 << 20);
    const fs::path file = disk.path() / "city.sqlite";
    fs::copy_file(city.database, file);
    std::string table = "id,lon,lat,number\n";
    for (int row = 0; row < 20'000; ++row) {
        table += "t" + std::to_string(row) + ",139.5" + std::to_string(10'000 + row) + ",35.78," + std::to_string(row) + "\n";
    }
    const auto import = [&, source = city.folder.write("towers.csv", table).string()] {
        return test::run_keyaki({"import", "layer", "towers", source, "--key", "id", "--lon-column", "lon", "--lat-column", "lat", "--publish",
                                 "--database", file.string()});
    };
    disk.fill(std::size_t{1} << 20);
    const test::CommandResult refused = import();
    CAPTURE(refused.error);
    CHECK(refused.status == 75);
    CHECK(refused.error.find("the disk of the database is full: " + file.string()) != std::string::npos);
    // To read what is in the log takes an index of it, for which there may be no room, either.
    const test::CommandResult checked = test::run_keyaki({"check", "--database", file.string()});
    CAPTURE(checked.error);
    CHECK((checked.status == 0 || checked.error.find("the disk of the database is full: " + file.string()) != std::string::npos));
    disk.make_room();
    CHECK(import().status == 0);
    CHECK(test::run_keyaki({"check", "--database", file.string()}).status == 0);
    const test::CommandResult layers = test::run_keyaki({"layer", "show", "towers", "--json", "--database", file.string()});
    CHECK(json::parse(layers.out)["features"] == 20'000);
}

TEST_CASE("a first import onto a full disk leaves no file that looks like a database") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(1 << 20);
    const fs::path file = disk.path() / "city.sqlite";
    const std::string manifest = test::project_file("data/samples/kiyose/city.json").string();
    disk.fill(std::size_t{64} << 10);
    const test::CommandResult refused = test::run_keyaki({"import", "city", manifest, "--database", file.string()});
    CAPTURE(refused.error);
    CHECK(refused.status == 75);
    CHECK(refused.error.find("full") != std::string::npos);
    for (const auto &entry : fs::directory_iterator(disk.path())) {
        CHECK(entry.path().filename() == "filler");
    }
}

TEST_CASE("after a failed fsync check-ins are refused with the reason until the next start, and the map is served") {
    test::FaultyDisk disk;
    const test::SampleCity city;
    const server::http::ServerOptions options; // of the loopback interface, a free port
    const auto serve = [&] {
        server::Settings settings;
        settings.database = city.database;
        return std::make_unique<server::Application>(settings, data::open_store({.file = city.database}));
    };
    std::map<std::string, std::string> bodies;
    const auto send_check_in = [&bodies](HttpClient &client, const std::string &member) {
        return check_in(client, member, bodies.try_emplace(member, test::check_in_body(member)).first->second);
    };
    {
        const auto application = serve();
        server::http::Server http(options, server::make_router(*application));
        http.start();
        HttpClient client("http://127.0.0.1:" + std::to_string(http.port()), city.key);
        REQUIRE(send_check_in(client, "m-before").status == 201);
        CHECK(client.get("/readyz").status == 200);
        disk.fail(test::FaultyDisk::Fault::sync_fails, 1);
        require_problem(send_check_in(client, "m-during"), "/problems/writing-stopped",
                        "The database takes no changes until keyaki is started again");
        CHECK(disk.has_failed());
        disk.heal();
        require_problem(send_check_in(client, "m-after"), "/problems/writing-stopped", "The database takes no changes until keyaki is started again");
        require_problem(client.get("/readyz"), "/problems/writing-stopped", "The database takes no changes until keyaki is started again");
        require_map_served(client);
        CHECK(json::parse(client.get("/members/m-before/points").body)["points"] == 10);
        http.drain_and_stop(std::chrono::seconds(10));
    }
    const auto application = serve();
    server::http::Server http(options, server::make_router(*application));
    http.start();
    HttpClient client("http://127.0.0.1:" + std::to_string(http.port()), city.key);
    CHECK(client.get("/readyz").status == 200);
    for (const char *member : {"m-before", "m-during", "m-after"}) { // the retries of those who were told nothing good
        CHECK(send_check_in(client, member).status == 201);
        CHECK(json::parse(client.get(std::string("/members/") + member + "/points").body)["points"] == 10);
    }
    CHECK(application->store().check().empty());
    http.drain_and_stop(std::chrono::seconds(10));
}
