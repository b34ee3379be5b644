#include "data/books.hpp"
#include "server/flows/members.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

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
