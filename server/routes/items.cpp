#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/flows/collection.hpp"
#include "server/geojson.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"
#include "server/query.hpp"
#include "server/routes/parameters.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

namespace {

constexpr std::string_view geojson_type = "application/geo+json";

/// What a page of items was asked for with.
struct PageQuery {
    std::vector<geo::LonLatBox> boxes; ///< empty: everywhere
    std::size_t limit = default_page_features;
    std::string after; ///< the id after which the page begins
};

PageQuery parse_page_query(const http::Request &request) {
    request.query.require_known({"bbox", "limit", "after", "datetime", "f"});
    PageQuery query;
    if (const auto bbox = request.query.find("bbox")) {
        query.boxes = parse_bbox(*bbox);
    }
    if (const auto limit = request.query.find("limit")) {
        query.limit = static_cast<std::size_t>(parse_limit(*limit, max_page_features));
    }
    if (const auto datetime = request.query.find("datetime")) {
        check_datetime(*datetime);
    }
    if (const auto after = request.query.find("after")) {
        query.after = std::string(*after);
    }
    if (const auto format = request.query.find("f"); format && *format != "json") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected f=json, found f={}", *format));
    }
    return query;
}

void append_link(std::string &out, std::string_view href, std::string_view rel, std::string_view type) {
    out += out.back() == '[' ? "" : ",";
    out += R"({"href":)";
    append_json_string(out, href);
    out += fmt::format(R"(,"rel":"{}","type":"{}"}})", rel, type);
}

/// The address of the next page. It names the revision, so that turning pages goes on in the state it began in while others publish.
std::string next_page(const http::Request &request, const std::string &base, const Collection &collection, const PageQuery &query,
                      std::string_view last_id) {
    std::string address = fmt::format("{}/collections/{}/items?limit={}", base, collection.paging_name(), query.limit);
    for (const std::string_view name : {"bbox", "datetime"}) {
        if (const auto value = request.query.find(name)) {
            address += fmt::format("&{}={}", name, http::percent_encode(*value));
        }
    }
    return address + "&after=" + http::percent_encode(last_id);
}

/// A page whose features were appended to the body.
struct PageFound {
    std::size_t matched = 0; ///< on all pages
    std::size_t returned = 0;
    bool has_more = false;
    std::string last_id;

    void append(std::string &body, const tiles::FeatureRef &feature) {
        body += returned == 0 ? "" : ",";
        append_feature(body, feature.feature());
        last_id = feature.id();
        ++returned;
    }
};

/// A box over the antimeridian is two boxes, and a feature may meet both: all that do are put in order before the page is cut from them.
PageFound find_page_over_antimeridian(const tiles::LayerSnapshot &snapshot, const PageQuery &query, std::string &body) {
    std::vector<tiles::FeatureRef> found;
    for (const geo::LonLatBox &box : query.boxes) {
        snapshot.for_each(box, [&](const tiles::FeatureRef &feature) { found.push_back(feature); });
    }
    std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.id() < b.id(); });
    found.erase(std::unique(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.id() == b.id(); }), found.end());
    PageFound page;
    page.matched = found.size();
    for (const tiles::FeatureRef &feature : found) {
        if (feature.id() <= query.after) {
            continue;
        }
        if (page.returned == query.limit) {
            page.has_more = true;
            break;
        }
        page.append(body, feature);
    }
    return page;
}

PageFound find_page(const tiles::LayerSnapshot &snapshot, const PageQuery &query, std::string &body) {
    if (query.boxes.size() > 1) {
        return find_page_over_antimeridian(snapshot, query, body);
    }
    PageFound page;
    const std::optional<geo::LonLatBox> box = query.boxes.empty() ? std::nullopt : std::optional(query.boxes.front());
    page.matched = box ? snapshot.count(*box) : snapshot.size();
    page.has_more = snapshot.page(query.after, box, query.limit, [&](const tiles::FeatureRef &feature) { page.append(body, feature); });
    return page;
}

/// 200 with a page of features in the order of their ids; 400 for parameters that are unknown or wrong; 404.
http::Response answer_items(Application &application, const http::Request &request) {
    const PageQuery query = parse_page_query(request);
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    std::string body = R"({"type":"FeatureCollection","features":[)";
    const PageFound page = find_page(*collection->snapshot, query, body);
    body += R"(],"links":[)";
    append_link(body, base + request.target, "self", geojson_type);
    append_link(body, fmt::format("{}/collections/{}", base, collection->name), "collection", "application/json");
    if (page.has_more) {
        append_link(body, next_page(request, base, *collection, query, page.last_id), "next", geojson_type);
    }
    // No timeStamp, which the standard leaves open: with it no two answers would be the same bytes, and none could be cached by its tag.
    body += fmt::format(R"(],"numberMatched":{},"numberReturned":{}}})", page.matched, page.returned);
    const std::string about = fmt::format("{}|{}|{}", collection->state(), base, request.target);
    return http::json(200, std::move(body), std::string(geojson_type))
        .with_etag(http::quoted_etag(data::to_hex(data::sha256(about)).substr(0, 32)))
        .with_cache_control(collection->cache_control())
        .with("Content-Crs", "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>")
        .with("Keyaki-Revision", collection->revision_header());
}

/// 200 with the feature; 404 where the layer, revision or feature is not there.
http::Response answer_item(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const std::string id(request.params.at("id"));
    const auto feature = collection->snapshot->find(id);
    if (!feature) {
        return http::problem(404, "Not Found", fmt::format("Layer {} has no feature \"{}\".", collection->name, id));
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    const std::string layer_address = fmt::format("{}/collections/{}", base, collection->name);
    std::string links = R"(,"links":[)"; // Part 1, 7.16.2: self and collection
    append_link(links, fmt::format("{}/items/{}", layer_address, http::percent_encode(id)), "self", geojson_type);
    append_link(links, layer_address, "collection", "application/json");
    links += ']';
    std::string body;
    append_feature(body, *feature, links);
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(body)).substr(0, 32));
    return http::json(200, std::move(body), std::string(geojson_type))
        .with_etag(tag)
        .with_cache_control(collection->cache_control())
        .with("Content-Crs", "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>")
        .with("Keyaki-Revision", collection->revision_header());
}

http::RouteDescription items_description() {
    return {.summary = "Features of a layer, in the order of their ids, page by page",
            .details = "The link to the next page names the revision, so that turning pages goes on in the state it began in.",
            .tag = "Features",
            .parameters = {layer_parameter(), limit_parameter(), bbox_parameter(), datetime_parameter(), after_parameter(), format_parameter()},
            .answers = {{200, "A page of features", {{.media_type = std::string(geojson_type)}}}}};
}

} // namespace

void add_item_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/collections/{layer}/items",
               [&application](const http::Request &request) { return answer_items(application, request); },
               {.name = "items", .description = items_description()});
    router.add(http::Method::get, "/collections/{layer}/items/{id}",
               [&application](const http::Request &request) { return answer_item(application, request); },
               {.name = "item",
                .description = {.summary = "One feature",
                                .tag = "Features",
                                .parameters = {layer_parameter(), feature_parameter(), format_parameter()},
                                .answers = {{200, "The feature", {{.media_type = std::string(geojson_type)}}}}}});
}

} // namespace keyaki::server
