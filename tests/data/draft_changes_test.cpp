#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

namespace {

std::vector<std::string> page_of(data::Store &store, const std::string &after_id, std::size_t limit) {
    std::vector<std::string> ids;
    store.read_draft_changes("shelters", data::ChangePage{after_id, limit}, [&](data::Change &&change) {
        ids.push_back(change.after ? change.after->id : change.before->id);
        return true;
    });
    return ids;
}

} // namespace

TEST_CASE("pages of a draft's changes hold each change once, in the order of ids, whatever it is") {
    StoreFixture fixture;
    fixture.import(
        {point_feature("b", 139.5, 35.7), point_feature("d", 139.5, 35.7), point_feature("f", 139.5, 35.7), point_feature("h", 139.5, 35.7)});
    fixture.publish();
    CHECK(page_of(fixture.store(), "", 10).empty());
    fixture.import(
        {point_feature("a", 139.5, 35.7), point_feature("d", 139.6, 35.7), point_feature("f", 139.5, 35.7, 7), point_feature("g", 139.5, 35.7)});
    CHECK(page_of(fixture.store(), "", 10) == std::vector<std::string>{"a", "b", "d", "f", "g", "h"});
    CHECK(page_of(fixture.store(), "", 2) == std::vector<std::string>{"a", "b"});
    CHECK(page_of(fixture.store(), "b", 3) == std::vector<std::string>{"d", "f", "g"});
    CHECK(page_of(fixture.store(), "g", 3) == std::vector<std::string>{"h"});
    CHECK(page_of(fixture.store(), "h", 3).empty());
    std::size_t visits = 0;
    fixture.store().read_draft_changes("shelters", data::ChangePage{"", 10}, [&](data::Change &&) { return ++visits < 2; });
    CHECK(visits == 2);

    const data::DraftSummary summary = fixture.store().draft_summary("shelters");
    CHECK(summary.changes.added == 2);
    CHECK(summary.changes.removed == 2);
    CHECK(summary.changes.changed == 2);
    CHECK(summary.moved == 1);
}

TEST_CASE("the number of a draft's change is another one after each change of what it shows") {
    StoreFixture fixture;
    const auto number = [&] { return fixture.store().find_layer("shelters")->draft_change; };
    fixture.import({point_feature("a", 139.5, 35.7)});
    fixture.publish();
    const auto published = number();
    fixture.import({point_feature("a", 139.6, 35.7)});
    const auto first = number();
    CHECK(first != published);
    fixture.import({point_feature("a", 139.7, 35.7)});
    const auto second = number();
    CHECK(second != first);
    fixture.store().write([](data::WriteTransaction &books) { (void)books.discard_draft("shelters", "staff:hanako", some_time_us); });
    CHECK(number() == published); // what is published, as before
    fixture.import({point_feature("a", 139.8, 35.7)});
    CHECK(number() != first);
    CHECK(number() != second);
    fixture.publish();
    fixture.import({point_feature("a", 139.9, 35.7)});
    const auto third = number();
    fixture.rollback(1);
    CHECK(number() != third); // the same draft, over something else
}
