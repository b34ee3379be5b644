// Rows of a new list find the features of the old one; what could be several is told, never guessed.
#include "server/imports/feature_matching.hpp"
#include "server/imports/three_way.hpp"

#include "geo/geodesic.hpp"
#include "importers/name_key.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>

using namespace keyaki;
using namespace keyaki::server::imports;

namespace {

constexpr geo::LonLat city{139.53, 35.78};

/// A place so many metres east of the city's middle.
geo::LonLat east(double metres) { return geo::destination(city, 90, metres); }

MatchedFeature feature(const std::string &id, const std::string &name, geo::LonLat place, std::uint8_t content = 0) {
    MatchedFeature made{id, name, importers::name_key(name), place, {}, 0};
    made.content[0] = content;
    return made;
}

std::vector<Match> match(std::vector<MatchedFeature> known, const std::vector<MatchedFeature> &rows, double radius_m = 200) {
    std::uint8_t next = 1;
    for (MatchedFeature &one : known) { // no content is equal by itself
        one.content[1] = next++;
    }
    FeatureMatcher matcher(std::move(known), MatchRule::automatic, radius_m);
    return matcher.match_waiting(rows);
}

} // namespace

TEST_CASE("an exact id comes first, and no feature is given twice") {
    FeatureMatcher matcher({feature("a", "一小", city), feature("b", "二小", east(500))}, MatchRule::automatic, 200);
    CHECK(matcher.take_by_id("b") == 1);
    CHECK_FALSE(matcher.take_by_id("b"));
    CHECK_FALSE(matcher.take_by_id("c"));
    CHECK(matcher.is_taken(1));
    CHECK(matcher.may_match_by_name(importers::name_key("第一小").substr(0)) == false);
    CHECK(matcher.may_match_by_name(importers::name_key("１小")));
}

TEST_CASE("an equal name near by is the same place, however the name is written") {
    const auto matches = match({feature("x", "清瀬市立第三中学校", city)}, {feature("", "第３中学校", east(130))});
    REQUIRE(matches.size() == 1);
    CHECK(matches[0].known == 0);
    CHECK(matches[0].by == MatchedBy::name_and_place);
    CHECK(matches[0].distance_m == Approx(130).margin(0.01));
}

TEST_CASE("the only feature of a name is the same one also far away, and another name is not") {
    const auto far = match({feature("x", "図書館", city)}, {feature("", "図書館", east(3000))});
    CHECK(far[0].known == 0);
    CHECK(far[0].by == MatchedBy::name);
    const auto other = match({feature("x", "図書館", city)}, {feature("", "博物館", city)});
    CHECK_FALSE(other[0].known);
    CHECK(other[0].candidates.empty());
}

TEST_CASE("of several of one name the nearest is taken when no other is anywhere near as near") {
    const auto clear = match({feature("north", "公園", city), feature("south", "公園", east(1000))},
                             {feature("", "公園", east(1020)), feature("", "公園", east(5))});
    CHECK(clear[0].known == 1);
    CHECK(clear[1].known == 0);
    const auto unclear = match({feature("north", "公園", city), feature("south", "公園", east(100))}, {feature("", "公園", east(45))});
    CHECK_FALSE(unclear[0].known);
    CHECK(unclear[0].candidates == std::vector<std::size_t>{0, 1});
    const auto doors =
        match({feature("a", "市役所", city), feature("b", "市役所", city)}, {feature("", "市役所", city), feature("", "市役所", city)});
    CHECK_FALSE(doors[0].known);
    CHECK_FALSE(doors[1].known);
}

TEST_CASE("what is the same in everything is the same feature, also among several of one name and place") {
    FeatureMatcher matcher({feature("a", "市役所", city, 1), feature("b", "市役所", city, 2)}, MatchRule::automatic, 200);
    const auto matches = matcher.match_waiting(std::vector{feature("", "市役所", city, 2), feature("", "市役所", city, 3)});
    CHECK(matches[0].known == 1);
    CHECK(matches[0].by == MatchedBy::content);
    CHECK(matches[1].known == 0); // the only one that is left
}

TEST_CASE("by key alone nothing is looked for by name") {
    FeatureMatcher matcher({feature("a", "市役所", city)}, MatchRule::key, 200);
    CHECK_FALSE(matcher.may_match_by_name(importers::name_key("市役所")));
    CHECK_FALSE(matcher.match_waiting(std::vector{feature("", "市役所", city)})[0].known);
}

TEST_CASE("a row finds at most one feature, and a feature at most one row") {
    rc::check([] {
        const auto places = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 2000));
        const auto rows_at = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 2000));
        std::vector<MatchedFeature> known;
        for (std::size_t i = 0; i < places.size(); ++i) {
            known.push_back(feature(std::to_string(i), i % 3 == 0 ? "公園" : "広場", east(places[i])));
        }
        std::vector<MatchedFeature> rows;
        for (std::size_t i = 0; i < rows_at.size(); ++i) {
            rows.push_back(feature("", i % 2 == 0 ? "公園" : "広場", east(rows_at[i]), static_cast<std::uint8_t>(200 + i % 50)));
        }
        std::set<std::size_t> seen;
        const auto matches = match(known, rows);
        RC_ASSERT(matches.size() == rows.size());
        for (std::size_t i = 0; i < matches.size(); ++i) {
            if (matches[i].known) {
                RC_ASSERT(seen.insert(*matches[i].known).second);
                RC_ASSERT(known[*matches[i].known].name_key == rows[i].name_key);
                RC_ASSERT(matches[i].candidates.empty());
            }
        }
    });
}

TEST_CASE("a file meets an edited draft: every combination of the three states") {
    using State = std::optional<int>;
    const State none;
    CHECK(merge(State{1}, State{1}, State{1}) == MergeResult::file);
    CHECK(merge(State{1}, State{2}, State{1}) == MergeResult::file);  // only the file changed it
    CHECK(merge(State{1}, State{1}, State{2}) == MergeResult::draft); // only the draft did
    CHECK(merge(State{1}, State{2}, State{2}) == MergeResult::file);  // both the same
    CHECK(merge(State{1}, State{2}, State{3}) == MergeResult::conflict);
    CHECK(merge(State{1}, none, State{1}) == MergeResult::file);
    CHECK(merge(State{1}, none, State{2}) == MergeResult::conflict);
    CHECK(merge(State{1}, State{1}, none) == MergeResult::draft);
    CHECK(merge(State{1}, State{2}, none) == MergeResult::conflict);
    CHECK(merge(State{1}, none, none) == MergeResult::file);
    CHECK(merge(none, none, State{1}) == MergeResult::draft);
    CHECK(merge(none, State{1}, State{1}) == MergeResult::file);
    CHECK(merge(none, State{1}, State{2}) == MergeResult::conflict);
    CHECK(conflict_rule_from_name("file") == ConflictRule::file);
    CHECK_FALSE(conflict_rule_from_name("mine"));
}
