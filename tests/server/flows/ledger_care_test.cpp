#include "server/flows/ledger_care.hpp"

#include "data/store.hpp"
#include "server/time.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/trouble.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace keyaki;
using namespace keyaki::server;
using test::comes_true;

namespace {

/// A ledger in which points wait for something to end.
struct Ledger {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({folder / "city.sqlite", true});

    Ledger() {
        store->write([&](data::WriteTransaction &books) {
            books.ensure_account("issuer:chamber", "nin");
            books.ensure_account("budget:walk", "nin");
            books.ensure_account("member:m-1", "nin");
            books.transfer({"fund", "issuer:chamber", "budget:walk", 100, "fund", "", false, 0, std::nullopt}, now_us());
        });
    }
    /// An award that is held for a second.
    void hold(const std::string &id) {
        store->write([&](data::WriteTransaction &books) {
            books.transfer({id, "budget:walk", "member:m-1", 1, "award", "", true, 1, std::nullopt}, now_us());
        });
    }
    std::int64_t held() { return store->find_account("member:m-1")->credits_pending; }
};

} // namespace

TEST_CASE("no failure ends the care of the ledger, whatever is thrown: it goes on when the trouble is over") {
    Ledger ledger;
    const auto head = ledger.folder / "head.txt";
    LedgerCare care(*ledger.store, head);
    ledger.hold("first");
    CHECK(comes_true([&] { return ledger.held() == 0; }));
    ledger.hold("second");
    {
        const test::MemoryShortage shortage; // of other threads than this one: std::bad_alloc, which is no geo::Error
        const std::uint64_t before = care.failures();
        CHECK(comes_true([&] { return care.failures() >= before + 2; }));
    }
    CHECK(comes_true([&] { return ledger.held() == 0; }));
    CHECK(comes_true([&] { return care.ended() == 2; })); // counted when it is written
    CHECK(comes_true([&] { return test::bytes_of(head).starts_with("keyaki-ledger-head 5 "); }));
}

TEST_CASE("where the head cannot be published, what is due is ended all the same") {
    Ledger ledger;
    const auto head = ledger.folder / "away" / "head.txt";
    LedgerCare care(*ledger.store, head);
    ledger.hold("first");
    CHECK(comes_true([&] { return ledger.held() == 0; }));
    CHECK(comes_true([&] { return care.failures() >= 2; }));
    std::filesystem::create_directory(head.parent_path());
    CHECK(comes_true([&] { return test::bytes_of(head).starts_with("keyaki-ledger-head 3 "); }));
}

TEST_CASE("a published head is on the disk before anybody relies on it: the file, then its name in the folder") {
    Ledger ledger;
    const auto file = ledger.folder / "head.txt";
    PublishedHead head(file);
    const std::string folder = std::filesystem::canonical(file.parent_path());
    std::string published;
    const test::WatchedSyncs syncs([&](const std::string &path) {
        if (path == folder) {
            published = test::bytes_of(file); // what a power cut from here on leaves under this name
        }
    });
    head.publish(*ledger.store);
    CHECK(published.starts_with("keyaki-ledger-head 1 "));
    CHECK(syncs.paths() == std::vector<std::string>{folder + "/head.txt.partial", folder});
    head.publish(*ledger.store); // nothing new
    CHECK(syncs.paths().size() == 2);
}
