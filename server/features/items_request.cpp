#include "server/features/items_request.hpp"

#include "geo/error.hpp"
#include "server/datetime.hpp"
#include "server/features/filtered_items.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace keyaki::server {

namespace {

void add_bbox(ItemSelection &selection, const http::Request &request, const Collection &collection) {
    const Crs &crs = requested_crs(request, "bbox-crs", collection);
    const auto bbox = request.query.find("bbox");
    if (!bbox) {
        return; // bbox-crs alone says nothing, and is no mistake (Part 2, 7.3)
    }
    BoxArea area = parse_bbox(*bbox, crs);
    selection.boxes = std::move(area.boxes);
    if (!area.is_exact) {
        selection.conditions.emplace_back(
            [&crs, plane = area.plane](const tiles::FeatureRef &feature) { return has_common_point(crs, plane, feature.geometry()); });
    }
}

void add_datetime(ItemSelection &selection, const http::Request &request, const Collection &collection, ColumnsOfLayers &columns) {
    const auto datetime = request.query.find("datetime");
    if (!datetime) {
        return;
    }
    const TimeSpan span = parse_datetime(*datetime);
    const auto known = columns.of(collection.snapshot);
    if (known->has_time()) {
        selection.conditions.emplace_back([known, span](const tiles::FeatureRef &feature) { return is_within(feature, *known, span); });
    }
}

} // namespace

const Crs &requested_crs(const http::Request &request, std::string_view parameter, const Collection &collection) {
    const auto asked = request.query.find(parameter);
    const Crs &crs = asked ? require_crs(*asked, parameter) : crs84();
    if (!can_express(crs, collection.snapshot->bounds())) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: {} lies too far from where {} ({}) is used", parameter, collection.name, crs.code, crs.name));
    }
    return crs;
}

ItemsRequest parse_items_request(const http::Request &request, const Collection &collection, ColumnsOfLayers &columns) {
    // What a layer's columns are takes a look at every feature, once for each publish: only who names a column waits for it.
    std::optional<filter::Queryables> queryables;
    if (request.query.first_unknown({"bbox", "bbox-crs", "crs", "limit", "after", "datetime", "f"})) {
        queryables = queryables_of(collection, *columns.of(collection.snapshot));
    }
    std::vector<std::string_view> known{"bbox",   "bbox-crs",    "crs",        "limit",  "after", "datetime",
                                        "filter", "filter-lang", "filter-crs", "sortby", "f"};
    const auto properties = queryables ? property_parameters(request, *queryables, known) : std::vector<std::string_view>();
    known.insert(known.end(), properties.begin(), properties.end());
    request.query.require_known(known);
    ItemsRequest items;
    items.crs = &requested_crs(request, "crs", collection);
    const std::string default_limit = std::to_string(default_page_features);
    items.limit = static_cast<std::size_t>(parse_limit(request.query.find("limit").value_or(default_limit), max_page_features));
    items.after = std::string(request.query.find("after").value_or(std::string_view()));
    add_bbox(items.selection, request, collection);
    add_datetime(items.selection, request, collection, columns);
    if (queryables) {
        add_filter(items, request, collection, *queryables, properties);
    }
    return items;
}

} // namespace keyaki::server
