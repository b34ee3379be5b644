// Backups of a city at work: whole, restorable, and never something that only looks like one.
#include "tests/flows/crash_load.hpp"
#include "tests/support/small_disk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>
#include <unistd.h>

using namespace keyaki;
using test::CommandResult;
using test::HttpClient;
using test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

CommandResult back_up(const fs::path &database, const fs::path &target) {
    return test::run_keyaki({"backup", target.string(), "--database", database.string()});
}

void require_whole(const fs::path &database) {
    for (const std::vector<std::string> &words : {std::vector<std::string>{"ledger", "verify"}, std::vector<std::string>{"check"}}) {
        std::vector<std::string> command = words;
        command.insert(command.end(), {"--database", database.string()});
        const CommandResult result = test::run_keyaki(command);
        CAPTURE(words.front(), result.out, result.error);
        REQUIRE(result.status == 0);
    }
}

std::vector<std::string> names_in(const fs::path &folder) {
    std::vector<std::string> names;
    for (const auto &entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

TEST_CASE("a backup under check-ins and publishes is whole, holds what was answered before it began, and can be put in the place of the original") {
    const test::SampleCity city;
    const TemporaryFolder elsewhere;
    test::CrashLoad load(city, 1);
    std::map<std::string, std::string> answered;
    fs::path newest;
    for (int number = 0; number < 5; ++number) {
        const auto enough = answered.size() + 20;
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (answered.size() < enough && std::chrono::steady_clock::now() < give_up) {
            answered = load.answers_until_now();
        }
        newest = elsewhere / ("backup-" + std::to_string(number) + ".sqlite");
        const CommandResult result = back_up(city.database, newest);
        CAPTURE(result.error);
        REQUIRE(result.status == 0);
        require_whole(newest);
    }
    load.stop();
    CHECK(load.counts().unexpected == std::vector<std::string>{});
    CHECK(load.counts().publishes > 0);
    load.kill_server(); // the disaster
    // The way back, as data/README.md has it: what was there is put aside with its log, the copy gets its name.
    for (const char *suffix : {"", "-wal", "-shm"}) {
        if (fs::exists(city.database.string() + suffix)) {
            fs::rename(city.database.string() + suffix, elsewhere.path() / (std::string("lost.sqlite") + suffix));
        }
    }
    fs::copy_file(newest, city.database);
    load.start_server();
    HttpClient client(load.address(), city.key);
    for (const auto &[member, body] : answered) {
        CAPTURE(member);
        REQUIRE(client.get("/checkins/" + json::parse(body)["id"].get<std::string>()).body == body);
        const bool is_accepted = json::parse(body)["verdict"] == "accepted";
        REQUIRE(json::parse(client.get("/members/" + member + "/points").body)["points"] == (is_accepted ? 10 : 0));
    }
    const auto again = client.post("/checkins", test::check_in_body("m-restored"), {"Content-Type: application/json", "Idempotency-Key: r"});
    CHECK(again.status == 201);
    CHECK(load.end_server() == 0);
    require_whole(city.database);
    require_whole(elsewhere / "lost.sqlite"); // and nothing was lost by the way, either
}

TEST_CASE("a backup that is killed leaves no file under its name, and the next one takes away what it left") {
    const test::SampleCity city;
    const TemporaryFolder elsewhere;
    // Some more megabytes, so that there is a middle.
    std::string table = "id,lon,lat,text\n";
    for (int row = 0; row < 20'000; ++row) {
        table += "t" + std::to_string(row) + ",139.5" + std::to_string(10'000 + row) + ",35.78," + std::string(400, 'x') + "\n";
    }
    const std::string source = elsewhere.write("towers.csv", table).string();
    REQUIRE(test::run_keyaki({"import", "layer", "towers", source, "--key", "id", "--lon-column", "lon", "--lat-column", "lat", "--publish",
                              "--database", city.database.string()})
                .status == 0);
    const fs::path target = elsewhere / "backup.sqlite";
    std::mt19937_64 random(20260412);
    int killed_in_the_middle = 0;
    for (int turn = 0; turn < 20; ++turn) {
        const test::Pipe out;
        const pid_t process =
            test::start_process({KEYAKI_PROGRAM, "backup", target.string(), "--database", city.database.string()}, out.write_end, out.write_end);
        ::close(out.write_end);
        // The middle is where the half copy lies there; then a moment by chance.
        const auto has_begun = [&] {
            const auto names = names_in(elsewhere.path());
            return std::any_of(names.begin(), names.end(),
                               [&](const std::string &name) { return name == "backup.sqlite.partial-" + std::to_string(process); });
        };
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!has_begun() && !fs::exists(target) && std::chrono::steady_clock::now() < give_up) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000)); // the random moment of the crash
        ::kill(process, SIGKILL);
        const int status = test::wait_for_process(process);
        ::close(out.read_end);
        if (fs::exists(target)) { // it was faster: then it is whole
            require_whole(target);
            fs::remove(target);
            continue;
        }
        REQUIRE(status == 128 + SIGKILL);
        ++killed_in_the_middle;
    }
    CHECK(killed_in_the_middle > 0);
    const CommandResult result = back_up(city.database, target);
    CAPTURE(result.error);
    REQUIRE(result.status == 0);
    CHECK(names_in(elsewhere.path()) == std::vector<std::string>{"backup.sqlite", "towers.csv"});
    require_whole(target);
    require_whole(city.database);
}

TEST_CASE("a backup onto a full disk, onto a file, onto the database or beside somebody's log is refused and leaves nothing") {
    const test::SampleCity city;
    const TemporaryFolder elsewhere;
    const auto refusal = [&](const fs::path &target, int status, const std::string &words) {
        const CommandResult result = back_up(city.database, target);
        CAPTURE(target.string(), result.status, result.error);
        CHECK(result.status == status);
        CHECK(result.error.find(words) != std::string::npos);
        CHECK(result.error.find(target.filename().string()) != std::string::npos);
    };
    const auto precious = elsewhere.write("precious.sqlite", "the last backup");
    refusal(precious, 64, "expected a new file for the backup");
    CHECK(fs::file_size(precious) == 15);
    refusal(city.database, 64, "which is the database itself");
    fs::create_symlink(city.database, elsewhere / "alias.sqlite");
    refusal(elsewhere / "alias.sqlite", 64, "which is the database itself");
    refusal(city.database.string() + "-wal", 64, "which is the database itself or a part of it");
    fs::create_symlink(elsewhere / "nowhere", elsewhere / "dangling.sqlite");
    refusal(elsewhere / "dangling.sqlite", 64, "expected a new file for the backup");
    elsewhere.write("other.sqlite-wal", "somebody's log");
    refusal(elsewhere / "other.sqlite", 64, "expected a new file for the backup");
    refusal(elsewhere / "no such folder/a.sqlite", 75, "No such file or directory");
    CHECK(names_in(elsewhere.path()) == std::vector<std::string>{"alias.sqlite", "dangling.sqlite", "other.sqlite-wal", "precious.sqlite"});
    require_whole(city.database);
}

TEST_CASE("a backup onto a full disk says which disk is full, and leaves nothing") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SampleCity city;
    const test::SmallDisk disk(256 << 10);
    const CommandResult result = back_up(city.database, disk.path() / "backup.sqlite");
    CAPTURE(result.error);
    CHECK(result.status == 75);
    CHECK(result.error.find("the disk of the copy is full") != std::string::npos);
    CHECK(names_in(disk.path()).empty());
    require_whole(city.database);
}
