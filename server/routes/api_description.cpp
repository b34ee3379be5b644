#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/http/conditional.hpp"
#include "server/links.hpp"
#include "server/openapi.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server {

namespace {

std::vector<DescribedLayer> described_layers(const Catalogue &catalogue) {
    std::vector<DescribedLayer> layers;
    for (const ServedLayer &served : catalogue.layers) {
        if (served.layer.spec.visibility == data::Visibility::everyone) {
            layers.push_back({served.layer.spec.id, served.layer.spec.title_ja, {}});
        }
    }
    return layers;
}

} // namespace

void add_api_description_route(http::Router &router, Application &application) {
    // Filled when this route stands too, before the first request.
    const auto routes = std::make_shared<std::vector<http::DescribedRoute>>();
    router.add(http::Method::get, "/api",
               [&application, routes](const http::Request &request) {
                   request.query.require_known({"f"});
                   const std::string base = base_url(application.settings(), application.port(), request);
                   std::string text = openapi_document(*routes, described_layers(*application.snapshots().catalogue()), base).dump();
                   const std::string tag = http::quoted_etag(data::to_hex(data::sha256(text)).substr(0, 32));
                   return http::json(200, std::move(text), std::string(openapi_type)).with_etag(tag).with_cache_control("public, max-age=60");
               },
               {.name = "api",
                .description = {.summary = "This description (OpenAPI 3.0)",
                                .tag = "Capabilities",
                                .answers = {{200, "The document", {{.media_type = std::string(openapi_type)}}}}}});
    *routes = router.described();
}

} // namespace keyaki::server
