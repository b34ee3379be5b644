// However often, under whatever keys and however many at once somebody asks: one answer for a key, one award for a spot, and no limit exceeded.
#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/reviews.hpp"
#include "server/rally/rally.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <thread>

using namespace keyaki;
using namespace keyaki::test;
using nlohmann::json;

namespace {

/// Keeps the writer busy until it goes, so that all who come meanwhile wait together and are run in one transaction.
class BusyWriter {
  public:
    explicit BusyWriter(data::Store &store) : m_store(store), m_thread([this] { m_store.write([this](data::WriteTransaction &) { wait(); }); }) {
        m_is_busy.get_future().wait();
    }
    ~BusyWriter() {
        m_end.set_value();
        m_thread.join();
    }
    BusyWriter(const BusyWriter &) = delete;
    BusyWriter &operator=(const BusyWriter &) = delete;

    void await_waiting(std::size_t requests) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (m_store.writer_statistics().queue_length < requests && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::yield();
        }
        REQUIRE(m_store.writer_statistics().queue_length == requests);
    }

  private:
    void wait() {
        m_is_busy.set_value();
        m_end.get_future().wait();
    }

    data::Store &m_store;
    std::promise<void> m_is_busy;
    std::promise<void> m_end;
    std::thread m_thread;
};

struct Sent {
    std::string key;
    std::string body;
    std::int64_t at_us = 0;
    server::CheckInAnswer answer{};
};

void send(SmallCity &city, Sent &sent) {
    sent.answer = city.flow->check_in("client", sent.key, server::parse_check_in(sent.body), server::http::Language::en, sent.at_us);
}

