// A disk that is full, fails, or forgets: whoever was told yes finds it there, nothing is half done, and the file is whole at the next start.
#include "data/database.hpp"
#include "geo/error.hpp"
#include "tests/data/data_fixture.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/faulty_disk.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;
using Fault = FaultyDisk::Fault;

namespace {

constexpr std::array<const char *, FaultyDisk::fault_kinds> fault_names{"full", "write_fails", "sync_fails", "read_fails", "short_read"};

/// One step: points for somebody and a line that says so. Together or not at all.
void take_step(Store &store, int number) {
    const std::string name = std::to_string(number);
    store.write([&](data::WriteTransaction &books) {
        books.ensure_account("issuer:chamber", "nin");
        books.ensure_account("budget:b" + name, "nin");
        data::TransferRequest transfer;
        transfer.id = "step-" + name;
        transfer.debit_account = "issuer:chamber";
        transfer.credit_account = "budget:b" + name;
        transfer.amount = 10;
        transfer.code = "fund";
        const data::TransferOutcome outcome = books.transfer(transfer, some_time_us + number).outcome;
        if (outcome != data::TransferOutcome::created) {
            throw std::logic_error("step " + name + ": " + std::string(data::transfer_outcome_name(outcome)));
        }
        books.insert_audit({some_time_us + number, "staff:hanako", "step", name, "{}"});
    });
}

/// The steps that are there, once each and whole.
std::set<int> steps_in(Store &store) {
    std::multiset<int> lines;
    for (const data::AuditEntry &entry : store.audit(100'000)) {
        if (entry.action == "step") {
            lines.insert(std::stoi(entry.subject));
        }
    }
    std::multiset<int> transfers;
    for (const data::Transfer &transfer : store.transfers("", 0, 100'000)) {
        transfers.insert(std::stoi(transfer.request.id.substr(5)));
    }
    CHECK(lines == transfers);
    const std::set<int> once(lines.begin(), lines.end());
    CHECK(once.size() == lines.size());
    return once;
}

std::string sentence_of(const std::function<void()> &function) {
    try {
        function();
    } catch (const geo::Error &error) {
        CHECK(error.kind() == geo::ErrorKind::unavailable);
        return error.what();
    }
    return "nothing was thrown";
}

/// What a run was told: yes, or no. Of what was told no it may know nothing.
struct Told {
    std::set<int> yes;
    std::set<int> no;
    std::uint64_t revisions = 0; ///< published and told so
};

void publish_numbered(Store &store, int number) {
    const auto draft = store.write_draft("shelters", Store::DraftMode::replace, "staff:hanako");
    for (int feature = 0; feature < 20; ++feature) {
        draft->put(point_feature("f" + std::to_string(feature), 139 + feature / 100.0, 35, number));
    }
    draft->commit();
    store.write([](data::WriteTransaction &change) { change.publish("shelters", "staff:hanako", "numbers", true, some_time_us); });
}

/// Steps and publishes until something fails for good, or all are done.
void work(const std::filesystem::path &file, int first, Told &told) {
    std::unique_ptr<Store> store;
    try {
        store = data::open_store({.file = file});
    } catch (const geo::Error &) {
        return;
    }
    for (int number = first; number < first + 6; ++number) {
        try {
            take_step(*store, number);
            told.yes.insert(number);
        } catch (const geo::Error &) {
            told.no.insert(number);
        }
        if (number % 3 == 2) {
            try {
                publish_numbered(*store, number);
                told.revisions = store->find_layer("shelters")->revision;
            } catch (const geo::Error &) {
                continue; // not told
            }
        }
    }
}

/// Each revision has the features of one publish, all of them.
void require_whole_revisions(Store &store) {
    for (const data::Revision &revision : store.revisions("shelters")) {
        const Features features = read(store, "shelters", data::LayerState::at(revision.number));
        CHECK(features.size() == revision.feature_count);
        std::set<std::int64_t> numbers;
        for (const auto &[id, feature] : features) {
            numbers.insert(std::get<std::int64_t>(*feature.properties.find("capacity")));
        }
        CHECK(numbers.size() == 1);
        CHECK(features.size() == 20);
    }
}

void require_whole(const std::filesystem::path &file, const Told &told) {
    const auto store = data::open_store({.file = file});
    CHECK(store->check() == std::vector<std::string>{});
    const std::set<int> there = steps_in(*store);
    CHECK(std::includes(there.begin(), there.end(), told.yes.begin(), told.yes.end()));
    for (const int step : there) {
        CHECK((told.yes.contains(step) || told.no.contains(step)));
    }
    CHECK(store->find_layer("shelters")->revision >= told.revisions);
    require_whole_revisions(*store);
}

/// A disk that gives zeros for what it holds, and calls that the end of the file, is believed by SQLite: the damage can be built on and written
/// back. Then it has to be found.
bool is_damage_found(const std::filesystem::path &file) {
    try {
        return !data::open_store({.file = file})->check().empty();
    } catch (const geo::Error &error) {
        CHECK(error.kind() == geo::ErrorKind::corrupt);
        return true;
    }
}

} // namespace

TEST_CASE("I16: after a failed fsync the caller is told, nothing more is written, and reading goes on") {
    FaultyDisk disk;
    StoreFixture fixture;
    take_step(fixture.store(), 1);
    disk.fail(Fault::sync_fails, 1);
    const std::string told = sentence_of([&] { take_step(fixture.store(), 2); });
    CHECK(told.find("whether the change was kept shows when keyaki is started again") == 0);
    CHECK(told.find("the disk did not confirm what was written to the database: " + fixture.file().string()) != std::string::npos);
    REQUIRE(disk.has_failed());
    disk.heal(); // the disk would say yes again: nobody asks
    const std::string refused = sentence_of([&] { take_step(fixture.store(), 3); });
    CHECK(refused.find("the database takes no changes any more until keyaki is started again") == 0);
    CHECK(fixture.store().writer_statistics().is_stopped);
    CHECK(steps_in(fixture.store()) == std::set<int>{1});
    fixture.reopen();
    take_step(fixture.store(), 4);
    CHECK(fixture.store().check().empty());
    CHECK_FALSE(fixture.store().writer_statistics().is_stopped);
    const std::set<int> there = steps_in(fixture.store());
    CHECK((there == std::set<int>{1, 4} || there == std::set<int>{1, 2, 4}));
}

// What a failed fsync should have brought out counts as clean from then on: asked again it says yes, and the pages are nowhere.
TEST_CASE("I16: whichever fsync fails, of a commit, of the log that is moved or of the closing, nothing is written or synced any more in this life") {
    FaultyDisk disk;
    StoreFixture fixture;
    fixture.close();
    const auto file = fixture.folder() / "played.sqlite";
    int failures = 0;
    for (std::uint64_t call = 1;; ++call) {
        CAPTURE(call);
        std::filesystem::copy_file(fixture.file(), file, std::filesystem::copy_options::overwrite_existing);
        Told told;
        auto store = data::open_store({.file = file});
        disk.fail(Fault::sync_fails, call);
        for (int number = 0; number < 4; ++number) {
            try {
                take_step(*store, number);
                told.yes.insert(number);
            } catch (const geo::Error &) {
                told.no.insert(number);
            }
        }
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (call == 5 && !disk.has_failed() && std::chrono::steady_clock::now() < give_up) {
            (void)store->change_counter(); // until nobody came for so long that the log is moved
        }
        const bool is_stopped = store->writer_statistics().is_stopped;
        CHECK((is_stopped || !disk.has_failed()));
        if (is_stopped) {
            CHECK_THROWS_AS(take_step(*store, 9), geo::Error);
        }
        store.reset();
        CHECK(disk.changes_since_failure() == 0);
        const bool has_failed = disk.has_failed();
        disk.heal();
        require_whole(file, told);
        if (!has_failed) {
            break;
        }
        ++failures;
    }
    CHECK(failures > 5);
}

TEST_CASE("a full disk refuses, and writing goes on by itself when there is room") {
    FaultyDisk disk;
    StoreFixture fixture;
    take_step(fixture.store(), 1);
    disk.fail(Fault::full, 1, true);
    CHECK(sentence_of([&] { take_step(fixture.store(), 2); }).find("nothing was written: the disk of the database is full") == 0);
    CHECK(sentence_of([&] { take_step(fixture.store(), 2); }).find("nothing was written: the disk of the database is full") == 0);
    CHECK(fixture.store().writer_statistics().is_disk_full);
    CHECK_FALSE(fixture.store().writer_statistics().is_stopped);
    CHECK(steps_in(fixture.store()) == std::set<int>{1});
    disk.heal();
    CHECK(comes_true([&] { return !fixture.store().writer_statistics().is_disk_full; }, std::chrono::seconds(60))); // nobody had to try
    take_step(fixture.store(), 2);
    CHECK(steps_in(fixture.store()) == std::set<int>{1, 2});
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a read that fails for the writer ends writing, not reading") {
    FaultyDisk disk;
    StoreFixture fixture;
    fixture.import({point_feature("a", 139, 35)});
    fixture.publish();
    fixture.reopen(); // with nothing in memory
    disk.fail(Fault::read_fails, 1, true);
    CHECK(sentence_of([&] { take_step(fixture.store(), 1); }).find("nothing was written: the database could not be read or written: ") == 0);
    disk.heal();
    CHECK(sentence_of([&] { take_step(fixture.store(), 1); }).find("the database takes no changes any more") == 0);
    CHECK(published(fixture.store()).size() == 1);
}

TEST_CASE("a database that is removed or replaced under the program takes no more changes") {
    StoreFixture fixture;
    take_step(fixture.store(), 1);
    const auto elsewhere = fixture.folder() / "elsewhere.sqlite";
    fixture.store().backup(elsewhere);
    const bool is_replaced = GENERATE(false, true);
    if (is_replaced) {
        std::filesystem::rename(elsewhere, fixture.file());
    } else {
        std::filesystem::remove(fixture.file());
    }
    CHECK(sentence_of([&] { take_step(fixture.store(), 2); }).find("was moved, removed or replaced while it was open") != std::string::npos);
    CHECK(fixture.store().writer_statistics().is_stopped);
    CHECK(steps_in(fixture.store()) == std::set<int>{1});
}

TEST_CASE("a file that is cut off while it is read ends the reading, not the program") {
    StoreFixture fixture;
    fixture.publish_many();
    fixture.reopen(); // with everything in the file, nothing in the log
    int seen = 0;
    try {
        fixture.store().read_features("shelters", data::LayerState::published(), [&](geo::Feature &&) {
            if (++seen == 1) {
                std::filesystem::resize_file(fixture.file(), 4096);
            }
        });
    } catch (const data::DatabaseError &error) {
        CHECK((error.is_damage() || error.is_io_failure()));
    }
    CHECK(seen < 3000);
}

TEST_CASE("whichever write, sync or read fails, no answer was wrong and the next start finds a whole database") {
    FaultyDisk disk;
    StoreFixture fixture;
    publish_numbered(fixture.store(), 0);
    fixture.close();
    const int kind = GENERATE(range(0, FaultyDisk::fault_kinds));
    const bool is_lasting = GENERATE(false, true);
    int failures = 0;
    // Every call near the beginning, where the file is opened, then wider and wider steps through the steps and publishes.
    for (std::uint64_t call = 1;; call += 1 + call / 4) {
        CAPTURE(fault_names.at(static_cast<std::size_t>(kind)), call, is_lasting);
        const auto file = fixture.folder() / ("city-" + std::to_string(call) + ".sqlite");
        std::filesystem::copy_file(fixture.file(), file);
        Told told;
        disk.fail(static_cast<Fault>(kind), call, is_lasting);
        work(file, 10, told);
        const bool has_failed = disk.has_failed();
        disk.heal();
        if (static_cast<Fault>(kind) != Fault::short_read || !is_damage_found(file)) {
            require_whole(file, told);
        }
        if (!has_failed) {
            CHECK(told.yes.size() == 6);
            break; // past the last call
        }
        ++failures;
    }
    CHECK(failures > 5);
}

TEST_CASE("I16: what was answered is there after a power failure, also when an fsync failed before and the program was killed in between") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(range(1, 41)));
    std::mt19937_64 random(seed);
    CAPTURE(seed);
    FaultyDisk disk;
    StoreFixture fixture;
    publish_numbered(fixture.store(), 0);
    fixture.close();
    const auto file = fixture.folder() / "played.sqlite";
    std::filesystem::copy_file(fixture.file(), file);
    Told told;
    for (int life = 0; life < 3; ++life) {
        auto store = data::open_store({.file = file});
        const int syncs_until_failure = static_cast<int>(random() % 8); // 0: none
        disk.fail(Fault::sync_fails, static_cast<std::uint64_t>(syncs_until_failure));
        for (int number = life * 10; number < life * 10 + 5; ++number) {
            try {
                take_step(*store, number);
                told.yes.insert(number);
            } catch (const geo::Error &) {
                told.no.insert(number);
            }
        }
        disk.stop(); // kill -9: what the system has in memory stays
        store.reset();
        disk.heal();
    }
    disk.stop();
    disk.lose_power(random);
    require_whole(file, told);
}

