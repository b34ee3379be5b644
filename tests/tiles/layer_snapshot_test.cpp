#include "tiles/layer_snapshot.hpp"

#include "geo/error.hpp"
#include "tests/tiles/tile_support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace keyaki;
using test::random_features;
using test::snapshot_of;

namespace {

std::vector<std::string> page_ids(const tiles::LayerSnapshot &snapshot, std::string_view after, std::optional<geo::LonLatBox> box, std::size_t limit,
                                  bool *more = nullptr) {
    std::vector<std::string> ids;
    const auto take = [&](const tiles::FeatureRef &feature) { ids.emplace_back(feature.id()); };
    bool has_more = false;
    if (box) {
        const auto page = snapshot.page_of_box(*box, after, limit);
        CHECK(page.matched == snapshot.count(*box));
        std::for_each(page.features.begin(), page.features.end(), take);
        has_more = page.has_more;
    } else {
        has_more = snapshot.page(after, limit, take);
    }
    if (more != nullptr) {
        *more = has_more;
    }
    return ids;
}

/// The ids of all pages, one after another.
std::vector<std::string> all_pages(const tiles::LayerSnapshot &snapshot, std::optional<geo::LonLatBox> box, std::size_t limit) {
    std::vector<std::string> all;
    bool more = true;
    while (more) {
        const auto ids = page_ids(snapshot, all.empty() ? "" : all.back(), box, limit, &more);
        REQUIRE(ids.size() <= limit);
        REQUIRE((!more || ids.size() == limit));
        all.insert(all.end(), ids.begin(), ids.end());
    }
    return all;
}

std::vector<geo::Feature> all_features(const tiles::LayerSnapshot &snapshot) {
    std::vector<geo::Feature> features;
    snapshot.for_each([&](const tiles::FeatureRef &feature) { features.push_back(feature.feature()); });
    return features;
}

geo::LonLatBox box_of(double west, double south, double east, double north) { return {west, south, east, north}; }

} // namespace

TEST_CASE("a snapshot gives back every feature as it came, to seven decimals") {
    const auto features = random_features(1, 800);
    const auto snapshot = snapshot_of(features);
    CHECK(snapshot->size() == features.size());
    for (const geo::Feature &feature : features) {
        const auto found = snapshot->find(feature.id);
        REQUIRE(found.has_value());
        CHECK(found->geometry == feature.geometry);
        CHECK(found->properties == feature.properties);
    }
    CHECK_FALSE(snapshot->find("way/nothing").has_value());
    CHECK_FALSE(snapshot->find("").has_value());
}

TEST_CASE("bounds of a snapshot are those of its features") {
    const auto features = random_features(2, 300);
    geo::LonLatBox bounds;
    for (const auto &feature : features) {
        bounds.extend(feature.geometry.bounds());
    }
    CHECK(snapshot_of(features)->bounds() == bounds);
    CHECK(snapshot_of({})->bounds().empty());
}

TEST_CASE("an empty snapshot answers everything with nothing") {
    const auto snapshot = snapshot_of({});
    CHECK(snapshot->size() == 0);
    CHECK(page_ids(*snapshot, "", std::nullopt, 10).empty());
    CHECK(page_ids(*snapshot, "", box_of(-180, -90, 180, 90), 10).empty());
    CHECK(snapshot->count(box_of(-180, -90, 180, 90)) == 0);
    CHECK(snapshot->fields().empty());
    CHECK(test::tile_of(snapshot, {0, 0, 0}).empty());
}

TEST_CASE("a builder refuses what cannot be drawn, with the feature's name") {
    tiles::LayerSnapshot::Builder builder(test::description());
    CHECK_THROWS_WITH(builder.add({"pole", geo::Geometry::point({139.5, 85.06}), {}}), Catch::Contains("pole") && Catch::Contains("85.0511"));
    CHECK_THROWS_AS(builder.add({"east", geo::Geometry::point({180.5, 35}), {}}), geo::Error);
    CHECK_THROWS_AS(builder.add({"nan", geo::Geometry::point({std::nan(""), 35}), {}}), geo::Error);
    CHECK_THROWS_WITH(builder.add({"", geo::Geometry::point({139.5, 35}), {}}), Catch::Contains("no id"));
    CHECK_THROWS_AS(builder.add({"none", {geo::GeometryType::line_string, {}, {}, {}}, {}}), geo::Error);
    builder.add({"edge", geo::Geometry::point({-180, 85.0511}), {}});
    builder.add({"edge", geo::Geometry::point({0, 0}), {}});
    CHECK_THROWS_WITH(builder.finish(), Catch::Contains("edge"));
}

