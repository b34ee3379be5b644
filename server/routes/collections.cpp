#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/flows/collection.hpp"
#include "server/http/accept.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/parameters.hpp"
#include "server/viewer.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// OGC API – Features Part 1, 1.0: what is kept today.
constexpr std::array conformance_classes{"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
                                         "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson"};

ordered_json link(std::string href, std::string_view rel, std::string_view type, std::string_view title) {
    return {{"href", std::move(href)}, {"rel", rel}, {"type", type}, {"title", title}};
}

std::string short_hash(const std::string &text) { return data::to_hex(data::sha256(text)).substr(0, 32); }

/// A small document that changes when the city does: asked for again with its ETag.
http::Response document(const ordered_json &json, std::string content_type = "application/json") {
    std::string text = json.dump();
    const std::string tag = http::quoted_etag(short_hash(text));
    return http::json(200, std::move(text), std::move(content_type)).with_etag(tag).with_cache_control("public, max-age=5, stale-if-error=604800");
}

ordered_json landing(const std::string &base, const data::CityName &city) {
    return {{"title", city.ja},
            {"keyaki:title_ja", city.ja},
            {"keyaki:title_en", city.en},
            {"description", "Layers of the city as vector tiles and as OGC API – Features."},
            {"links",
             {link(base + "/?f=json", "self", "application/json", "This document"), link(base + "/", "alternate", "text/html", "地図 / The map"),
              link(base + "/api", "service-desc", "application/vnd.oai.openapi+json;version=3.0", "The API's description (OpenAPI 3.0)"),
              link(base + "/conformance", "conformance", "application/json", "What of the standard is kept"),
              link(base + "/collections", "data", "application/json", "The layers"),
              link(base + "/tiles/city.json", "tiles", "application/json", "All public layers as vector tiles (TileJSON 3.0.0)")}}};
}

ordered_json collection_json(const std::string &base, const Collection &collection) {
    const data::LayerSpec &spec = collection.spec;
    const std::string self = fmt::format("{}/collections/{}", base, collection.name);
    ordered_json json{{"id", collection.name}, {"title", spec.title_ja}, {"description", spec.title_en}, {"itemType", "feature"}};
    if (!spec.attribution.empty()) {
        json["attribution"] = spec.attribution;
    }
    if (const geo::LonLatBox box = collection.snapshot->bounds(); !box.empty()) {
        json["extent"] = {{"spatial", {{"bbox", {{box.west_deg, box.south_deg, box.east_deg, box.north_deg}}}, {"crs", crs84}}},
                          {"temporal", {{"interval", {{nullptr, nullptr}}}}}};
    }
    json["crs"] = {crs84};
    json["keyaki:title_ja"] = spec.title_ja;
    json["keyaki:title_en"] = spec.title_en;
    json["keyaki:revision"] = collection.snapshot->description().revision;
    json["keyaki:feature_count"] = collection.snapshot->size();
    json["links"] = {link(self, "self", "application/json", "This document"), link(self + "/items", "items", "application/geo+json", spec.title_en),
                     link(fmt::format("{}/tiles/{}.json", base, collection.name), "tiles", "application/json", "Vector tiles (TileJSON 3.0.0)")};
    return json;
}

/// To staff also the layers that are theirs; whoever has no key must not get that from a cache, nor they what everyone gets.
http::Response answer_collections(Application &application, const http::Request &request, const std::string &base) {
    ordered_json collections = ordered_json::array();
    std::string revisions;
    const Viewer viewer(application.access(), request);
    bool is_private = false;
    const auto catalogue = application.snapshots().catalogue();
    for (const ServedLayer &served : catalogue->layers) {
        if (served.layer.spec.visibility != data::Visibility::everyone) {
            if (!viewer.is_staff(served.layer.spec.id)) {
                continue;
            }
            is_private = true;
        }
        const Collection collection{served.layer.spec.id, served.layer.spec, served.snapshot, false};
        collections.push_back(collection_json(base, collection));
        revisions += (revisions.empty() ? "" : ", ") + collection.revision_header();
    }
    http::Response response =
        document({{"links", {link(base + "/collections", "self", "application/json", "This document")}}, {"collections", collections}});
    if (!revisions.empty()) {
        response.headers.set("Keyaki-Revision", revisions);
    }
    response.headers.add_to_list("Vary", "Authorization");
    if (is_private) {
        response.headers.set("Cache-Control", "private, no-store");
    }
    return response;
}

