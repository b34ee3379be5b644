#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/feature_tag.hpp"
#include "server/features/feature_json.hpp"
#include "server/features/filtered_items.hpp"
#include "server/features/items_body.hpp"
#include "server/flows/collection.hpp"
#include "server/geojson.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/shed_order.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::server {

namespace {

constexpr std::string_view geojson_type = "application/geo+json";
/// Of the markup of pages (features/items_body, html): one higher with each change of it, so that no browser keeps an old page as unchanged.
constexpr int page_version = 1;

/// The address of the next page, up to the last feature's id. It names the revision, so that turning pages goes on in the state it began in while
/// others publish, and keeps all else that was asked for.
std::string next_prefix(const http::Request &request, const std::string &base, const Collection &collection) {
    std::string address = fmt::format("{}/collections/{}/items?", base, collection.paging_name());
    for (const auto &[name, value] : request.query) {
        if (name != "after") {
            address += fmt::format("{}={}&", http::percent_encode(name), http::percent_encode(value));
        }
    }
    return address + "after=";
}

/// What every answer from a layer carries; Part 2 wants Content-Crs always, with angle brackets.
http::Response &&from_layer(http::Response &&response, const Collection &collection, const Crs &crs, Form form) {
    response.headers.add_to_list("Vary", "Accept");
    // A page shows titles, which change without a revision, and markup of this program's.
    response.headers.set("Cache-Control", form == Form::html ? collection.page_cache_control() : collection.cache_control());
    response.headers.set("Content-Crs", "<" + crs.uri + ">");
    response.headers.set("Keyaki-Revision", collection.revision_header());
    return form == Form::html ? with_page_policy(std::move(response)) : std::move(response);
}

std::string tag_of(std::string_view text) { return http::quoted_etag(data::to_hex(data::sha256(text)).substr(0, 32)); }

/// Of what stands on a page besides features.
std::string page_mark(const Collection &collection) {
    const std::string words = fmt::format("{}|{}|{}", page_version, collection.spec.title_ja, collection.spec.title_en);
    return "html" + data::to_hex(data::sha256(words)).substr(0, 8);
}

/// 200 with a page of features in the order of their ids; 400 for parameters that are unknown or wrong; 404; 406.
http::Response answer_items(Application &application, const http::Request &request) {
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    ItemsRequest items = parse_items_request(request, *collection, application.columns());
    const auto form = requested_form(request, geojson_type);
    if (!form) {
        return not_acceptable(geojson_type);
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    ItemPage page = find_items(*collection->snapshot, items.selection, items.after, items.limit);
    const bool is_page = *form == Form::html;
    ItemsAddress address{base, base + request.target, address_in_form(request, base, is_page ? "json" : "html"),
                         next_prefix(request, base, *collection), page_tokens(items, request, *collection)};
    const std::string about = fmt::format("{}|{}|{}|{}", collection->state(), base, request.target, is_page ? page_mark(*collection) : "json");
    http::Response response =
        is_page ? http::produced("text/html; charset=utf-8", html_items(*collection, std::move(page), *items.crs, std::move(address)))
                : http::produced(std::string(geojson_type), geojson_items(*collection, std::move(page), *items.crs, std::move(address)));
    return from_layer(std::move(response).with_etag(tag_of(about)), *collection, *items.crs, *form);
}

void append_link(std::string &out, std::string_view href, std::string_view rel, std::string_view type) {
    out += out.back() == '[' ? R"({"href":)" : R"(,{"href":)";
    append_json_string(out, href);
    out += fmt::format(R"(,"rel":"{}","type":"{}"}})", rel, type);
}

/// The feature as GeoJSON with its links (Part 1, 7.16.2).
std::string geojson_item(const http::Request &request, const Collection &collection, const tiles::FeatureRef &feature, const Crs &crs,
                         const std::string &base) {
    const std::string layer_address = fmt::format("{}/collections/{}", base, collection.name);
    const std::string crs_query = request.query.find("crs") ? "?crs=" + http::percent_encode(crs.uri) : std::string();
    std::string links = R"(,"links":[)";
    append_link(links, fmt::format("{}/items/{}{}", layer_address, http::percent_encode(feature.id()), crs_query), "self", geojson_type);
    append_link(links, address_in_form(request, base, "html"), "alternate", "text/html");
    append_link(links, layer_address, "collection", "application/json");
    links += ']';
    std::string body;
    append_feature(body, feature, crs, links);
    return body;
}

/// What a feature's tag is marked with where its bytes are not those of GeoJSON in CRS84: "6677", "html" and a mark, or that and "6677".
std::string representation_of(const Collection &collection, const Crs &crs, Form form) {
    const std::string mark = form == Form::html ? page_mark(collection) : "";
    return &crs == &crs84() ? mark : mark + crs.code.substr(crs.code.find(':') + 1);
}

/// 200 with the feature; 404 where the layer, revision or feature is not there; 400; 406.
http::Response answer_item(Application &application, const http::Request &request) {
    request.query.require_known({"f", "crs"});
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const Crs &crs = requested_crs(request, "crs", *collection);
    const auto form = requested_form(request, geojson_type);
    if (!form) {
        return not_acceptable(geojson_type);
    }
    const std::string_view id = request.params.at("id");
    const auto feature = collection->snapshot->find_in_place(id);
    if (!feature) {
        return http::problem(404, "Not Found", fmt::format("Layer {} has no feature \"{}\".", collection->name, id));
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    const bool is_page = *form == Form::html;
    std::string body = is_page ? html_item(*collection, *feature, crs, base, address_in_form(request, base, "json"))
                               : geojson_item(request, *collection, *feature, crs, base);
    const std::string tag = feature_etag(feature_content_tag(feature->feature()), representation_of(*collection, crs, *form));
    http::Response response = is_page ? http::html(200, std::move(body)) : http::json(200, std::move(body), std::string(geojson_type));
    return from_layer(std::move(response).with_etag(tag), *collection, crs, *form);
}

http::RouteDescription items_description() {
    return {.summary = "Features of a layer, in the order of their ids, page by page",
            .details =
                "The link to the next page names the revision, so that turning pages goes on in the state it began in. A page may end before its "
                "limit where its features are large.",
            .tag = "Features",
            .parameters = {layer_parameter(), limit_parameter(), bbox_parameter(), bbox_crs_parameter(), crs_parameter(), datetime_parameter(),
                           after_parameter(), filter_parameter(), filter_lang_parameter(), filter_crs_parameter(), sortby_parameter(),
                           format_parameter()},
            .answers = {{200, "A page of features", {{.media_type = std::string(geojson_type)}, {"text/html", R"({"type":"string"})"}}}}};
}

http::RouteDescription item_description() {
    return {.summary = "One feature",
            .tag = "Features",
            .parameters = {layer_parameter(), feature_parameter(), crs_parameter(), format_parameter()},
            .answers = {{200, "The feature", {{.media_type = std::string(geojson_type)}, {"text/html", R"({"type":"string"})"}}}}};
}

} // namespace

void add_item_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/collections/{layer}/items",
               [&application](const http::Request &request) { return answer_items(application, request); },
               {.name = "items", .shed_priority_of = shed_by_layers(application, "layer"), .description = items_description()});
    router.add(http::Method::get, "/collections/{layer}/items/{id}",
               [&application](const http::Request &request) { return answer_item(application, request); },
               {.name = "item", .shed_priority_of = shed_by_layers(application, "layer"), .description = item_description()});
}

} // namespace keyaki::server