TEST_CASE("pages follow one another in the order of ids and miss nothing") {
    const auto features = random_features(3, 500);
    const auto snapshot = snapshot_of(features);
    std::vector<std::string> ids;
    for (const auto &feature : features) {
        ids.push_back(feature.id);
    }
    std::sort(ids.begin(), ids.end());
    for (const std::size_t limit : {1U, 7U, 100U, 500U, 1000U}) {
        CHECK(all_pages(*snapshot, std::nullopt, limit) == ids);
        CHECK(all_pages(*snapshot, box_of(-180, -90, 180, 90), limit) == ids);
    }
    CHECK(page_ids(*snapshot, "way/1", std::nullopt, 2) == std::vector<std::string>{"way/10", "way/100"});
    CHECK(page_ids(*snapshot, "zzz", std::nullopt, 2).empty());
}

TEST_CASE("a box finds what a look at every feature finds") {
    const auto features = random_features(4, 600);
    auto snapshot = snapshot_of({features.begin(), features.begin() + 400});
    snapshot = snapshot->with_changes(test::description(), {}, {features.begin() + 400, features.end()});
    std::mt19937 random(4);
    std::uniform_real_distribution<double> lon(139.47, 139.58);
    std::uniform_real_distribution<double> lat(35.73, 35.84);
    for (int round = 0; round < 60; ++round) {
        geo::LonLatBox box;
        box.extend(geo::LonLat{lon(random), lat(random)});
        box.extend(geo::LonLat{lon(random), lat(random)});
        std::vector<std::string> expected;
        for (const auto &feature : features) {
            // Points exactly; of the others those whose bounds lie within or outside are certain.
            if (feature.geometry.is_point() ? std::any_of(feature.geometry.positions.begin(), feature.geometry.positions.end(),
                                                          [&](geo::LonLat position) { return box.contains(position); })
                                            : box.contains({feature.geometry.bounds().west_deg, feature.geometry.bounds().south_deg}) &&
                                                  box.contains({feature.geometry.bounds().east_deg, feature.geometry.bounds().north_deg})) {
                expected.push_back(feature.id);
            }
        }
        std::sort(expected.begin(), expected.end());
        const auto found = all_pages(*snapshot, box, 9);
        CHECK(std::includes(found.begin(), found.end(), expected.begin(), expected.end()));
        CHECK(snapshot->count(box) == found.size());
        std::vector<std::string> visited;
        snapshot->for_each(box, [&](const tiles::FeatureRef &feature) {
            visited.emplace_back(feature.id());
            CHECK(feature.bounds().intersects(box));
        });
        std::sort(visited.begin(), visited.end());
        CHECK(visited == found);
    }
}

TEST_CASE("a box that a feature's bounds meet but its shape does not is not met") {
    const auto snapshot =
        snapshot_of({{"diagonal", geo::Geometry::line_string({{139, 35}, {140, 36}}), {}}, {"corner", geo::Geometry::point({139.5, 35.25}), {}}});
    CHECK(snapshot->count(box_of(139.6, 35.1, 139.9, 35.2)) == 0);
    CHECK(snapshot->count(box_of(139.4, 35.4, 139.6, 35.6)) == 1);
    CHECK(snapshot->count(box_of(139.5, 35.25, 139.5, 35.25)) == 1); // touching counts
    CHECK(snapshot->count(box_of(139.5000001, 35.25, 139.51, 35.26)) == 0);
}

TEST_CASE("fields name what the properties hold, and the id that tiles add") {
    geo::Feature cafe{"a", geo::Geometry::point({139, 35}), {}};
    cafe.properties.set("name", std::string("Café"));
    cafe.properties.set("seats", std::int64_t{12});
    cafe.properties.set("open", true);
    cafe.properties.set("mixed", 1.5);
    cafe.properties.set("empty", std::monostate{});
    geo::Feature other{"b", geo::Geometry::point({139, 35}), {}};
    other.properties.set("mixed", std::string("one"));
    const auto snapshot = snapshot_of({cafe, other});
    const std::map<std::string, std::string> both = {
        {"id", "String"}, {"mixed", "String"}, {"name", "String"}, {"open", "Boolean"}, {"seats", "Number"}};
    CHECK(snapshot->fields() == both);
    const std::vector<std::string> removed{"b"};
    CHECK(snapshot->with_changes(test::description(), removed, {})->fields().at("mixed") == "Number");
    geo::Feature numbered{"c", geo::Geometry::point({139, 35}), {}};
    numbered.properties.set("id", std::int64_t{7});
    CHECK(snapshot_of({numbered})->fields().at("id") == "Number");
}

