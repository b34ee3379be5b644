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

TEST_CASE("an edit within an import's draft stays the only edit when something is published beneath, or rolled back, and again") {
    StoreFixture fixture;
    const geo::Feature far = point_feature("far", 139.1, 35.1);
    fixture.import({point_feature("a", 139.5, 35.7), point_feature("b", 139.5, 35.7), point_feature("c", 139.5, 35.7), far});
    fixture.publish();
    // The import adds d, moves a, and leaves out c; then somebody corrects b, and what the import did to a, and takes d away.
    fixture.import(
        {point_feature("a", 139.6, 35.7), point_feature("b", 139.5, 35.7), point_feature("d", 139.5, 35.7), point_feature("e", 139.5, 35.7), far});
    const auto edit = [&](data::LayerEdit::Target target, data::EditKind kind, geo::Feature feature) {
        const auto outcome = fixture.store().edit_features(
            {"shelters", target, {{kind, std::move(feature), std::nullopt, false}}, "staff:hanako", "at a screen", some_time_us, std::nullopt});
        CHECK(outcome.conflicts.empty());
    };
    edit(data::LayerEdit::Target::draft, data::EditKind::replace, point_feature("b", 139.55, 35.7));
    edit(data::LayerEdit::Target::draft, data::EditKind::replace, point_feature("a", 139.65, 35.7));
    edit(data::LayerEdit::Target::draft, data::EditKind::remove, point_feature("d", 139.5, 35.7));
    const auto edits = [&] {
        std::map<std::string, bool> found; // id → is there
        fixture.store().read_draft_edits("shelters", [&](std::string &&id, std::optional<geo::Feature> &&now) { found[id] = now.has_value(); });
        return found;
    };
    const std::map<std::string, bool> expected{{"a", true}, {"b", true}};
    CHECK(edits() == expected); // d was never published: taking it away again leaves nothing
    const Features before = draft(fixture.store());
    for (int round = 0; round < 3; ++round) {
        edit(data::LayerEdit::Target::published, data::EditKind::replace, point_feature("far", 139.2 + round * 0.1, 35.1));
        CHECK(edits() == expected);
    }
    Features lifted = draft(fixture.store());
    CHECK(lifted.erase("far") == 1);
    Features rest = before;
    rest.erase("far");
    CHECK(lifted == rest);
    fixture.rollback(2);
    CHECK(edits() == expected);
    Features rolled = draft(fixture.store());
    rolled.erase("far");
    CHECK(rolled == rest);
    CHECK(fixture.store().check().empty());
    fixture.publish();
    Features now = published(fixture.store());
    now.erase("far");
    CHECK(now == rest);
    CHECK(edits().empty());
}
