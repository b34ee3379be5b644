// What the commit of a check-in costs: the pages that it has reason to write, and no more.
#include "data/books.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace keyaki;
using test::SmallCity;

TEST_CASE("an honest visit writes nothing to the tables of doubt, which would be pages more in its commit") {
    SmallCity city;
    CHECK(city.check_in({})["verdict"] == "accepted");
    city.store->read_books([](data::Books &books) {
        CHECK(books.reviews.list(0, "", 10).empty());
        CHECK_FALSE(books.evidence.standing("m-1"));
        CHECK(books.evidence.wrong_tries("m-1", "r", "spots/a", "2026-11-23").tries == 0);
        CHECK(books.evidence.daily_count("r", "2026-11-23", "spot/spots/a") == 0);
        CHECK(books.runs.of_member("m-1", "r").empty());
        CHECK(books.runs.finishes("m-1", "r").empty());
    });
}

TEST_CASE("the commit of an honest visit writes no more pages than it has reason to") {
    SmallCity city;
    const auto log_bytes = [&] { return static_cast<double>(std::filesystem::file_size(city.folder / "city.sqlite-wal")); };
    const auto visit = [&](int number) {
        const std::string text = std::to_string(number);
        CHECK(city.check_in({.member = "m-" + text, .device = "d-" + text})["verdict"] == "accepted");
    };
    for (int i = 0; i < 40; ++i) {
        visit(i); // each tree has its pages
    }
    const double before = log_bytes();
    constexpr int visits = 100;
    for (int i = 0; i < visits; ++i) {
        visit(1000 + i);
    }
    const double frames = (log_bytes() - before) / (4096 + 24) / visits;
    // Check-in, stamp, answer, two events, ledger entry, its head and two accounts, with their indexes: 17 trees, and what their pages split.
    CAPTURE(frames);
    CHECK(frames > 10);
    CHECK(frames < 24);
}
