#include "data/books.hpp"
#include "data/database.hpp"
#include "server/flows/members.hpp"
#include "server/flows/retention.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <thread>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

TEST_CASE("an erasure whose log cannot be cut is told as done, and not as failed: nothing of the member comes back") {
    SmallCity city;
    city.put(json::object());
    REQUIRE(city.check_in(Visit())["verdict"] == "accepted");
    const json erased = json::parse(server::erase_member(*city.store, city.folder.path() / "nowhere" / "city.sqlite", "m-1", "clerk", city.now_us));
    CHECK(erased["is_scrubbed"] == false);
    CHECK(erased["removed"]["check_in"] == 1);
    city.store->read_books([](data::Books &books) { CHECK(books.members.stamps("m-1").empty()); });
}

TEST_CASE("a log that an erasure could not cut, because somebody was reading, is cut by a later pass of the retention that has nothing to remove") {
    SmallCity city;
    const std::filesystem::path file = city.folder.path() / "city.sqlite";
    city.put(json::object());
    REQUIRE(city.check_in(Visit())["verdict"] == "accepted");
    data::Connection reader(file, data::Access::read);
    {
        const data::Transaction view(reader, data::Transaction::Kind::read);
        REQUIRE(reader.query_int64("SELECT count(*) FROM check_in") == 1);
        CHECK(json::parse(server::erase_member(*city.store, file, "m-1", "clerk", city.now_us))["is_scrubbed"] == false);
    }
    const auto log_bytes = [&] { return std::filesystem::file_size(file.string() + "-wal"); };
    REQUIRE(log_bytes() > 0);
    const server::Retention retention(*city.store, file, std::chrono::milliseconds(10));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (log_bytes() > 0 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(log_bytes() == 0);
    CHECK(retention.removed() == 0);
}

TEST_CASE("the file is written anew once for the erasures before it, after a week without one, and whenever it is wanted") {
    SmallCity city;
    const std::filesystem::path file = city.folder.path() / "city.sqlite";
    city.put(json::object());
    const auto scrub = [&](bool always) { return server::scrub_members(*city.store, file, "night", city.now_us, always); };
    CHECK(scrub(false)); // nobody knows what was before
    CHECK_FALSE(scrub(false));
    CHECK(scrub(true));
    REQUIRE(city.check_in(Visit())["verdict"] == "accepted");
    static_cast<void>(server::erase_member(*city.store, file, "nobody", "clerk", city.now_us));
    CHECK_FALSE(scrub(false));
    static_cast<void>(server::erase_member(*city.store, file, "m-1", "clerk", city.now_us));
    CHECK(scrub(false));
    CHECK_FALSE(scrub(false));
    city.pass_s(6 * 86'400);
    CHECK_FALSE(scrub(false));
    city.pass_s(86'400);
    CHECK(scrub(false));
    CHECK_FALSE(scrub(false));
    const data::AuditEntry noted = city.store->audit(1).front();
    CHECK(noted.action == "member.scrub");
    CHECK(noted.actor == "night");
}

TEST_CASE("an erasure that comes while the file is written anew is dealt with the next time") {
    SmallCity city;
    const std::filesystem::path file = city.folder.path() / "city.sqlite";
    city.store->write([&](data::WriteTransaction &transaction) { // the file was written before this erasure, and that is noted after it
        transaction.insert_audit({city.now_us, "clerk", "member.erase", "member", R"({"rows":1})"});
        transaction.insert_audit({city.now_us, "night", "member.scrub", "member", R"({"last_erasure":0})"});
    });
    CHECK(server::scrub_members(*city.store, file, "night", city.now_us, false));
    CHECK_FALSE(server::scrub_members(*city.store, file, "night", city.now_us, false));
}