/// All of them at once, a thread each; with the writer busy until every one of them waits for it, or without.
void send_together(SmallCity &city, std::vector<Sent> &all, bool are_to_wait) {
    std::vector<std::thread> threads;
    std::optional<BusyWriter> busy;
    if (are_to_wait) {
        busy.emplace(*city.store);
    }
    for (Sent &sent : all) {
        threads.emplace_back([&city, &sent] { send(city, sent); });
    }
    if (busy) {
        busy->await_waiting(all.size());
        busy.reset();
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

std::vector<data::Transfer> entries_of(SmallCity &city, const std::string &account) { return city.store->transfers(account, 0, 1'000'000); }

} // namespace

TEST_CASE("I6: of 50 requests at once with one key exactly one is run, and the others get its answer, or that the key was used for another body") {
    SmallCity city;
    int number = 0;
    for (const bool are_to_wait : {true, false, false}) {
        for (const bool has_other_body : {false, true}) {
            CAPTURE(are_to_wait, has_other_body);
            const std::string member = "m-" + std::to_string(++number);
            const std::string body = city.body_of({.member = member, .device = "d-" + member}).dump();
            const std::string other = city.body_of({.member = member, .spot = "spots/b", .device = "d-" + member}).dump();
            std::vector<Sent> all;
            for (int i = 0; i < 50; ++i) {
                all.push_back({"k-" + member, has_other_body && i % 2 == 1 ? other : body, city.now_us});
            }
            send_together(city, all, are_to_wait);
            int run = 0;
            std::map<std::string, int> bodies;
            for (const Sent &sent : all) {
                run += !sent.answer.replayed && !sent.answer.key_reused ? 1 : 0;
                bodies[sent.answer.key_reused ? "reused" : sent.answer.body] += 1;
            }
            CHECK(run == 1);
            CHECK(bodies.size() == (has_other_body ? 2U : 1U));
            CHECK(bodies["reused"] == (has_other_body ? 25 : 0));
            CHECK(city.store->stamps_of(member).size() == 1);
            CHECK(city.points(member) == 10);
            CHECK(entries_of(city, server::rally::member_account(member)).size() == 1);
            city.pass_s(60);
        }
    }
    CHECK(city.ledger_holds());
}

TEST_CASE(
    "I8: replays under fresh keys give no second award of a period, across restarts, while it is held, after it was posted, and by 50 at once") {
    SmallCity city;
    const bool is_held = GENERATE(false, true);
    const json first = city.check_in({.mocked = is_held});
    REQUIRE(first["verdict"] == (is_held ? "held" : "accepted"));
    const auto require_one = [&] {
        for (int i = 0; i < 3; ++i) {
            city.pass_s(30);
            const json again = city.check_in({.mocked = i == 1});
            CHECK(again["verdict"] == "refused");
            CHECK(again["awards"].empty());
            CHECK(city.points("m-1") + city.pending("m-1") == 10);
        }
        city.restart();
    };
    require_one();
    require_one();
    city.close();
    city.open();
    require_one();
    if (is_held) {
        (void)server::decide_review(*city.store, *city.rallies, first["id"].get<std::string>(), true, "taro", "", city.now_us);
        require_one();
    }
    city.pass_s(60);
    std::vector<Sent> all;
    for (int i = 0; i < 50; ++i) {
        all.push_back({"fresh-" + std::to_string(i), city.body_of({}).dump(), city.now_us});
    }
    send_together(city, all, true);
    for (int i = 0; i < 50; ++i) { // and of somebody who has none yet
        all[static_cast<std::size_t>(i)] = {"new-" + std::to_string(i), city.body_of({.member = "m-2", .device = "d-2"}).dump(), city.now_us};
    }
    send_together(city, all, true);
    CHECK(city.points("m-1") == 10);
    CHECK(city.points("m-2") == 10);
    CHECK(city.store->stamps_of("m-1").size() == 1);
    CHECK(city.store->stamps_of("m-2").size() == 1);
    CHECK(city.ledger_holds());
}

TEST_CASE("I8: after a held award was given back the spot pays once more, and not twice, whatever keys ask") {
    SmallCity city;
    const std::string held = city.check_in({.mocked = true})["id"];
    (void)server::decide_review(*city.store, *city.rallies, held, false, "taro", "", city.now_us);
    city.pass_s(30 * 86'400); // the doubt has faded
    std::vector<Sent> all;
    for (int i = 0; i < 50; ++i) {
        all.push_back({"again-" + std::to_string(i), city.body_of({}).dump(), city.now_us});
    }
    send_together(city, all, true);
    CHECK(city.points("m-1") + city.pending("m-1") == 10);
    CHECK(city.store->stamps_of("m-1").size() == 1);
    CHECK(entries_of(city, "member:m-1").size() == 3); // held, given back, given
    CHECK(city.ledger_holds());
}

namespace {

constexpr std::int64_t points = 10;
constexpr std::int64_t day_limit = 35;
constexpr std::int64_t budget = 900;
constexpr int members = 8;
constexpr int stalls = 12;
constexpr int threads_at_once = 16;

/// A market of stalls within a few metres, so that nobody walks too fast from one to the next.
void open_market(SmallCity &city) {
    const geo::LonLat place = place_of_spot("spots/a");
    std::vector<geo::Feature> features;
    for (int stall = 0; stall < stalls; ++stall) {
        features.push_back({std::to_string(stall), geo::Geometry::point({place.lon_deg + stall * 1e-6, place.lat_deg}), {}});
    }
    city.add_layer("stalls", data::Visibility::everyone, features);
    city.put({{"budget", budget},
              {"spots", {{"layer", "stalls"}, {"points", points}, {"per", "daily"}}},
              {"limits", {{"points_per_member_per_day", day_limit}}}});
    city.restart();
}

/// What was given by day and member and in all, added up from the ledger and the times of the check-ins behind its entries, held points too.
struct Given {
    std::map<std::pair<std::string, std::string>, std::int64_t> by_day;
    std::int64_t in_all = 0;
};

Given added_up(SmallCity &city) {
    Given given;
    std::map<std::uint64_t, data::Transfer> waiting;
    for (const data::Transfer &entry : entries_of(city, "budget:r")) {
        if (entry.request.credit_account.rfind("member:", 0) != 0) {
            continue; // what the budget itself was given, or gave back
        }
        std::string day;
        const data::Transfer &award = entry.resolves ? waiting.at(*entry.resolves) : waiting.emplace(entry.sequence, entry).first->second;
        city.store->read_books(
            [&](data::Books &books) { day = server::jst_day(books.history.find(award.request.reference).value().received_at_us); });
        const bool is_back = entry.state == data::TransferState::voided || entry.state == data::TransferState::expired;
        const std::int64_t change = is_back ? -award.request.amount : entry.resolves ? 0 : entry.request.amount;
        given.by_day[{day, entry.request.credit_account}] += change;
        given.in_all += change;
        CHECK(given.by_day[{day, entry.request.credit_account}] <= day_limit); // after each entry, not only at the end
        CHECK(given.in_all <= budget);
    }
    return given;
}

} // namespace

TEST_CASE("I10: property: of many at once, on both sides of midnight in Japan and with clocks that differ, none gets past his day, nor all past the "
          "budget") {
    SmallCity city;
    open_market(city);
    std::mt19937_64 random(Catch::rngSeed());
    const std::int64_t midnight_us = *server::parse_rfc3339_us("2026-11-24T00:00:00+09:00");
    int number = 0;
    std::vector<std::string> held;
    for (int night = 0; night < 4; ++night) {
        for (int round = 0; round < 12; ++round) {
            std::vector<Sent> all;
            for (int i = 0; i < threads_at_once; ++i) {
                // A minute before midnight, then after, each request by its own clock, which may stand behind the others'.
                city.now_us = midnight_us + night * server::day_us + (round - 6) * std::int64_t{20'000'000} +
                              static_cast<std::int64_t>(random() % 30'000'000) - 15'000'000;
                const std::string member = "m-" + std::to_string(random() % members);
                Visit visit{.member = member, .device = "d-" + member, .mocked = random() % 8 == 0};
                visit.more = {{"spot", "stalls/" + std::to_string(random() % stalls)}};
                all.push_back({"k" + std::to_string(++number), city.body_of(visit).dump(), city.now_us});
            }
            send_together(city, all, round % 2 == 0);
            for (const Sent &sent : all) {
                if (sent.answer.verdict == "held") {
                    held.push_back(json::parse(sent.answer.body)["id"]);
                }
            }
            if (!held.empty() && round % 3 == 0) {
                (void)server::decide_review(*city.store, *city.rallies, held.back(), random() % 2 == 0, "taro", "", city.now_us);
                held.pop_back();
            }
        }
    }
    const Given given = added_up(city);
    CAPTURE(Catch::rngSeed(), given.in_all);
    CHECK(std::any_of(given.by_day.begin(), given.by_day.end(), [](const auto &day) { return day.second == 30; })); // as many as fit into 35
    CHECK(given.in_all == budget); // all of it was given, and no more
    CHECK(city.store->find_account("budget:r")->available() == 0);
    CHECK(city.ledger_holds());
}
