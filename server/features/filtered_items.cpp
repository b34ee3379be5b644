#include "server/features/filtered_items.hpp"

#include "geo/error.hpp"
#include "geo/predicates.hpp"
#include "server/filter/filter_query.hpp"
#include "server/filter/page_token.hpp"
#include "server/filter/selection.hpp"
#include "server/schema/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace keyaki::server {

namespace {

filter::QueryableType refined(filter::QueryableType type, const Column &column) {
    using filter::QueryableType;
    if (type == QueryableType::text && column.type == ColumnType::date) {
        return QueryableType::date;
    }
    if (type == QueryableType::text && column.type == ColumnType::date_time) {
        return QueryableType::timestamp;
    }
    return type == QueryableType::number && column.type == ColumnType::whole ? QueryableType::integer : type;
}

filter::QueryableType declared_type(const schema::Property &property) {
    using filter::QueryableType;
    if (property.computed != schema::Computed::none) {
        return property.computed == schema::Computed::walking_minutes ? QueryableType::integer : QueryableType::number;
    }
    switch (property.type) {
    case schema::PropertyType::integer: return QueryableType::integer;
    case schema::PropertyType::number: return QueryableType::number;
    case schema::PropertyType::boolean: return QueryableType::boolean;
    case schema::PropertyType::date: return QueryableType::date;
    case schema::PropertyType::text:
    case schema::PropertyType::choice:
    case schema::PropertyType::url:
    case schema::PropertyType::season: return QueryableType::text;
    }
    return QueryableType::any;
}

/// What decides which features are meant and in which order: the pages of one answer have it in common.
std::string query_text(const http::Request &request) {
    std::string text;
    for (const auto &[name, value] : request.query) {
        if (name != "after" && name != "limit" && name != "crs" && name != "f") {
            text += fmt::format("{}={}&", http::percent_encode(name), http::percent_encode(value));
        }
    }
    return text;
}

filter::SortPlace read_place(const std::string &token, const ItemsRequest &items, const http::Request &request, const Collection &collection) {
    const auto &keys = items.selection.sort_keys;
    filter::SortPlace place = filter::read_page_token(token, collection.snapshot->description().revision, query_text(request), keys.size());
    if (place.values.size() == keys.size()) {
        return place;
    }
    auto found = filter::place_of(*collection.snapshot, keys, place.id);
    if (!found) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("after: expected a feature of this revision, found \"{}\", which is none", place.id.substr(0, 80)));
    }
    return std::move(*found);
}

bool meets(const tiles::FeatureRef &feature, const std::vector<geo::LonLatBox> &boxes) {
    const geo::LonLatBox own = feature.bounds();
    return std::any_of(boxes.begin(), boxes.end(), [&](const geo::LonLatBox &box) {
        const bool is_within = box.contains({own.west_deg, own.south_deg}) && box.contains({own.east_deg, own.north_deg});
        return is_within || (own.intersects(box) && geo::intersects(feature.geometry(), box));
    });
}

/// Takes out what does not meet the boxes or the conditions.
void narrow(filter::Selection &found, const tiles::LayerSnapshot &snapshot, const ItemSelection &selection) {
    const auto is_meant = [&](const tiles::FeatureRef &feature) {
        return (selection.boxes.empty() || meets(feature, selection.boxes)) &&
               std::all_of(selection.conditions.begin(), selection.conditions.end(), [&](const auto &condition) { return condition(feature); });
    };
    for (std::size_t part = 0; part < found.marks.size(); ++part) {
        for (std::size_t word = 0; word < found.marks[part].size(); ++word) {
            for (std::uint64_t left = found.marks[part][word]; left != 0; left &= left - 1) {
                const auto place = static_cast<std::size_t>(std::countr_zero(left));
                if (!is_meant(tiles::FeatureRef(*snapshot.parts()[part].part, static_cast<std::uint32_t>(word * 64 + place)))) {
                    found.marks[part][word] &= ~(std::uint64_t{1} << place);
                    --found.matched;
                }
            }
        }
    }
}

} // namespace

filter::Queryables queryables_of(const Collection &collection, const LayerColumns &columns) {
    std::vector<filter::Queryable> all = filter::queryables_of(*collection.snapshot).all();
    for (filter::Queryable &queryable : all) {
        const Column *column = queryable.is_feature_id ? nullptr : columns.find(queryable.name);
        queryable.type = column != nullptr ? refined(queryable.type, *column) : queryable.type;
    }
    for (const schema::Property &property : schema::parse_schema_text(collection.spec.schema).properties) {
        const bool is_there = std::any_of(all.begin(), all.end(), [&](const filter::Queryable &one) { return one.name == property.name; });
        if (!is_there) {
            all.push_back({property.name, declared_type(property), false});
        }
    }
    return filter::Queryables(std::move(all));
}

filter::FilterCrs filter_crs(const Crs &crs) {
    return {[&crs](double first, double second) { return from_crs(crs, first, second); }, crs.way != Crs::Way::degrees};
}

std::vector<std::string_view> property_parameters(const http::Request &request, const filter::Queryables &queryables,
                                                  std::span<const std::string_view> known) {
    std::vector<std::string_view> names;
    for (const auto &[name, value] : request.query) {
        if (std::find(known.begin(), known.end(), name) == known.end() && queryables.find(name) != nullptr) {
            names.emplace_back(name);
        }
    }
    return names;
}

void add_filter(ItemsRequest &items, const http::Request &request, const Collection &collection, const filter::Queryables &queryables,
                std::span<const std::string_view> properties) {
    filter::FilterQuery query;
    if (const auto text = request.query.find("filter")) {
        query.filter = std::string(*text);
    }
    query.language = std::string(request.query.find("filter-lang").value_or("cql2-text"));
    query.crs = filter_crs(requested_crs(request, "filter-crs", collection));
    for (const std::string_view name : properties) {
        query.properties.emplace_back(name, request.query.find(name).value_or(std::string_view()));
    }
    if (auto bound = filter::bind_query(query, queryables)) {
        items.selection.filter = std::make_shared<const filter::BoundFilter>(std::move(*bound));
    }
    if (const auto sortby = request.query.find("sortby")) {
        items.selection.sort_keys = filter::parse_sortby(*sortby, queryables);
        if (!items.after.empty()) {
            items.selection.after_place = read_place(items.after, items, request, collection);
        }
    }
}

std::function<std::string(const tiles::FeatureRef &)> page_tokens(const ItemsRequest &items, const http::Request &request,
                                                                  const Collection &collection) {
    if (items.selection.sort_keys.empty()) {
        return [](const tiles::FeatureRef &last) { return std::string(last.id()); };
    }
    return [snapshot = collection.snapshot, keys = items.selection.sort_keys, query = query_text(request)](const tiles::FeatureRef &last) {
        return filter::write_page_token(*filter::place_of(*snapshot, keys, last.id()), snapshot->description().revision, query);
    };
}

ItemPage find_filtered_items(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::string_view after, std::size_t limit) {
    filter::Selection found =
        selection.filter ? filter::select(snapshot, *selection.filter, selection.boxes) : filter::select_all(snapshot, selection.boxes);
    if (!selection.boxes.empty() || !selection.conditions.empty()) {
        narrow(found, snapshot, selection);
    }
    std::optional<filter::SortPlace> place = selection.after_place;
    if (!place && !after.empty()) {
        place = filter::SortPlace{{}, std::string(after)};
    }
    filter::SortedPage page = filter::sorted_page(snapshot, found, selection.sort_keys, place, limit);
    return {found.matched, std::move(page.features), page.has_more};
}

} // namespace keyaki::server
