// The power goes at any moment while people check in, staff decide reviews, shops are paid and layers are published: whoever was told yes finds it
// there afterwards, once; of what nobody was told it is there whole or not at all; and the books are right.
#include "geo/error.hpp"
#include "server/flows/reviews.hpp"
#include "server/rally/rally.hpp"
#include "tests/server/check_ins/small_city.hpp"
#include "tests/support/faulty_disk.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

using namespace keyaki;
using namespace keyaki::test;
using nlohmann::json;

namespace {

constexpr int lives_of_a_city = 40; ///< then a new one, so that what is verified after each cut stays small
constexpr int walkers = 3;
constexpr int deeds_of_a_walker = 6;
constexpr std::uint64_t last_call = 90; ///< writes and syncs of the disk in one life: about what all deeds need
constexpr std::uint64_t last_sync = 12;

/// What somebody asked for, and was told.
struct Asked {
    std::string key;
    std::string body;
    std::optional<std::string> answer; ///< nothing: an error
};
struct Paid {
    std::string transfer;
    std::int64_t points = 0;
    bool is_yes = false;
    bool is_no = false; ///< "nothing was written"
};
struct Decided {
    std::string check_in;
    bool approves = false;
    bool is_yes = false;
};
struct Told {
    std::vector<Asked> check_ins;
    std::vector<Paid> payments;
    std::vector<Decided> decisions;
    std::uint64_t revision = 0;
};

/// What all lives came to, so that it shows that the power did go in the middle of something.
struct Tally {
    std::uint64_t cuts_at_work = 0;
    std::uint64_t cuts_at_start = 0;
    std::uint64_t failed_syncs = 0;
    std::uint64_t full_disks = 0;
    std::uint64_t told = 0;     ///< check-ins that were answered before the cut
    std::uint64_t not_told = 0; ///< that were not
    std::uint64_t found = 0;    ///< of those: that were there all the same
};

/// Whether it was done, or nothing of it, or nobody knows.
enum class End : std::uint8_t { yes, no, unknown };

End end_of(const std::function<void()> &deed) {
    try {
        deed();
        return End::yes;
    } catch (const geo::Error &error) {
        if (error.kind() != geo::ErrorKind::unavailable) {
            throw;
        }
        return std::string_view(error.what()).starts_with("nothing was written") ? End::no : End::unknown;
    }
}

/// The city and its disk, from one cut to the next.
class Town {
  public:
    Town(std::uint64_t seed, Tally &tally) : m_random(seed), m_tally(tally) {
        city.store->write([&](data::WriteTransaction &books) {
            books.put_shop("bakery", "any", "hanako", city.now_us);
            books.ensure_account("shop:bakery", "nin");
            data::LayerSpec notes;
            notes.id = "notes";
            books.create_layer(notes, "hanako", city.now_us);
        });
        city.put({{"budget", 1'000'000}});
    }

    FaultyDisk disk;
    SmallCity city;

    /// One life, from a start to a cut.
    void live(int number);

  private:
    void walk(int number, Told &told);
    void check_in(int member, Told &told);
    void pay(const std::string &member, Told &told);
    void decide(const std::string &check_in, bool approves, Told &told);
    void publish(int number, Told &told);
    void fail_by_chance();
    void start();

    void ask_again(Asked &asked);
    void require_decisions(const Told &told);
    void require_whole(std::vector<Told> &all);
    void require_each_once();
    void require_revisions(std::uint64_t told);

    std::int64_t now_us() {
        const std::lock_guard lock(m_mutex);
        return city.now_us;
    }

