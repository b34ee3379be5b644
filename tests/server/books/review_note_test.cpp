#include "data/books.hpp"
#include "server/flows/members.hpp"
#include "server/flows/reviews.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

TEST_CASE("the note of a review stands with the review and not in the audit log, where it would outlive an erased member") {
    SmallCity city;
    city.put(json::object());
    Visit visit;
    visit.mocked = true;
    const std::string check_in = city.check_in(visit)["id"];
    const std::string note = "spoke to Hanako of Matsuyama 2-chome";
    static_cast<void>(server::decide_review(*city.store, *city.rallies, check_in, true, "taro", note, city.now_us));
    const auto is_in_audit = [&] {
        for (const data::AuditEntry &entry : city.store->audit(100)) {
            if (entry.detail_json.find("Hanako") != std::string::npos) {
                return true;
            }
        }
        return false;
    };
    CHECK_FALSE(is_in_audit());
    const data::AuditEntry decided = city.store->audit(1).front();
    CHECK(decided.action == "review.decide");
    CHECK(decided.actor == "taro");
    CHECK(decided.subject == check_in);
    CHECK(json::parse(decided.detail_json) == json{{"state", "approved"}, {"points", 10}});
    city.store->read_books([&](data::Books &books) { CHECK(books.reviews.find(check_in)->note == note); });
    CHECK(server::export_member(*city.store, "m-1", city.now_us).find(note) != std::string::npos);
    static_cast<void>(server::erase_member(*city.store, city.folder.path() / "city.sqlite", "m-1", "clerk", city.now_us));
    CHECK(server::export_member(*city.store, "m-1", city.now_us).find("Hanako") == std::string::npos);
    CHECK_FALSE(is_in_audit());
}
