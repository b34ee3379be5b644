// Pages of items beside a plain reading of the same words: everything that matches, in order, cut into pages.
#include "server/features/item_selection.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace keyaki;
using namespace keyaki::server;

namespace {

std::shared_ptr<const tiles::LayerSnapshot> made(std::size_t count) {
    std::mt19937_64 random(20260401);
    std::uniform_real_distribution<double> lon_deg(-180, 180);
    std::uniform_real_distribution<double> lat_deg(-60, 60);
    tiles::LayerSnapshot::Builder builder({"a", 1, 0, 14, {}, {}, {}});
    for (std::size_t number = 0; number < count; ++number) {
        const geo::LonLat at{lon_deg(random), lat_deg(random)};
        geo::Feature feature{"f" + std::to_string(random() % 1'000'000) + "-" + std::to_string(number), geo::Geometry::point(at), {}};
        if (number % 50 == 0) { // a line that meets both boxes of one over the antimeridian
            feature.geometry = geo::Geometry::line_string({{-179.5, at.lat_deg}, {179.5, at.lat_deg}});
        }
        feature.properties.set("rank", static_cast<std::int64_t>(random() % 7));
        builder.add(feature);
    }
    return builder.finish();
}

std::int64_t rank(const tiles::FeatureRef &feature) { return std::get<std::int64_t>(*feature.feature().properties.find("rank")); }

/// All ids page by page, and the pages' own counts checked on the way.
std::vector<std::string> paged(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::size_t limit) {
    std::vector<std::string> ids;
    std::string after;
    std::size_t matched = 0;
    for (;;) {
        const ItemPage page = find_items(snapshot, selection, after, limit);
        matched = page.matched;
        CHECK(page.features.size() <= limit);
        for (const tiles::FeatureRef &feature : page.features) {
            ids.emplace_back(feature.id());
        }
        if (!page.has_more) {
            break;
        }
        REQUIRE(page.features.size() == limit);
        after = ids.back();
    }
    CHECK(matched == ids.size());
    return ids;
}

std::vector<std::string> expected(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection) {
    std::vector<tiles::FeatureRef> all;
    snapshot.for_each([&](const tiles::FeatureRef &feature) {
        const bool is_inside = selection.boxes.empty() || std::any_of(selection.boxes.begin(), selection.boxes.end(), [&](const auto &box) {
                                   const geo::Geometry geometry = feature.geometry();
                                   return geometry.is_point() ? box.contains(geometry.positions.front()) : box.intersects(geometry.bounds());
                               });
        if (is_inside && std::all_of(selection.conditions.begin(), selection.conditions.end(), [&](const auto &one) { return one(feature); })) {
            all.push_back(feature);
        }
    });
    std::vector<std::string> ids;
    std::transform(all.begin(), all.end(), std::back_inserter(ids), [](const auto &feature) { return std::string(feature.id()); });
    return ids;
}

} // namespace

TEST_CASE("pages hold every feature that matches exactly once, in the order of ids, whatever narrows them") {
    const auto snapshot = made(700);
    const FeatureCondition odd = [](const tiles::FeatureRef &feature) { return rank(feature) % 2 == 1; };
    const FeatureCondition small = [](const tiles::FeatureRef &feature) { return rank(feature) < 4; };
    const std::vector<geo::LonLatBox> one{{0, -60, 90, 60}};
    const std::vector<geo::LonLatBox> over_the_antimeridian{{100, -60, 180, 60}, {-180, -60, -100, 60}};
    const std::vector<ItemSelection> selections{{{}, {}},    {one, {}},           {over_the_antimeridian, {}},
                                                {{}, {odd}}, {one, {odd, small}}, {over_the_antimeridian, {small}}};
    for (const ItemSelection &selection : selections) {
        for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, std::size_t{100}, std::size_t{10'000}}) {
            if (limit == 1 && selection.conditions.empty()) {
                continue; // hundreds of pages of one feature say no more
            }
            CHECK(paged(*snapshot, selection, limit) == expected(*snapshot, selection));
        }
    }
}

TEST_CASE("behind the last id there is nothing more") {
    const auto snapshot = made(10);
    CHECK(find_items(*snapshot, {}, "zzz", 5).features.empty());
}
