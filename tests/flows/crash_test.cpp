// kill -9 under load: what was answered is there, nothing is there twice.
#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

constexpr std::size_t client_count = 8;
constexpr int kill_count = 20;

/// What the clients were told, by Idempotency-Key: the bytes of the first answer.
struct Told {
    std::mutex mutex;
    std::map<std::string, std::string> answers;
    std::atomic<int> changed_answers{0};
    std::atomic<int> retries{0};
};

/// A client that retries each request, with the same key and body, until it is answered.
void walk(const std::atomic<bool> &stop, const std::function<std::string()> &address, const std::string &key, std::size_t number, Told &told) {
    for (int turn = 0; !stop; ++turn) {
        const std::string member = "m-" + std::to_string(number) + "-" + std::to_string(turn);
        const std::string body = test::check_in_body(member);
        const std::string idempotency_key = "k-" + member;
        // Each request is sent twice in any case, so that a replay crosses a crash now and then.
        for (int answered = 0; answered < 2 && !stop;) {
            HttpClient client(address(), key);
            const HttpAnswer answer = client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: " + idempotency_key});
            if (answer.status != 201) {
                ++told.retries;
                continue;
            }
            ++answered;
            const std::lock_guard lock(told.mutex);
            const auto [known, is_new] = told.answers.emplace(idempotency_key, answer.body);
            told.changed_answers += !is_new && known->second != answer.body ? 1 : 0;
        }
    }
}

} // namespace

TEST_CASE("twenty times kill -9 under eight clients with retries: nothing lost, nothing doubled") {
    const test::SampleCity city;
    std::mutex address_mutex;
    std::string address;
    const auto current_address = [&] {
        const std::lock_guard lock(address_mutex);
        return address;
    };
    auto server = std::make_unique<test::LiveServer>(city.database);
    address = server->address();
    Told told;
    std::atomic<bool> stop{false};
    std::vector<std::thread> clients;
    for (std::size_t number = 0; number < client_count; ++number) {
        clients.emplace_back([&, number] { walk(stop, current_address, city.key, number, told); });
    }
    std::mt19937 random(20260412);
    std::uniform_int_distribution<int> moment_ms(20, 250);
    for (int kill = 0; kill < kill_count; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms(random))); // the random moment of the crash, not a wait for something
        server->kill();
        server = std::make_unique<test::LiveServer>(city.database);
        const std::lock_guard lock(address_mutex);
        address = server->address();
    }
    stop = true;
    for (std::thread &client : clients) {
        client.join();
    }
    CHECK(told.changed_answers == 0);
    CHECK(told.retries > 0);
    CHECK(told.answers.size() > 50);

    HttpClient client(server->address(), city.key);
    std::int64_t awarded = 0;
    for (const auto &[idempotency_key, body] : told.answers) {
        const json answer = json::parse(body);
        const std::string member = idempotency_key.substr(2);
        CAPTURE(member, body);
        CHECK(client.get("/checkins/" + answer["id"].get<std::string>()).body == body);
        if (answer["verdict"] == "accepted") {
            CHECK(json::parse(client.get("/members/" + member + "/points").body)["points"] == 10);
            awarded += 10;
        }
    }
    const json budget = json::parse(client.get("/ledger/accounts/budget:always").body);
    const std::int64_t paid = budget["debits_posted"].get<std::int64_t>();
    // At most one request of each client was written and not yet answered when the clients stopped.
    CHECK(paid >= awarded);
    CHECK(paid <= awarded + static_cast<std::int64_t>(client_count) * 10);
    CHECK(server->terminate() == 0);
    const test::CommandResult verified = test::run_keyaki({"ledger", "verify", "--database", city.database.string()});
    CAPTURE(verified.out, verified.error);
    CHECK(verified.status == 0);
    const test::CommandResult checked = test::run_keyaki({"check", "--database", city.database.string()});
    CAPTURE(checked.out, checked.error);
    CHECK(checked.status == 0);
}
