#include "server/routes/routes.hpp"

#include "server/features/filtered_items.hpp"
#include "server/filter/queryables_schema.hpp"
#include "server/flows/collection.hpp"
#include "server/links.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

constexpr std::string_view schema_type = "application/schema+json";

/// 200 with the JSON Schema of what filters may name (Part 3, 6); 404; 406.
http::Response answer_queryables(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    const std::string layer = fmt::format("{}/collections/{}", base, collection->name);
    const auto columns = application.columns().of(collection->snapshot);
    Document about{collection->spec.title_ja + "の検索項目",
                   collection->spec.title_en + ": queryables",
                   {{layer + "?f=html", collection->spec.title_ja}},
                   std::string(schema_type)};
    about.has_links = false; // a schema's keywords are those of JSON Schema
    http::Response response = answer_document(request, base,
                                              filter::queryables_schema(queryables_of(*collection, *columns), columns->geometries,
                                                                        layer + "/queryables", collection->spec.title_ja),
                                              about)
                                  .with("Keyaki-Revision", collection->revision_header());
    if (collection->is_private) {
        response.headers.set("Cache-Control", collection->cache_control());
    }
    return response;
}

} // namespace

void add_queryable_routes(http::Router &router, Application &application) {
    router.add(
        http::Method::get, "/collections/{layer}/queryables",
        [&application](const http::Request &request) { return answer_queryables(application, request); },
        {.name = "queryables",
         .description = {.summary = "What filters may name of a layer's features, as JSON Schema",
                         .tag = "Features",
                         .parameters = {layer_parameter(), format_parameter()},
                         .answers = {{200, "The queryables", {{.media_type = std::string(schema_type)}, {"text/html", R"({"type":"string"})"}}}}}});
}

} // namespace keyaki::server
