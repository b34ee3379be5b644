#include "server/features/filtered_items.hpp"

#include "geo/error.hpp"
#include "server/filter/filter_query.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace keyaki;
using namespace keyaki::server;

namespace {

std::shared_ptr<const tiles::LayerSnapshot> numbered(int count) {
    tiles::LayerSnapshot::Builder builder({"layer", 1, 0, 14, "", "", ""});
    for (int number = 0; number < count; ++number) {
        geo::Feature feature{fmt::format("{:03}", number), geo::Geometry::point({139.0 + number / 1000.0, 35.5}), {}};
        feature.properties.append("n", std::int64_t{number % 10});
        builder.add(feature);
    }
    return builder.finish();
}

ItemSelection filtered(const tiles::LayerSnapshot &snapshot, const std::string &filter) {
    ItemSelection selection;
    selection.filter = std::make_shared<const filter::BoundFilter>(
        *filter::bind_query({filter, "cql2-text", filter_crs(crs84()), {}}, filter::queryables_of(snapshot)));
    return selection;
}

std::string ids_of(const ItemPage &page) {
    std::string ids;
    for (const tiles::FeatureRef &feature : page.features) {
        ids += (ids.empty() ? "" : " ") + std::string(feature.id());
    }
    return ids;
}

} // namespace

TEST_CASE("a filter, boxes and conditions must all hold, and numberMatched counts just those") {
    const auto snapshot = numbered(100);
    ItemSelection selection = filtered(*snapshot, "n < 3");
    CHECK(find_items(*snapshot, selection, "", 4).matched == 30);
    selection.boxes = {{139.0, 35, 139.0205, 36}, {139.0405, 35, 139.0505, 36}};
    const ItemPage in_boxes = find_items(*snapshot, selection, "", 100);
    CHECK(ids_of(in_boxes) == "000 001 002 010 011 012 020 041 042 050");
    CHECK(in_boxes.matched == 10);
    selection.conditions.emplace_back([](const tiles::FeatureRef &feature) { return feature.id() > "010"; });
    const ItemPage page = find_items(*snapshot, selection, "", 2);
    CHECK(ids_of(page) == "011 012");
    CHECK(page.matched == 6);
    CHECK(page.has_more);
    CHECK(ids_of(find_items(*snapshot, selection, "012", 2)) == "020 041");
}

TEST_CASE("sort keys order a page, and it goes on behind its place") {
    const auto snapshot = numbered(30);
    ItemSelection selection;
    selection.sort_keys = filter::parse_sortby("-n", filter::queryables_of(*snapshot));
    selection.boxes = {{139.0095, 35, 140, 36}};
    const ItemPage first = find_items(*snapshot, selection, "", 3);
    CHECK(ids_of(first) == "019 029 018");
    CHECK(first.matched == 20);
    selection.after_place = filter::place_of(*snapshot, selection.sort_keys, "018");
    CHECK(ids_of(find_items(*snapshot, selection, "018", 3)) == "028 017 027");
}

TEST_CASE("a filter's coordinates stand in the authority's order of axes") {
    const auto to = [](const char *uri, double first, double second) { return filter_crs(require_crs(uri, "filter-crs")).to_lon_lat(first, second); };
    CHECK(to("http://www.opengis.net/def/crs/EPSG/0/4326", 35.5, 139.5) == geo::LonLat{139.5, 35.5});
    CHECK(to("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 139.5, 35.5) == geo::LonLat{139.5, 35.5});
    const geo::LonLat origin = to("http://www.opengis.net/def/crs/EPSG/0/6677", 0, 0); // zone IX: 36° N, 139° 50' E
    CHECK(origin.lat_deg == Approx(36).epsilon(1e-9));
    CHECK(origin.lon_deg == Approx(139 + 50.0 / 60).epsilon(1e-9));
    CHECK(to("http://www.opengis.net/def/crs/EPSG/0/6677", -1000, 0).lat_deg < 36);
    CHECK(to("http://www.opengis.net/def/crs/EPSG/0/3857", 0, 0).lon_deg == Approx(0).margin(1e-9));
}
