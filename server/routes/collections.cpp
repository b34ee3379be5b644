#include "server/routes/routes.hpp"

#include "server/features/columns.hpp"
#include "server/features/crs.hpp"
#include "server/flows/collection.hpp"
#include "server/http/accept.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/openapi.hpp"
#include "server/routes/conformance.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/viewer.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view vector_tilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
constexpr std::string_view queryables_relation = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
constexpr std::string_view schema_relation = "http://www.opengis.net/def/rel/ogc/1.0/schema";

ordered_json landing(const std::string &base, const data::CityName &city) {
    return {
        {"title", city.ja},
        {"keyaki:title_ja", city.ja},
        {"keyaki:title_en", city.en},
        {"description", "Layers of the city as vector tiles and as OGC API – Features."},
        {"links",
         {link_object(base + "/api", "service-desc", openapi_type, "APIの説明 / The API's description (OpenAPI 3.0)"),
          link_object(base + "/api?f=html", "service-doc", "text/html", "APIの説明 / The API's description"),
          link_object(base + "/conformance", "conformance", json_type, "準拠する規格 / What of the standards is kept"),
          link_object(base + "/collections", "data", json_type, "レイヤー / The layers"),
          link_object(base + "/tiles", vector_tilesets, json_type, "ベクトルタイル / Vector tiles"),
          link_object(base + "/packs", "related", json_type, "通信がないときの地図 / Maps for the time without a network"),
          link_object(base + "/tiles/city.json", "tiles", json_type, "全レイヤーのタイル / All public layers as vector tiles (TileJSON 3.0.0)")}}};
}

ordered_json time_of(const std::optional<std::int64_t> &time_us) { return time_us ? ordered_json(format_rfc3339(*time_us)) : ordered_json(nullptr); }