    std::mutex m_mutex; ///< of the clock, of chance and of the sentences of Catch
    std::mt19937_64 m_random;
    Tally &m_tally;
    FaultyDisk::Fault m_fault = FaultyDisk::Fault::power_goes; ///< of this life
    std::atomic<int> m_members = 0;
    std::map<std::string, json> m_accepted; ///< each check-in that got points or a hold, by its id, of all lives
};

void Town::check_in(int member, Told &told) {
    const std::string name = std::to_string(member);
    Asked asked{"k-" + name, {}, {}};
    std::int64_t now_us = 0;
    {
        const std::lock_guard lock(m_mutex);
        city.pass_s(1);
        now_us = city.now_us;
        const std::string spot = std::string("spots/") + static_cast<char>('a' + member % 5);
        asked.body = city.body_of({.member = "m-" + name, .spot = spot, .device = "d-" + name, .mocked = member % 3 == 0}).dump();
    }
    const End end = end_of([&] {
        asked.answer = city.flow->check_in("client", asked.key, server::parse_check_in(asked.body), server::http::Language::en, now_us).body;
    });
    told.check_ins.push_back(asked);
    if (end != End::yes) {
        return;
    }
    const json answer = json::parse(*asked.answer);
    if (answer["verdict"] == "held") {
        decide(answer["id"], member % 2 == 0, told);
    } else if (answer["verdict"] == "accepted") {
        pay("m-" + name, told);
    }
}

void Town::pay(const std::string &member, Told &told) {
    Paid paid{"sale-" + member, 4, false, false};
    const End end = end_of([&] {
        city.store->write([&](data::WriteTransaction &books) {
            data::TransferRequest sale;
            sale.id = paid.transfer;
            sale.debit_account = server::rally::member_account(member);
            sale.credit_account = "shop:bakery";
            sale.amount = paid.points;
            sale.code = "spend";
            const auto result = books.transfer(sale, now_us());
            if (result.outcome != data::TransferOutcome::created) {
                throw std::logic_error("a sale: " + std::string(data::transfer_outcome_name(result.outcome)));
            }
        });
    });
    paid.is_yes = end == End::yes;
    paid.is_no = end == End::no;
    told.payments.push_back(paid);
}

void Town::decide(const std::string &check_in, bool approves, Told &told) {
    const End end = end_of([&] { (void)server::decide_review(*city.store, *city.rallies, check_in, approves, "staff:taro", "looked at", now_us()); });
    told.decisions.push_back({check_in, approves, end == End::yes});
}

void Town::publish(int number, Told &told) {
    (void)end_of([&] {
        const auto draft = city.store->write_draft("notes", data::Store::DraftMode::replace, "staff:hanako");
        for (int feature = 0; feature < 10; ++feature) {
            geo::Feature note{"n" + std::to_string(feature), geo::Geometry::point({139.5, 35.7 + feature * 0.01}), {}};
            note.properties.set("number", std::int64_t{number});
            draft->put(std::move(note));
        }
        draft->commit();
        city.store->write([&](data::WriteTransaction &books) { (void)books.publish("notes", "staff:hanako", "", true, now_us()); });
        told.revision = city.store->find_layer("notes")->revision;
    });
}

void Town::walk(int number, Told &told) {
    for (int deed = 0; deed < deeds_of_a_walker && !city.store->writer_statistics().is_stopped; ++deed) {
        if (number % walkers == 0 && deed == deeds_of_a_walker / 2) {
            publish(number, told);
        }
        check_in(++m_members, told);
    }
}

/// Before the power goes the disk may be full for one write, or a sync may fail: then the writer stops, and the cut finds it so.
void Town::fail_by_chance() {
    using Fault = FaultyDisk::Fault;
    const auto kind = m_random() % 6;
    m_fault = kind == 0 ? Fault::sync_fails : kind == 1 ? Fault::full : Fault::power_goes;
    disk.fail(m_fault, 1 + m_random() % (m_fault == Fault::sync_fails ? last_sync : last_call));
}

/// Starts as often as the power goes while starting.
void Town::start() {
    for (;;) {
        const bool goes = m_random() % 4 == 0;
        if (goes) {
            disk.fail(FaultyDisk::Fault::power_goes, 1 + m_random() % 40);
        }
        const bool is_open = end_of([&] { city.open(); }) == End::yes;
        if (is_open && !(goes && disk.has_failed())) {
            disk.heal();
            return;
        }
        REQUIRE(goes); // nothing else may keep it from starting
        ++m_tally.cuts_at_start;
        disk.stop();
        city.close();
        disk.lose_power(m_random);
    }
}

void Town::live(int number) {
    fail_by_chance();
    std::vector<Told> all(walkers);
    std::vector<std::thread> threads;
    std::atomic<bool> is_wrong = false;
    for (int walker = 0; walker < walkers; ++walker) {
        threads.emplace_back([&, walker] {
            try {
                walk(number * walkers + walker, all[static_cast<std::size_t>(walker)]);
            } catch (const std::exception &error) {
                const std::lock_guard lock(m_mutex);
                is_wrong = true;
                WARN(error.what());
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    REQUIRE_FALSE(is_wrong);
    if (disk.has_failed()) {
        ++(m_fault == FaultyDisk::Fault::power_goes ? m_tally.cuts_at_work
           : m_fault == FaultyDisk::Fault::full     ? m_tally.full_disks
                                                    : m_tally.failed_syncs);
    }
    disk.stop();
    city.close();
    disk.lose_power(m_random);
    start();
    require_whole(all);
}

/// The same request again: what was told stays told; what was not is told now.
void Town::ask_again(Asked &asked) {
    const auto again = city.flow->check_in("client", asked.key, server::parse_check_in(asked.body), server::http::Language::en, city.now_us);
    if (asked.answer) {
        CHECK(again.replayed);
        CHECK(again.body == *asked.answer);
    }
    ++(asked.answer ? m_tally.told : m_tally.not_told);
    m_tally.found += !asked.answer && again.replayed ? 1U : 0U;
    const json answer = json::parse(again.body);
    const std::string verdict = answer["verdict"];
    if (verdict == "accepted" || verdict == "held") {
        m_accepted.emplace(answer["id"], answer);
    } else {
        CHECK_FALSE(asked.answer); // it comes too late now, and had not come before
        CHECK(city.store->stamps_of(json::parse(asked.body)["member"].get<std::string>()).empty());
    }
}

void Town::require_decisions(const Told &told) {
    city.store->read_books([&](data::Books &books) {
        for (const Decided &decided : told.decisions) {
            const auto review = books.reviews.find(decided.check_in);
            REQUIRE(review);
            const data::ReviewState meant = decided.approves ? data::ReviewState::approved : data::ReviewState::rejected;
            CHECK((review->state == meant || (!decided.is_yes && review->state == data::ReviewState::open)));
        }
    });
}

void Town::require_revisions(std::uint64_t told) {
    CHECK(city.store->find_layer("notes")->revision >= told);
    for (const data::Revision &revision : city.store->revisions("notes")) {
        std::map<std::int64_t, int> numbers;
        city.store->read_features("notes", data::LayerState::at(revision.number),
                                  [&](geo::Feature &&feature) { ++numbers[std::get<std::int64_t>(*feature.properties.find("number"))]; });
        CHECK(numbers.size() == 1);
        CHECK(numbers.begin()->second == 10);
    }
}

/// Every check-in with points has one award, and one event that tells of it.
void Town::require_each_once() {
    std::map<std::string, int> awards;
    for (const data::Transfer &transfer : city.store->transfers("", 0, 1'000'000)) {
        awards[transfer.request.reference] += !transfer.resolves && transfer.request.code == "award" ? 1 : 0;
    }
    std::map<std::string, int> events;
    for (const data::NumberedEvent &numbered : city.store->outbox_events(0, 1'000'000)) {
        ++events[numbered.event.id];
    }
    std::size_t awarded = 0;
    for (const auto &[id, answer] : m_accepted) {
        CAPTURE(id, answer.dump());
        CHECK(awards[id] == 1);
        CHECK(events[id + "/accepted"] == 1);
        ++awarded;
    }
    CHECK(static_cast<std::size_t>(std::count_if(awards.begin(), awards.end(), [](const auto &award) { return award.second > 0; })) == awarded);
}

void Town::require_whole(std::vector<Told> &all) {
    CHECK(city.store->check() == std::vector<std::string>{});
    const data::LedgerReport books = city.store->verify_ledger();
    CHECK(books.problems.empty());
    for (Told &told : all) {
        std::for_each(told.check_ins.begin(), told.check_ins.end(), [&](Asked &asked) { ask_again(asked); });
        require_decisions(told);
        for (const Paid &paid : told.payments) {
            const bool is_there = city.store->find_transfer(paid.transfer).has_value();
            CHECK((is_there || !paid.is_yes));
            CHECK_FALSE((is_there && paid.is_no));
        }
        require_revisions(told.revision);
    }
    require_each_once();
}

int wanted_cuts() {
    const char *text = std::getenv("KEYAKI_POWER_CUTS"); // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 30 : std::stoi(text);
}

} // namespace

TEST_CASE("I9, I16: whenever the power goes, no award that was told is lost, none is there twice, and the books hold") {
    const std::uint64_t seed = Catch::rngSeed();
    int left = wanted_cuts();
    REQUIRE(left > 0);
    Tally tally;
    for (std::uint64_t round = 0; left > 0; ++round) {
        CAPTURE(seed, round);
        Town town(seed * 1'000'003 + round, tally);
        for (int life = 0; life < lives_of_a_city && left > 0; ++life, --left) {
            CAPTURE(life);
            town.live(life);
        }
        town.city.close();
    }
    const std::string sentence =
        fmt::format("{} cuts at work, {} at a start, {} failed syncs, {} full disks; {} check-ins told, {} not told, of which {} were there",
                    tally.cuts_at_work, tally.cuts_at_start, tally.failed_syncs, tally.full_disks, tally.told, tally.not_told, tally.found);
    CAPTURE(sentence);
    CHECK(tally.cuts_at_work > 0);
    CHECK(tally.told > 0);
    CHECK(tally.not_told > tally.found);
    if (std::getenv("KEYAKI_POWER_CUTS") != nullptr) { // NOLINT(concurrency-mt-unsafe)
        std::cout << sentence << '\n';
    }
}
