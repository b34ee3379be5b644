#include "server/routes/routes.hpp"

#include "server/html.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>

#include <memory>

namespace keyaki::server {

namespace {

/// A file of the map page. Names with a hash never change; the others are asked for again.
http::Response asset_response(const web::Asset &asset, const std::shared_ptr<const std::string> &bytes) {
    http::Response response = http::bytes(bytes, std::string(asset.content_type));
    if (!asset.gzip.empty()) {
        response.content_encoding = "gzip";
    }
    return std::move(response)
        .with_etag(http::quoted_etag(asset.etag))
        .with_cache_control(asset.immutable ? "public, max-age=31536000, immutable" : "public, max-age=60, stale-if-error=604800");
}

} // namespace

void add_page_routes(http::Router &router, Application &) {
    router.add(http::Method::get, std::string(style_address),
               [](const http::Request &) {
                   return http::text(200, std::string(style_sheet()), "text/css; charset=utf-8").with_cache_control("public, max-age=3600");
               },
               {.name = "style", .description = {.summary = "How the server's pages look", .is_page_file = true}});
    for (const web::Asset &asset : web::all_assets()) {
        if (asset.path == "index.html" || asset.path.starts_with("styles/") || asset.path.starts_with("pack/")) {
            continue; // at "/", beside the landing page; with whole addresses, in routes/styles.cpp; and in packs alone
        }
        // One copy for the life of the program, which every answer shares.
        const auto bytes = std::make_shared<const std::string>(asset.gzip.empty() ? asset.bytes : asset.gzip);
        router.add(http::Method::get, fmt::format("/{}", asset.path), [asset, bytes](const http::Request &) { return asset_response(asset, bytes); },
                   {.name = "asset",
                    .shed_priority = http::ShedPriority::shelters,
                    .description = {.summary = "A file of the map page", .is_page_file = true}});
    }
}

} // namespace keyaki::server