/// Part 1, 7.13.3: a box and an interval that hold all features.
ordered_json extent_of(const geo::LonLatBox &box, const LayerColumns &columns) {
    const TimeSpan time = columns.extent.value_or(TimeSpan());
    return {{"spatial", {{"bbox", {{box.west_deg, box.south_deg, box.east_deg, box.north_deg}}}, {"crs", crs84().uri}}},
            {"temporal",
             {{"interval", ordered_json::array({ordered_json::array({time_of(time.begin_us), time_of(time.end_us)})})},
              {"trs", "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}}}};
}

ordered_json links_of(const std::string &self, const std::string &base, const Collection &collection) {
    return {link_object(self + "/items", "items", "application/geo+json", "地物（GeoJSON） / Features (GeoJSON)"),
            link_object(self + "/items?f=html", "items", "text/html", "地物の一覧 / Features"),
            link_object(self + "/schema", schema_relation, "application/schema+json", "属性の型 / Schema"),
            link_object(self + "/queryables", queryables_relation, "application/schema+json", "検索項目 / Queryables"),
            link_object(self + "/tiles", vector_tilesets, json_type, "ベクトルタイル / Vector tiles"),
            link_object(fmt::format("{}/tiles/{}.json", base, collection.name), "tiles", json_type,
                        "ベクトルタイル（TileJSON） / Vector tiles (TileJSON 3.0.0)")};
}

ordered_json collection_json(const std::string &base, const Collection &collection, ColumnsOfLayers &columns) {
    const data::LayerSpec &spec = collection.spec;
    const std::string self = fmt::format("{}/collections/{}", base, collection.name);
    ordered_json json{{"id", collection.name}, {"title", spec.title_ja}, {"description", spec.title_en}, {"itemType", "feature"}};
    if (!spec.attribution.empty()) {
        json["attribution"] = spec.attribution;
    }
    if (const geo::LonLatBox box = collection.snapshot->bounds(); !box.empty()) {
        json["extent"] = extent_of(box, *columns.of(collection.snapshot));
    }
    for (const Crs &crs : supported_crs()) {
        if (can_express(crs, collection.snapshot->bounds())) {
            json["crs"].push_back(crs.uri);
        }
    }
    json["storageCrs"] = storage_crs().uri;
    json["keyaki:title_ja"] = spec.title_ja;
    json["keyaki:title_en"] = spec.title_en;
    json["keyaki:revision"] = collection.snapshot->description().revision;
    json["keyaki:feature_count"] = collection.snapshot->size();
    json["links"] = links_of(self, base, collection);
    return json;
}

/// A collection within the list has links to itself, which answer_document() gives to one alone.
ordered_json listed_collection(const std::string &base, const Collection &collection, ColumnsOfLayers &columns) {
    ordered_json json = collection_json(base, collection, columns);
    const std::string self = fmt::format("{}/collections/{}", base, collection.name);
    json["links"].insert(json["links"].begin(), {link_object(self, "self", json_type, collection.spec.title_ja),
                                                 link_object(self + "?f=html", "alternate", "text/html", collection.spec.title_ja)});
    return json;
}

/// To staff also the layers that are theirs; whoever has no key must not get that from a cache, nor they what everyone gets.
http::Response answer_collections(Application &application, const http::Request &request, const std::string &base) {
    request.query.require_known({"f"});
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
        collections.push_back(listed_collection(base, collection, application.columns()));
        revisions += (revisions.empty() ? "" : ", ") + collection.revision_header();
    }
    http::Response response = answer_document(request, base, {{"links", ordered_json::array()}, {"collections", std::move(collections)}},
                                              {"レイヤー", "Layers", {}, std::string(json_type)});
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
    request.query.require_known({"f"});
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    http::Response response =
        answer_document(
            request, base, collection_json(base, *collection, application.columns()),
            {collection->spec.title_ja, collection->spec.title_en, {{base + "/collections?f=html", "レイヤー / Layers"}}, std::string(json_type)})
            .with("Keyaki-Revision", collection->revision_header());
    if (collection->is_private) {
        response.headers.set("Cache-Control", collection->cache_control());
    }
    return response;
}

/// To a browser the map, to programs the landing page.
http::Response answer_root(Application &application, const http::Request &request, const std::string &base) {
    request.query.require_known({"f", "lang", "style"}); // the page itself reads the other two
    const auto form = requested_form(request);
    if (!form || *form == Form::json) {
        const data::CityName city = application.snapshots().catalogue()->city;
        return answer_document(request, base, landing(base, city), {city.ja, city.en, {}, std::string(json_type)});
    }
    const auto page = web::find_asset("index.html");
    http::Response response = http::html(200, std::string(page ? page->bytes : std::string_view("")))
                                  .with_etag(http::quoted_etag(page ? page->etag : std::string_view("none")))
                                  .with_cache_control("public, max-age=60, stale-if-error=604800")
                                  .with("Content-Security-Policy", std::string(web::content_security_policy));
    response.headers.add_to_list("Vary", "Accept");
    return response;
}

http::Response answer_conformance(const http::Request &request, const std::string &base) {
    request.query.require_known({"f"});
    ordered_json classes = ordered_json::array();
    for (const std::string_view one : conformance_classes()) {
        classes.push_back(one);
    }
    return answer_document(request, base, {{"conformsTo", std::move(classes)}}, {"準拠する規格", "Conformance", {}, std::string(json_type)});
}

http::RouteDescription description_of(std::string summary, std::string details, std::vector<http::ParameterDescription> parameters) {
    http::RouteDescription description{.summary = summary, .details = std::move(details), .tag = "Capabilities", .parameters = std::move(parameters)};
    description.parameters.push_back(format_parameter());
    description.answers = {document_answer(std::move(summary))};
    return description;
}

} // namespace

void add_collection_routes(http::Router &router, Application &application) {
    const auto base_of = [&application](const http::Request &request) { return base_url(application.settings(), application.port(), request); };

    router.add(
        http::Method::get, "/", [&application, base_of](const http::Request &request) { return answer_root(application, request, base_of(request)); },
        {.name = "root",
         .shed_priority = http::ShedPriority::shelters, // the map page
         .description =
             description_of("The landing page", "To a browser: the map.",
                            {{.name = "lang", .text = "The map's language.", .schema = R"({"type":"string","enum":["ja","en"]})"},
                             {.name = "style", .text = "The map's style.", .schema = R"({"type":"string","enum":["light","dark","disaster"]})"}})});
    router.add(http::Method::get, "/conformance", [base_of](const http::Request &request) { return answer_conformance(request, base_of(request)); },
               {.name = "conformance", .description = description_of("What of the standards is kept", "", {})});
    router.add(http::Method::get, "/collections",
               [&application, base_of](const http::Request &request) { return answer_collections(application, request, base_of(request)); },
               {.name = "collections", .description = description_of("The layers", "", {})});
    router.add(http::Method::get, "/collections/{layer}",
               [&application, base_of](const http::Request &request) { return answer_collection(application, request, base_of(request)); },
               {.name = "collection", .description = description_of("One layer", "", {layer_parameter()})});
}

} // namespace keyaki::server