// Once, zeros were written into the log that had been emptied before that was on the disk: pages of the old log came back between them, and the first
// of its changes were played back over a database that had gone on.
TEST_CASE("when the power goes while the log begins anew after a crash, nothing of the old log comes back") {
    const auto call = static_cast<std::uint64_t>(GENERATE(1, 6, 7));
    const auto seed = static_cast<std::uint64_t>(GENERATE(range(1, 13)));
    CAPTURE(call, seed);
    std::mt19937_64 random(seed);
    FaultyDisk disk;
    StoreFixture fixture;
    fixture.close();
    const auto file = fixture.folder() / "played.sqlite";
    std::filesystem::copy_file(fixture.file(), file);
    Told told;
    for (int life = 0; life < 2; ++life) {
        auto store = data::open_store({.file = file}); // the second time it moves the log into the file and empties it
        if (life == 0) {                               // the old log begins with a change of few pages
            store->write([](data::WriteTransaction &books) { books.insert_audit({some_time_us, "staff:hanako", "start", "all", "{}"}); });
        }
        disk.fail(Fault::power_goes, life == 0 ? 0 : call);
        for (int number = life * 10; number < life * 10 + 8; ++number) {
            try {
                take_step(*store, number);
                told.yes.insert(number);
            } catch (const geo::Error &) {
                told.no.insert(number);
            }
        }
        disk.stop();
        store.reset();
        disk.lose_power(random);
    }
    require_whole(file, told);
}