TEST_CASE("changes make the snapshot that building from scratch makes") {
    const auto pool = random_features(5, 900);
    std::mt19937 random(5);
    std::map<std::string, geo::Feature> state;
    auto snapshot = snapshot_of({});
    for (int publish = 0; publish < 60; ++publish) {
        std::map<std::string, geo::Feature> added;
        std::vector<std::string> removed{"unknown"};
        const int changes = publish % 10 == 0 ? 200 : static_cast<int>(random() % 5);
        for (int change = 0; change < changes; ++change) {
            geo::Feature feature = pool[random() % pool.size()];
            feature.id = pool[random() % pool.size()].id;
            if (random() % 3 == 0) {
                removed.push_back(feature.id);
            } else {
                added[feature.id] = feature;
            }
        }
        std::vector<geo::Feature> list;
        for (const std::string &id : removed) {
            state.erase(id);
        }
        for (const auto &[id, feature] : added) {
            list.push_back(feature);
            state[id] = feature;
        }
        snapshot = snapshot->with_changes(test::description(), removed, list);

        std::vector<geo::Feature> expected;
        for (const auto &[id, feature] : state) {
            expected.push_back(feature);
        }
        const auto scratch = snapshot_of(expected);
        REQUIRE(snapshot->size() == expected.size());
        REQUIRE(all_features(*snapshot) == expected);
        REQUIRE(snapshot->bounds() == scratch->bounds());
        REQUIRE(snapshot->fields() == scratch->fields());
        for (const geo::TileId tile : {geo::TileId{0, 0, 0}, geo::TileId{10, 909, 402}, geo::TileId{12, 3636, 1610}, test::kiyose_tile}) {
            REQUIRE(test::tile_of(snapshot, tile) == test::tile_of(scratch, tile));
        }
    }
    CHECK(snapshot->parts().size() <= 12);
}

TEST_CASE("a snapshot stays as it is when another is made of it") {
    const auto features = random_features(6, 200);
    const auto before = snapshot_of(features);
    const std::string tile = test::tile_of(before, {12, 3636, 1610});
    const std::vector<std::string> removed{features[0].id, features[1].id};
    const auto after = before->with_changes(test::description(), removed, {});
    CHECK(after->size() == 198);
    CHECK(before->size() == 200);
    CHECK(before->contains(features[0].id));
    CHECK_FALSE(after->contains(features[0].id));
    CHECK(test::tile_of(before, {12, 3636, 1610}) == tile);
    CHECK_THROWS_AS(before->with_changes(test::description(), {}, {features[3], features[3]}), geo::Error);
}

TEST_CASE("kinds of geometry and values of a snapshot are those of the features that are still there") {
    geo::Feature point{"p", geo::Geometry::point({139.5, 35.7}), {}};
    point.properties.set("hazard", std::string("flood"));
    geo::Feature line{"l", geo::Geometry::line_string({{139.5, 35.7}, {139.6, 35.8}}), {}};
    line.properties.set("hazard", std::string("landslide"));
    line.properties.set("width_m", std::monostate());
    const auto whole = snapshot_of({point, line});
    const std::vector<std::string> removed{"p"};
    const auto rest = whole->with_changes(test::description(), removed, {});
    const auto values_of = [](const tiles::LayerSnapshot &snapshot) {
        std::vector<std::string> values;
        snapshot.visit_values([&](std::string_view name, const tiles::ValueView &value) {
            values.push_back(std::string(name) + "=" + std::string(std::get<std::string_view>(value)));
        });
        std::sort(values.begin(), values.end());
        return values;
    };
    CHECK(whole->geometry_types() == std::vector<geo::GeometryType>{geo::GeometryType::point, geo::GeometryType::line_string});
    CHECK(values_of(*whole) == std::vector<std::string>{"hazard=flood", "hazard=landslide"});
    CHECK(rest->geometry_types() == std::vector<geo::GeometryType>{geo::GeometryType::line_string});
    CHECK(values_of(*rest) == std::vector<std::string>{"hazard=landslide"});
}

TEST_CASE("everything removed leaves an empty snapshot") {
    const auto features = random_features(7, 50);
    std::vector<std::string> ids;
    for (const auto &feature : features) {
        ids.push_back(feature.id);
    }
    const auto empty = snapshot_of(features)->with_changes(test::description(), ids, {});
    CHECK(empty->size() == 0);
    CHECK(empty->bounds().empty());
    CHECK(empty->parts().empty());
    CHECK(empty->fields().empty());
}

TEST_CASE("a new description shares the features") {
    const auto snapshot = snapshot_of(random_features(8, 100));
    auto about = test::description("other");
    about.revision = 9;
    const auto other = snapshot->with_description(about);
    CHECK(other->description().revision == 9);
    CHECK(other->parts()[0].part == snapshot->parts()[0].part);
}

TEST_CASE("a feature takes less than 250 bytes beyond its coordinates") {
    const auto features = random_features(9, 20000);
    std::size_t positions = 0;
    for (const auto &feature : features) {
        positions += feature.geometry.positions.size();
    }
    const auto snapshot = snapshot_of(features);
    CHECK((snapshot->memory_bytes() - positions * 8) / features.size() < 250);
}
