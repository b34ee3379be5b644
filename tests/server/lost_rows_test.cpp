// A row that cannot be taken still says which feature it would have been.
#include "server/imports/lost_rows.hpp"

#include "importers/name_key.hpp"
#include "server/imports/limits.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server::imports;

namespace {

MatchedFeature known(const std::string &id, const std::string &name) { return {id, name, importers::name_key(name), {139.53, 35.78}, {}, 0}; }

std::vector<std::size_t> places(const LostRows::Resolved &resolved) {
    std::vector<std::size_t> found;
    for (const auto &kept : resolved.kept) {
        found.push_back(kept.known);
    }
    return found;
}

} // namespace

TEST_CASE("a lost row is the feature of its id, whatever its name") {
    const FeatureMatcher matcher({known("a", "一小"), known("b", "二小")}, MatchRule::automatic, 200);
    LostRows lost;
    lost.add({"b", importers::name_key("一小"), 7});
    const auto resolved = lost.resolve(matcher);
    CHECK(places(resolved) == std::vector<std::size_t>{1});
    CHECK(resolved.kept[0].row == 7);
    CHECK(resolved.untold.empty());
}

TEST_CASE("a lost row without an id may be any feature of its name that no good row has") {
    FeatureMatcher matcher({known("a", "公園"), known("b", "公園"), known("c", "公園"), known("d", "学校")}, MatchRule::automatic, 200);
    REQUIRE(matcher.take_by_id("b"));
    LostRows lost;
    lost.add({"", importers::name_key("公園"), 3});
    lost.add({"", importers::name_key("公 園"), 4});
    CHECK(places(lost.resolve(matcher)) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("a lost row whose feature has a good row too keeps nothing") {
    FeatureMatcher matcher({known("a", "一小")}, MatchRule::automatic, 200);
    REQUIRE(matcher.take_by_id("a"));
    LostRows lost;
    lost.add({"a", "", 3});
    CHECK(lost.resolve(matcher).kept.empty());
}

TEST_CASE("a lost row whose id a good row has too is told by its name") {
    FeatureMatcher matcher({known("a", "一小"), known("b", "二小")}, MatchRule::automatic, 200);
    REQUIRE(matcher.take_by_id("a"));
    LostRows lost;
    lost.add({"a", importers::name_key("二小"), 3}); // somebody copied a row and forgot to change its id
    const auto resolved = lost.resolve(matcher);
    CHECK(places(resolved) == std::vector<std::size_t>{1});
    CHECK(resolved.untold.empty());
}

TEST_CASE("the features that one row with several geometries became are kept together") {
    const FeatureMatcher matcher({known("a", ""), known("a-2", ""), known("a-3", ""), known("a-5", "")}, MatchRule::automatic, 200);
    LostRows lost;
    lost.add({"a", "", 3});
    CHECK(places(lost.resolve(matcher)) == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a lost row that nothing tells is listed, and names do not count where ids are to be the only rule") {
    const FeatureMatcher matcher({known("a", "一小")}, MatchRule::key, 200);
    LostRows lost;
    lost.add({"b", importers::name_key("一小"), 3});
    lost.add({"z", "", 4});
    lost.add({"", "", 5});
    const auto resolved = lost.resolve(matcher);
    CHECK(resolved.kept.empty());
    CHECK(resolved.untold == std::vector<std::uint64_t>{3, 4, 5});
}

TEST_CASE("more lost rows than can be looked for are known to be too many, and held no more") {
    LostRows lost;
    for (std::size_t i = 0; i < max_lost_rows; ++i) {
        lost.add({"", "", i + 1});
    }
    CHECK_FALSE(lost.are_too_many());
    lost.add({"", "", 0});
    CHECK(lost.are_too_many());
    CHECK(lost.are_none());
}