http::Response answer_collection(Application &application, const http::Request &request, const std::string &base) {
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    http::Response response = document(collection_json(base, *collection)).with("Keyaki-Revision", collection->revision_header());
    if (collection->is_private) {
        response.headers.set("Cache-Control", collection->cache_control());
    }
    return response;
}

/// `f` says json or html over Accept; only these documents are JSON alone.
void require_json(const http::Request &request) {
    request.query.require_known({"f"});
    if (const auto format = request.query.find("f"); format && *format != "json") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected f=json, found f={}", *format));
    }
}

bool wants_page(const http::Request &request) {
    if (const auto format = request.query.find("f")) {
        return *format == "html";
    }
    return http::negotiate_media_type(request, {"application/json", "text/html"}) == "text/html";
}

http::Response answer_root(Application &application, const http::Request &request, const std::string &base) {
    request.query.require_known({"f"});
    if (!wants_page(request)) {
        if (const auto format = request.query.find("f"); format && *format != "json") {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected f=json or f=html, found f={}", *format));
        }
        http::Response response = document(landing(base, application.snapshots().catalogue()->city));
        response.headers.add_to_list("Vary", "Accept");
        return response;
    }
    const auto page = web::find_asset("index.html");
    http::Response response = http::html(200, std::string(page ? page->bytes : std::string_view("")))
                                  .with_etag(http::quoted_etag(page ? page->etag : std::string_view("none")))
                                  .with_cache_control("public, max-age=60, stale-if-error=604800")
                                  .with("Content-Security-Policy", std::string(web::content_security_policy));
    response.headers.add_to_list("Vary", "Accept");
    return response;
}

} // namespace

void add_collection_routes(http::Router &router, Application &application) {
    const auto base_of = [&application](const http::Request &request) { return base_url(application.settings(), application.port(), request); };

    router.add(http::Method::get, "/",
               [&application, base_of](const http::Request &request) { return answer_root(application, request, base_of(request)); },
               {.name = "root",
                .description = {.summary = "The landing page",
                                .details = "To a browser: the map.",
                                .tag = "Capabilities",
                                .parameters = {format_parameter()},
                                .answers = {document_answer("Links to everything")}}});
    router.add(http::Method::get, "/conformance",
               [](const http::Request &request) {
                   require_json(request);
                   return document({{"conformsTo", conformance_classes}});
               },
               {.name = "conformance",
                .description = {.summary = "What of the standards is kept",
                                .tag = "Capabilities",
                                .parameters = {format_parameter()},
                                .answers = {document_answer("Conformance classes")}}});
    router.add(http::Method::get, "/collections",
               [&application, base_of](const http::Request &request) {
                   require_json(request);
                   return answer_collections(application, request, base_of(request));
               },
               {.name = "collections",
                .description = {
                    .summary = "The layers", .tag = "Capabilities", .parameters = {format_parameter()}, .answers = {document_answer("The layers")}}});
    router.add(http::Method::get, "/collections/{layer}",
               [&application, base_of](const http::Request &request) {
                   require_json(request);
                   return answer_collection(application, request, base_of(request));
               },
               {.name = "collection",
                .description = {.summary = "One layer",
                                .tag = "Capabilities",
                                .parameters = {layer_parameter(), format_parameter()},
                                .answers = {document_answer("The layer")}}});
}

} // namespace keyaki::server
