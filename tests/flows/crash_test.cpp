// kill -9 under load: what was answered is there, nothing is there twice, and nothing is half there.
// KEYAKI_CRASH_SEED and KEYAKI_CRASH_KILLS set the moments and their number.
#include "tests/flows/crash_load.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <thread>

using namespace keyaki;
using nlohmann::json;
using test::HttpClient;

namespace {

constexpr int kills_usual = 200;
constexpr int kills_between_checks = 25;
constexpr std::int64_t points_per_stamp = 10;

std::uint64_t number_from_environment(const char *name, std::uint64_t usual) {
    const char *given = std::getenv(name);
    return given == nullptr ? usual : std::stoull(given);
}

/// The commands an operator has for finding out, beside the running server.
void require_commands_are_content(const std::filesystem::path &database) {
    for (const std::vector<std::string> &words : {std::vector<std::string>{"ledger", "verify"}, std::vector<std::string>{"check"}}) {
        std::vector<std::string> command = words;
        command.insert(command.end(), {"--database", database.string()});
        const test::CommandResult result = test::run_keyaki(command);
        CAPTURE(words.front(), result.out, result.error);
        REQUIRE(result.status == 0);
    }
}

/// Every answer can be had again, byte for byte, with the stamp and the points that it told of, once.
void require_answers_kept(HttpClient &client, const test::CrashLoad &load) {
    std::int64_t awarded = 0;
    for (const auto &[member, body] : load.answers()) {
        const json answer = json::parse(body);
        CAPTURE(member, body);
        REQUIRE(client.get("/checkins/" + answer["id"].get<std::string>()).body == body);
        const bool is_accepted = answer["verdict"] == "accepted";
        if (!is_accepted) { // asked again for so long that where somebody was is not where he is
            REQUIRE(answer["reasons"].dump().find("STALE_FIX") != std::string::npos);
        }
        REQUIRE(json::parse(client.get("/members/" + member + "/points").body)["points"] == (is_accepted ? points_per_stamp : 0));
        REQUIRE(json::parse(client.get("/members/" + member + "/stamps").body)["stamps"].size() == (is_accepted ? 1 : 0));
        awarded += is_accepted ? points_per_stamp : 0;
    }
    const json budget = json::parse(client.get("/ledger/accounts/budget:always").body);
    const auto paid = budget["debits_posted"].get<std::int64_t>();
    // At most one request of each client was written and not yet answered when the clients stopped.
    CHECK(paid >= awarded);
    CHECK(paid <= awarded + static_cast<std::int64_t>(test::CrashLoad::clients) * points_per_stamp);
}

/// All features of a revision say the same number: they came in one import, and came all.
void require_whole(HttpClient &client, std::uint64_t revision) {
    const json items = json::parse(client.get("/collections/towers@" + std::to_string(revision) + "/items?limit=1000").body);
    CAPTURE(revision);
    REQUIRE(items["features"].size() == test::CrashLoad::features);
    std::set<std::int64_t> numbers;
    for (const json &feature : items["features"]) {
        numbers.insert(feature["properties"]["number"].get<std::int64_t>());
    }
    REQUIRE(numbers.size() == 1);
}

} // namespace

TEST_CASE("I9: two hundred times kill -9 under check-ins, imports, publishes and rollbacks lose, double and halve nothing") {
    const std::uint64_t seed = number_from_environment("KEYAKI_CRASH_SEED", std::random_device()());
    const auto kills = static_cast<int>(number_from_environment("KEYAKI_CRASH_KILLS", kills_usual));
    std::printf("seed %llu, %d kills\n", static_cast<unsigned long long>(seed), kills);
    std::mt19937_64 random(seed);
    const test::SampleCity city;
    test::CrashLoad load(city, random());
    std::uniform_int_distribution<int> moment_ms(5, 200);
    int next_check = kills_between_checks;
    for (int kill = 1; kill <= kills; ++kill) {
        CAPTURE(seed, kill);
        std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms(random))); // the random moment of the crash, not a wait for something
        if (random() % 3 == 0) {
            load.kill_command();
        }
        load.kill_server();
        if (random() % 4 == 0) {
            load.kill_server_at_start(moment_ms(random));
            ++kill;
        }
        load.start_server();
        if (kill >= next_check) {
            next_check += kills_between_checks;
            require_commands_are_content(city.database);
        }
    }
    load.stop();
    const test::CrashLoad::Counts counts = load.counts();
    std::printf("%zu check-ins answered, %llu asked again; %llu imports and rollbacks published, %llu commands killed; towers@%llu\n",
                load.answers().size(), static_cast<unsigned long long>(counts.retries), static_cast<unsigned long long>(counts.publishes),
                static_cast<unsigned long long>(counts.killed_commands), static_cast<unsigned long long>(load.published_revision()));
    CHECK(counts.changed_answers == 0);
    CHECK(counts.retries > 0);
    CHECK(counts.publishes > 0);
    CHECK(counts.killed_commands > 0);
    CHECK(load.answers().size() > static_cast<std::size_t>(kills));
    CHECK(counts.unexpected == std::vector<std::string>{});

    HttpClient client(load.address(), city.key);
    require_answers_kept(client, load);
    const json layer = json::parse(test::run_keyaki({"layer", "show", "towers", "--json", "--database", city.database.string()}).out);
    const auto revision = layer["revision"].get<std::uint64_t>();
    REQUIRE(revision >= load.published_revision());
    for (std::uint64_t number = 1; number <= revision; ++number) {
        require_whole(client, number);
    }
    CHECK(load.end_server() == 0);
    require_commands_are_content(city.database);
}
