#include "data/store.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;

// Many threads over Store::write, as requests of many clients arrive.

namespace {

constexpr int thread_count = 16;

class SharedStore {
  public:
    SharedStore() : m_store(open_store({m_folder / "city.sqlite", true})) {
        m_store->write([](WriteTransaction &change) {
            for (const char *account : {"issuer:chamber", "budget:walk", "member:a", "member:b", "shop:s"}) {
                change.ensure_account(account, "nin");
            }
            REQUIRE(change.transfer(request_of("fund", "issuer:chamber", "budget:walk", 1'000), 1).outcome == TransferOutcome::created);
        });
    }
    Store *operator->() noexcept { return m_store.get(); }

    TransferResult transfer(const TransferRequest &request, std::int64_t now_us = 1'000) {
        TransferResult result;
        m_store->write([&](WriteTransaction &change) { result = change.transfer(request, now_us); });
        return result;
    }

    void check_sound() {
        CHECK(m_store->verify_ledger().problems == std::vector<std::string>{});
        for (const Account &account : m_store->accounts()) {
            CHECK((account.kind == AccountKind::issuer || account.available() >= 0));
        }
    }

  private:
    TemporaryFolder m_folder;
    std::unique_ptr<Store> m_store;
};

/// Runs `action(thread)` on all threads at once.
template <typename Action>
void on_all_threads(Action action) {
    std::vector<std::thread> threads;
    std::atomic<int> ready{0};
    for (int thread = 0; thread < thread_count; ++thread) {
        threads.emplace_back([&, thread] {
            ++ready;
            while (ready < thread_count) {
                std::this_thread::yield();
            }
            action(thread);
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

} // namespace

TEST_CASE("I5: of many concurrent requests with one id exactly one is created and all get the same entry") {
    SharedStore store;
    std::mutex mutex;
    std::map<std::string, std::vector<TransferOutcome>> outcomes;
    std::map<std::string, std::set<Hash>> hashes;
    on_all_threads([&](int thread) {
        for (int number = 0; number < 25; ++number) {
            const TransferRequest award = request_of("award-" + std::to_string(number), "budget:walk", "member:a", 4);
            const TransferResult result = store.transfer(award, 1'000 * thread);
            const std::lock_guard lock(mutex);
            outcomes[award.id].push_back(result.outcome);
            hashes[award.id].insert(result.transfer.value().hash);
        }
    });
    for (const auto &[id, found] : outcomes) {
        CAPTURE(id);
        CHECK(std::count(found.begin(), found.end(), TransferOutcome::created) == 1);
        CHECK(std::count(found.begin(), found.end(), TransferOutcome::exists) == thread_count - 1);
        CHECK(hashes[id].size() == 1);
    }
    CHECK(store->find_account("member:a")->available() == 100);
    CHECK(store->ledger_head().sequence == 26);
    store.check_sound();
}

TEST_CASE("I3: concurrent spenders never get more than there is") {
    SharedStore store;
    REQUIRE(store.transfer(request_of("award", "budget:walk", "member:a", 100)).outcome == TransferOutcome::created);
    std::atomic<int> created{0};
    std::atomic<int> refused{0};
    on_all_threads([&](int thread) {
        for (int number = 0; number < 10; ++number) {
            TransferRequest spend = request_of("spend-" + std::to_string(thread) + "-" + std::to_string(number), "member:a", "shop:s", 1);
            spend.pending = number % 3 == 0;
            const TransferOutcome outcome = store.transfer(spend).outcome;
            ++(outcome == TransferOutcome::created ? created : refused);
        }
    });
    CHECK(created == 100);
    CHECK(refused == 60);
    CHECK(store->find_account("member:a")->available() == 0);
    store.check_sound();
}

TEST_CASE("I7: a refused id stays refused, whoever asks again meanwhile") {
    SharedStore store;
    std::atomic<int> first{0};
    std::atomic<int> again{0};
    on_all_threads([&](int thread) {
        const TransferOutcome outcome = store.transfer(request_of("spend", "member:b", "shop:s", thread + 1)).outcome;
        first += outcome == TransferOutcome::exceeds_credits ? 1 : 0;
        again += outcome == TransferOutcome::id_already_failed ? 1 : 0;
    });
    CHECK(first == 1);
    CHECK(again == thread_count - 1);
    store.check_sound();
}

TEST_CASE("I8, I9: stamp, award and event come together or not at all, also when many threads want the same stamp") {
    SharedStore store;
    std::atomic<int> given{0};
    std::atomic<int> conflicts{0};
    on_all_threads([&](int thread) {
        const std::string name = std::to_string(thread);
        try {
            store->write([&](WriteTransaction &change) {
                // The award first: the stamp's refusal has to take it back.
                change.transfer(request_of("award-" + name, "budget:walk", "member:a", 10), 1'000);
                change.insert_event({"event-" + name, "points.awarded", "member:a", "{}", 1'000});
                change.insert_stamp({"walk", "spots/1", "a", "once", "check-in-" + name, 1'000});
            });
            ++given;
        } catch (const keyaki::geo::Error &error) {
            conflicts += error.kind() == keyaki::geo::ErrorKind::conflict ? 1 : 0;
        }
    });
    CHECK(given == 1);
    CHECK(conflicts == thread_count - 1);
    CHECK(store->stamps_of("a").size() == 1);
    CHECK(store->find_account("member:a")->available() == 10);
    CHECK(store->transfers("member:a", 0, 100).size() == 1);
    store.check_sound();
}

TEST_CASE("I18: of many threads that reverse the same payments each payment is reversed once, and all is as before") {
    SharedStore store;
    constexpr int payments = 40;
    REQUIRE(store.transfer(request_of("award", "budget:walk", "member:a", payments * 5)).outcome == TransferOutcome::created);
    for (int number = 0; number < payments; ++number) {
        REQUIRE(store.transfer(request_of("spend-" + std::to_string(number), "member:a", "shop:s", 5)).outcome == TransferOutcome::created);
    }
    REQUIRE(store->find_account("shop:s")->available() == payments * 5);
    std::atomic<int> created{0};
    std::atomic<int> others{0};
    on_all_threads([&](int thread) {
        for (int number = 0; number < payments; ++number) {
            const std::string payment = "spend-" + std::to_string((number + thread) % payments);
            store->write([&](WriteTransaction &change) {
                const ReverseOutcome outcome = change.reverse({payment, ""}, 2'000).outcome;
                ++(outcome == ReverseOutcome::created ? created : others);
            });
        }
    });
    CHECK(created == payments);
    CHECK(others == (thread_count - 1) * payments);
    CHECK(store->find_account("shop:s")->available() == 0);
    CHECK(store->find_account("member:a")->available() == payments * 5);
    CHECK(store->ledger_head().sequence == 2 + 2 * payments);
    store.check_sound();
}
