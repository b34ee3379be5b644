// Every order in which the steps of several requests can reach the books: not by luck of threads, but all of them, one after another. A request may
// be overtaken wherever it calls the store.
#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/reviews.hpp"
#include "server/rally/rally.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"
#include "tests/support/passing_store.hpp"
#include "tests/support/schedules.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace keyaki;
using namespace keyaki::test;
using nlohmann::json;

namespace {

/// The city, whose requests give way before each call of the store.
class CrowdedCity : public SmallCity {
  public:
    CrowdedCity() : stepped(*store, [] { Schedules::give_way(); }), stepped_flow(stepped, *snapshots, *rallies, *recent) {}

    PassingStore stepped;
    server::CheckInFlow stepped_flow;

    /// A party that sends the visit, made now, with this key.
    Schedules::Party sends(const Visit &visit, const std::string &key, server::CheckInAnswer &answer) {
        return [this, key, body = body_of(visit).dump(), at_us = now_us, &answer] {
            answer = stepped_flow.check_in("client", key, server::parse_check_in(body), server::http::Language::en, at_us);
        };
    }
};

/// How a call of staff or of a clock ended.
enum class End : std::uint8_t { none, done, conflict };

Schedules::Party decides(CrowdedCity &city, const std::string &check_in, bool approves, End &end) {
    return [&city, check_in, approves, &end, at_us = city.now_us + 1] {
        try {
            (void)server::decide_review(city.stepped, *city.rallies, check_in, approves, "taro", "", at_us);
            end = End::done;
        } catch (const geo::Error &error) {
            REQUIRE(error.kind() == geo::ErrorKind::conflict);
            end = End::conflict;
        }
    };
}

/// What the server does by itself when the time of something is over.
Schedules::Party looks_after(CrowdedCity &city, std::int64_t at_us) {
    return [&city, at_us] {
        if (city.stepped.is_anything_due(at_us)) {
            city.stepped.write([&](data::WriteTransaction &books) { (void)books.end_what_is_due(at_us, 100); });
        }
        (void)server::lapse_reviews(city.stepped, *city.rallies, at_us, 100);
    };
}

std::vector<data::Transfer> awards_of(SmallCity &city, const std::string &member) {
    std::vector<data::Transfer> awards = city.store->transfers(server::rally::member_account(member), 0, 1'000);
    std::erase_if(awards, [](const data::Transfer &transfer) { return transfer.request.code != "award" || transfer.resolves; });
    return awards;
}

std::vector<data::Transfer> ends_of(SmallCity &city, const data::Transfer &held) {
    std::vector<data::Transfer> ends = city.store->transfers(held.request.credit_account, 0, 1'000);
    std::erase_if(ends, [&](const data::Transfer &transfer) { return transfer.resolves != held.sequence; });
    return ends;
}

const std::string last_day = "2199-12-31T23:59:59+09:00";

} // namespace

TEST_CASE("all schedules are tried: as many as there are orders of the parties' steps, each another one") {
    std::set<std::string> seen;
    const auto party = [](int steps) {
        return [steps] {
            for (int step = 1; step < steps; ++step) {
                Schedules::give_way();
            }
        };
    };
    const std::size_t tried = Schedules::explore([&] {
        return Schedules::Trial{{party(2), party(3), party(2)}, [&](const std::string &schedule) { seen.insert(schedule); }};
    });
    CHECK(tried == 210); // 7! / (2! 3! 2!)
    CHECK(seen.size() == 210);
    Schedules::give_way(); // outside of a party nothing happens
    CHECK_THROWS_AS(Schedules::explore([&] {
                        return Schedules::Trial{{[] { throw std::logic_error("a party"); }}, [](const std::string &) {}};
                    }),
                    std::logic_error);
}

TEST_CASE(
    "I4: in every order of an approval, a rejection and the end of its time a held award ends once, and review, stamp and points say the same") {
    CrowdedCity city;
    city.put({{"ends", last_day}, {"budget", 1'000'000}});
    std::map<data::ReviewState, int> endings;
    int number = 0;
    const std::size_t tried = Schedules::explore([&] {
        const std::string member = "m-" + std::to_string(++number);
        city.pass_s(30 * std::int64_t{86'400}); // past what the one before has left behind
        const std::string check_in = city.check_in({.member = member, .device = "d-" + member, .mocked = true})["id"];
        const auto approved = std::make_shared<End>();
        const auto rejected = std::make_shared<End>();
        const auto judge = [&, member, check_in, approved, rejected](const std::string &schedule) {
            CAPTURE(schedule);
            const auto awards = awards_of(city, member);
            REQUIRE(awards.size() == 1);
            const auto ends = ends_of(city, awards.front());
            REQUIRE(ends.size() == 1);
            data::ReviewState state{};
            city.store->read_books([&](data::Books &books) { state = books.reviews.find(check_in).value().state; });
            ++endings[state];
            const bool is_posted = state == data::ReviewState::approved;
            CHECK(state != data::ReviewState::open);
            CHECK((ends.front().state == data::TransferState::posted) == is_posted);
            CHECK((ends.front().state == data::TransferState::voided) == (state == data::ReviewState::rejected));
            CHECK(city.points(member) == (is_posted ? 10 : 0));
            CHECK(city.pending(member) == 0);
            CHECK(city.store->stamps_of(member).size() == (is_posted ? 1U : 0U));
            CHECK((*approved == End::done ? 1 : 0) + (*rejected == End::done ? 1 : 0) <= 1);
            CHECK_FALSE((state == data::ReviewState::lapsed && city.store->find_account("budget:r")->debits_pending != 0));
        };
        return Schedules::Trial{{decides(city, check_in, true, *approved), decides(city, check_in, false, *rejected),
                                 looks_after(city, city.now_us + 20 * server::day_us)},
                                judge};
    });
    CHECK(tried > 500);
    CHECK(endings.size() == 3); // each of them was first sometimes
    CHECK(city.store->find_account("budget:r")->debits_pending == 0);
    CHECK(city.ledger_holds());
}

TEST_CASE("I5, I6: in every order of two requests with one key and one with that key and another body exactly one is run") {
    CrowdedCity city;
    city.put({{"budget", 1'000'000}});
    int others = 0;
    int number = 0;
    const std::size_t tried = Schedules::explore([&] {
        const std::string member = "m-" + std::to_string(++number);
        const std::string key = "k-" + member;
        city.pass_s(600);
        const auto answers = std::make_shared<std::array<server::CheckInAnswer, 3>>();
        const Visit visit{.member = member, .device = "d-" + member};
        const auto party = city.sends(visit, key, (*answers)[0]);
        const std::string body = city.body_of(visit).dump();
        const auto same = [&city, body, key, at_us = city.now_us, answers](std::size_t place) {
            return [&city, body, key, at_us, answers, place] {
                (*answers)[place] = city.stepped_flow.check_in("client", key, server::parse_check_in(body), server::http::Language::en, at_us);
            };
        };
        const auto other = city.sends({.member = member, .spot = "spots/b", .device = "d-" + member}, key, (*answers)[2]);
        const auto judge = [&, member, answers](const std::string &schedule) {
            CAPTURE(schedule);
            const auto &[first, second, third] = *answers;
            const auto count = [&](auto is) { return std::count_if(answers->begin(), answers->end(), is); };
            CHECK(count([](const auto &answer) { return !answer.replayed && !answer.key_reused; }) == 1);
            CHECK(first.key_reused == second.key_reused);
            CHECK(first.key_reused != third.key_reused);
            CHECK(first.body == second.body);
            CHECK(city.store->stamps_of(member).size() == 1);
            CHECK(awards_of(city, member).size() == 1);
            others += first.key_reused ? 1 : 0;
        };
        return Schedules::Trial{{same(0), same(1), other}, judge};
    });
    CHECK(tried == 90); // 6! / (2! 2! 2!)
    CHECK(others > 0);
    CHECK(others < 90);
    CHECK(city.ledger_holds());
}

TEST_CASE("I8: in every order of attempts with keys of their own at one spot, one of them in doubt, there is one stamp and one award") {
    CrowdedCity city;
    city.put({{"budget", 1'000'000}});
    int held = 0;
    int number = 0;
    const std::size_t tried = Schedules::explore([&] {
        const std::string member = "m-" + std::to_string(++number);
        city.pass_s(600);
        const auto answers = std::make_shared<std::array<server::CheckInAnswer, 3>>();
        const Visit visit{.member = member, .device = "d-" + member};
        Visit doubtful = visit;
        doubtful.mocked = true;
        const auto judge = [&, member, answers](const std::string &schedule) {
            CAPTURE(schedule);
            std::multiset<std::string> verdicts;
            for (const server::CheckInAnswer &answer : *answers) {
                verdicts.insert(answer.verdict);
            }
            CHECK(verdicts.count("accepted") + verdicts.count("held") == 1);
            CHECK(verdicts.count("refused") == 2);
            CHECK(city.store->stamps_of(member).size() == 1);
            CHECK(awards_of(city, member).size() == 1);
            CHECK(city.points(member) + city.pending(member) == 10);
            held += static_cast<int>(verdicts.count("held"));
        };
        return Schedules::Trial{{city.sends(visit, "k1-" + member, (*answers)[0]), city.sends(visit, "k2-" + member, (*answers)[1]),
                                 city.sends(doubtful, "k3-" + member, (*answers)[2])},
                                judge};
    });
    CHECK(tried == 90);
    CHECK(held > 0);
    CHECK(held < 90);
    CHECK(city.ledger_holds());
}

TEST_CASE("I10: in every order of three awards at the end of a budget and of a member's day neither is exceeded, and all three are stamped") {
    CrowdedCity city;
    std::vector<geo::Feature> stalls;
    for (const char *id : {"a1", "a2"}) {
        stalls.push_back({id, geo::Geometry::point(place_of_spot("spots/a")), {}});
    }
    city.add_layer("stalls", data::Visibility::everyone, stalls);
    city.snapshots->refresh();
    std::set<std::int64_t> sums;
    int number = 0;
    const std::size_t tried = Schedules::explore([&] {
        const std::string rally = "r" + std::to_string(++number);
        const std::string twice = "m-" + std::to_string(number);
        const std::string once = "n-" + std::to_string(number);
        city.pass_s(600);
        city.put({{"id", rally}, {"budget", 25}, {"spots", {{"layer", "stalls"}, {"points", 10}}}, {"limits", {{"points_per_member_per_day", 15}}}});
        const auto answers = std::make_shared<std::array<server::CheckInAnswer, 4>>();
        const auto visit = [&](const std::string &member, const char *spot, bool mocked) {
            Visit made{.member = member, .spot = "spots/a", .rally = rally, .device = "d-" + member, .mocked = mocked};
            made.more = {{"spot", spot}};
            return made;
        };
        const auto judge = [&, rally, once, twice, answers](const std::string &schedule) {
            CAPTURE(schedule);
            const data::Account budget = city.store->find_account("budget:" + rally).value();
            CHECK(budget.available() >= 0);
            CHECK(city.points(twice) + city.pending(twice) == 10); // never both of his, never none
            CHECK(city.store->stamps_of(twice).size() == 2);
            CHECK(city.store->stamps_of(once).size() == 1);
            sums.insert(budget.debits_posted + budget.debits_pending);
        };
        return Schedules::Trial{{city.sends(visit(twice, "stalls/a1", false), "k1-" + rally, (*answers)[0]),
                                 city.sends(visit(twice, "stalls/a2", true), "k2-" + rally, (*answers)[1]),
                                 city.sends(visit(once, "stalls/a1", false), "k3-" + rally, (*answers)[2])},
                                judge};
    });
    CHECK(tried == 90);
    CHECK(sums == std::set<std::int64_t>{20});
    CHECK(city.ledger_holds());
}

TEST_CASE("I12: in every order of two sales and of the care at the deadline a lot is spent or expires, never both") {
    CrowdedCity city;
    city.store->write([&](data::WriteTransaction &books) {
        books.put_shop("bakery", "any", "hanako", city.now_us);
        books.ensure_account("shop:bakery", "nin");
        books.ensure_account("expired", "nin");
    });
    std::set<std::int64_t> spent;
    std::int64_t all_spent = 0;
    int number = 0;
    const std::size_t tried = Schedules::explore([&] {
        const std::string member = "member:m-" + std::to_string(++number);
        city.pass_s(600);
        const std::int64_t deadline_us = city.now_us + 60'000'000;
        const auto move = [&city](data::WriteTransaction &books, const std::string &id, const std::string &from, const std::string &to,
                                  std::int64_t amount, std::int64_t at_us, std::optional<std::int64_t> expires_at_us) {
            data::TransferRequest request;
            request.id = id;
            request.debit_account = from;
            request.credit_account = to;
            request.amount = amount;
            request.code = expires_at_us ? "award" : "spend";
            request.expires_at_us = expires_at_us;
            return books.transfer(request, at_us).outcome;
        };
        city.store->write([&](data::WriteTransaction &books) {
            books.ensure_account(member, "nin");
            REQUIRE(move(books, "a-" + member, "budget:r", member, 10, city.now_us, deadline_us) == data::TransferOutcome::created);
        });
        const auto sale = [&city, move, member, deadline_us](int which) {
            return [&city, move, member, deadline_us, which] {
                city.stepped.write([&](data::WriteTransaction &books) {
                    (void)move(books, "s" + std::to_string(which) + member, member, "shop:bakery", 6, deadline_us - which, {});
                });
            };
        };
        const auto judge = [&, member](const std::string &schedule) {
            CAPTURE(schedule);
            const data::Account account = city.store->find_account(member).value();
            CHECK(account.available() == 0);
            const auto entries = city.store->transfers(member, 0, 100);
            std::int64_t sold = 0;
            std::int64_t expired = 0;
            for (const data::Transfer &entry : entries) {
                sold += entry.request.credit_account == "shop:bakery" ? entry.request.amount : 0;
                expired += entry.request.credit_account == "expired" ? entry.request.amount : 0;
            }
            CHECK(sold + expired == 10);
            spent.insert(sold);
            all_spent += sold;
        };
        return Schedules::Trial{{sale(1), sale(2), looks_after(city, deadline_us)}, judge};
    });
    CHECK(tried >= 210);
    CHECK(spent == std::set<std::int64_t>{0, 6}); // the second sale finds too little
    CHECK(city.store->find_account("shop:bakery")->available() == all_spent);
    CHECK(city.ledger_holds());
}
