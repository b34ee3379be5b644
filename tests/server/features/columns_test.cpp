// What a layer holds, and when.
#include "server/features/columns.hpp"

#include "server/time.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

geo::Feature feature(std::string id, std::vector<std::pair<std::string, geo::Value>> properties) {
    geo::Feature made{std::move(id), geo::Geometry::point({139.5, 35.8}), {}};
    for (auto &[name, value] : properties) {
        made.properties.set(name, std::move(value));
    }
    return made;
}

std::shared_ptr<const tiles::LayerSnapshot> snapshot_of(const std::vector<geo::Feature> &features) {
    tiles::LayerSnapshot::Builder builder({"events", 1, 0, 14, {}, {}, {}});
    for (const geo::Feature &one : features) {
        builder.add(one);
    }
    return builder.finish();
}

const std::vector<geo::Feature> events{
    feature("a", {{"name", std::string("夏祭り")}, {"day", std::string("2026-07-20")}, {"places", std::int64_t{10}}, {"fee", 0.5}, {"open", true}}),
    feature("b", {{"name", std::string("2026-08-01")}, {"day", std::string("2026-08-01")}, {"places", std::int64_t{3}}, {"fee", std::int64_t{2}}}),
    feature(
        "c",
        {{"name", std::string("朝市")}, {"day", std::monostate()}, {"at", std::string("2026-09-01T08:00:00+09:00")}, {"note", std::monostate()}})};

std::vector<std::string> within(const tiles::LayerSnapshot &snapshot, std::string_view datetime) {
    const LayerColumns columns = survey_columns(snapshot);
    std::vector<std::string> ids;
    snapshot.for_each([&](const tiles::FeatureRef &one) {
        if (is_within(one, columns, parse_datetime(datetime))) {
            ids.emplace_back(one.id());
        }
    });
    return ids;
}

} // namespace

TEST_CASE("a column has the type that all of its values have") {
    const LayerColumns columns = survey_columns(*snapshot_of(events));
    const std::vector<Column> expected{{"name", ColumnType::text}, {"day", ColumnType::date},     {"places", ColumnType::whole},
                                       {"fee", ColumnType::real},  {"open", ColumnType::boolean}, {"at", ColumnType::date_time},
                                       {"note", ColumnType::text}};
    CHECK(columns.columns == expected);
    CHECK(columns.geometries == std::vector{geo::GeometryType::point});
    REQUIRE(columns.extent);
    CHECK(columns.extent->begin_us == parse_rfc3339_us("2026-07-19T15:00:00Z"));
    CHECK(columns.extent->end_us == parse_rfc3339_us("2026-08-31T23:00:00Z"));
}

TEST_CASE("columns do not depend on how a snapshot came about") {
    const auto whole = snapshot_of(events);
    auto changed =
        snapshot_of({events[0], feature("b", {{"name", std::int64_t{1}}, {"day", std::string("soon")}}), events[2], feature("d", {{"gone", true}})});
    const std::vector<std::string> removed{"d"};
    changed = changed->with_changes({"events", 2, 0, 14, {}, {}, {}}, removed, {events[1]});
    CHECK(survey_columns(*changed).columns == survey_columns(*whole).columns);
    CHECK(survey_columns(*changed).extent == survey_columns(*whole).extent);
}

TEST_CASE("values of several kinds make a text, and one text that is no time makes a column timeless") {
    const auto type = [](const geo::Value &one, const geo::Value &other) {
        return survey_columns(*snapshot_of({feature("a", {{"x", one}}), feature("b", {{"x", other}})})).columns.front().type;
    };
    CHECK(type(std::int64_t{1}, true) == ColumnType::text);
    CHECK(type(std::int64_t{1}, std::string("1")) == ColumnType::text);
    CHECK(type(std::string("2026-01-01"), std::string("未定")) == ColumnType::text);
    CHECK(type(std::string("2026-01-01"), std::string("2026-01-01T00:00:00Z")) == ColumnType::text);
    CHECK(type(std::string("2026-01-01"), std::string("2026-02-30")) == ColumnType::text);
}

TEST_CASE("features are found by their days, and those without a time always") {
    const auto snapshot = snapshot_of(events);
    CHECK(within(*snapshot, "2026-07-20") == std::vector<std::string>{"a"});
    CHECK(within(*snapshot, "2026-07-20T14:59:59Z") == std::vector<std::string>{"a"});
    CHECK(within(*snapshot, "2026-07-20T15:00:00Z").empty());
    CHECK(within(*snapshot, "2026-07-31/..") == std::vector<std::string>{"b", "c"});
    CHECK(within(*snapshot, "../2026-08-01") == std::vector<std::string>{"a", "b"});
    CHECK(within(*snapshot, "2026-08-31T23:00:00Z") == std::vector<std::string>{"c"});
    const auto timeless = snapshot_of({feature("b", {{"name", std::string("祭り")}}), events[0], feature("z", {{"day", std::monostate()}})});
    CHECK(within(*timeless, "2020-01-01") == std::vector<std::string>{"b", "z"});
}

TEST_CASE("a snapshot's columns are worked out once, and forgotten with it") {
    ColumnsOfLayers known;
    auto snapshot = snapshot_of(events);
    const auto first = known.of(snapshot);
    CHECK(known.of(snapshot) == first);
    const auto other = snapshot_of({events[0]});
    CHECK(known.of(other) != first);
    CHECK(known.of(snapshot) == first);
}
