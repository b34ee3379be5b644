#include "server/routes/routes.hpp"

#include "server/http/conditional.hpp"
#include "server/http/file_body.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <utility>

// Packs: the city's map for the time without a network, as files of a folder that are sent as they lie there.
namespace keyaki::server {

namespace {

using nlohmann::ordered_json;
using packs::Pack;

constexpr std::string_view pmtiles_type = "application/vnd.pmtiles";
constexpr std::string_view mbtiles_type = "application/vnd.mapbox-vector-tile-database";
constexpr std::string_view zip_type = "application/zip";
/// The newest pack is asked for again soon, and serves while the network is away; one that is named by its version never changes.
constexpr std::string_view newest_cache = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800";
constexpr std::string_view version_cache = "public, max-age=31536000, immutable";

std::string_view content_type_of(std::string_view path) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> types{{{".html", "text/html; charset=utf-8"},
                                                                                          {".js", "text/javascript; charset=utf-8"},
                                                                                          {".css", "text/css; charset=utf-8"},
                                                                                          {".json", "application/json"},
                                                                                          {".geojson", "application/geo+json"},
                                                                                          {".svg", "image/svg+xml"},
                                                                                          {".png", "image/png"},
                                                                                          {".pbf", "application/x-protobuf"},
                                                                                          {".pmtiles", pmtiles_type},
                                                                                          {".mbtiles", mbtiles_type},
                                                                                          {".txt", "text/plain; charset=utf-8"}}};
    for (const auto &[ending, type] : types) {
        if (path.ends_with(ending)) {
            return type;
        }
    }
    return "application/octet-stream";
}

http::Response no_such_pack(const Application &application) {
    return http::problem(404, "Not Found",
                         application.packs() == nullptr
                             ? "This server makes no packs."
                             : "There is no such pack: /packs lists those that are there. The first one is made soon after "
                               "the server's start.");
}

Pack find_pack(const Application &application, const http::Request &request) {
    request.query.require_known({});
    return application.packs() == nullptr ? nullptr : application.packs()->shelf().find(request.params.at("id"));
}

http::Response send(const http::Request &request, const http::FileBody &body) {
    const bool is_of_version = request.params.at("id").find('@') != std::string_view::npos;
    return http::send_file(request, body).with_cache_control(std::string(is_of_version ? version_cache : newest_cache));
}

std::string etag_of(std::string_view hash) { return http::quoted_etag(hash.substr(0, 32)); }

http::Response send_listed(const http::Request &request, const Pack &pack, const packs::PackFile &file) {
    http::Response response = send(request, {pack->folder / file.path, file.bytes, std::string(content_type_of(file.path)), etag_of(file.sha256)});
    if (file.path.ends_with(".html") && (response.status == 200 || response.status == 206)) {
        return std::move(response).with("Content-Security-Policy", std::string(web::content_security_policy));
    }
    return response;
}

/// The archive under the pack's own name.
http::Response answer_archive(const Application &application, const http::Request &request, std::string_view path) {
    const Pack pack = find_pack(application, request);
    const packs::PackFile *file = pack ? pack->manifest.find(path) : nullptr;
    return file == nullptr ? no_such_pack(application) : send_listed(request, pack, *file);
}

http::Response answer_zip(const Application &application, const http::Request &request) {
    const Pack pack = find_pack(application, request);
    if (!pack) {
        return no_such_pack(application);
    }
    const std::string name = fmt::format("{}-{}.zip", pack->manifest.id, pack->version);
    return send(request, {pack->zip, pack->zip_bytes, std::string(zip_type), http::quoted_etag(pack->version + "-zip")})
        .with("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
}

/// A file of the pack by its path in the manifest, and by no other.
http::Response answer_file(const Application &application, const http::Request &request) {
    const Pack pack = find_pack(application, request);
    if (!pack) {
        return no_such_pack(application);
    }
    const std::string_view rest = request.params.at("rest");
    const std::string_view path = rest.empty() ? "index.html" : rest;
    if (path == packs::manifest_name || path == packs::signature_name) {
        const bool is_manifest = path == packs::manifest_name;
        return send(request, {pack->folder / path, is_manifest ? pack->manifest_bytes : pack->signature_bytes,
                              is_manifest ? "application/json" : "text/plain; charset=utf-8",
                              http::quoted_etag(pack->version + (is_manifest ? "-manifest" : "-signature"))});
    }
    const packs::PackFile *file = pack->manifest.find(path);
    if (file == nullptr) {
        return http::problem(404, "Not Found", "The pack has no such file; its manifest.json lists them.");
    }
    return send_listed(request, pack, *file);
}

ordered_json pack_json(const std::string &base, const packs::ShelvedPack &pack, bool is_newest) {
    const packs::Manifest &manifest = pack.manifest;
    const std::string name = is_newest ? manifest.id : fmt::format("{}@{}", manifest.id, pack.version);
    const std::string self = fmt::format("{}/packs/{}", base, name);
    ordered_json revisions = ordered_json::object();
    for (const packs::PackLayer &layer : manifest.layers) {
        revisions[layer.id] = layer.revision;
    }
    return {{"id", name},
            {"version", pack.version},
            {"title", manifest.title_ja},
            {"keyaki:title_en", manifest.title_en},
            {"made_of", format_rfc3339(manifest.made_of_us)},
            {"shelters", manifest.shelters},
            {"bytes", manifest.bytes()},
            {"zip_bytes", pack.zip_bytes},
            {"revisions", revisions},
            {"links",
             {link_object(self + "/", "preview", "text/html", "開く・端末に保存する / Open it, and keep it on this device"),
              link_object(self + ".zip", "enclosure", zip_type, "USBメモリー用 / All in one file, for a memory stick"),
              link_object(self + ".pmtiles", "item", pmtiles_type, "地図（PMTiles） / The map as PMTiles"),
              link_object(self + ".mbtiles", "item", mbtiles_type, "地図（MBTiles） / The map as MBTiles"),
              link_object(self + "/shelters.geojson", "item", "application/geo+json", "避難場所 / Evacuation sites"),
              link_object(fmt::format("{}/{}", self, packs::manifest_name), "describedby", "application/json", "目録 / The manifest"),
              link_object(fmt::format("{}/{}", self, packs::signature_name), "signature", "text/plain", "署名 / Its signature (minisign)")}}};
}

http::Response answer_list(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const std::string base = base_url(application.settings(), application.port(), request);
    ordered_json list = ordered_json::array();
    ordered_json links = ordered_json::array();
    if (application.packs() != nullptr) {
        const std::vector<Pack> packs = application.packs()->shelf().all();
        for (const Pack &pack : packs) {
            list.push_back(pack_json(base, *pack, list.empty()));
        }
        links.push_back(link_object(base + "/packs/keyaki.pub", "key", "text/plain", "署名を確かめる鍵 / The key that checks signatures (minisign)"));
    }
    return answer_document(request, base, {{"packs", list}, {"links", links}},
                           {.title_ja = "通信がないときの地図", .title_en = "Maps for the time without a network", .path = {}});
}

http::Response answer_key(const Application &application, const http::Request &request) {
    request.query.require_known({});
    if (application.packs() == nullptr) {
        return no_such_pack(application);
    }
    return http::text(200, packs::to_file(application.packs()->public_key())).with_cache_control(std::string(newest_cache));
}

http::ParameterDescription id_parameter() {
    return path_parameter("id", "city, or city@ and a pack's version: that pack, which never changes and is kept until there are three newer ones");
}

http::RouteDescription file_description(std::string summary, std::string_view type, std::vector<http::ParameterDescription> parameters) {
    const std::string schema = R"({"type":"string","format":"binary"})";
    return {.summary = std::move(summary),
            .details = "With Range and ETag.",
            .tag = "Packs",
            .parameters = std::move(parameters),
            .answers = {{200, "The file", {{std::string(type), schema}}}, {206, "The part that was asked for", {{std::string(type), schema}}}}};
}

void add_file_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/packs/{id}.pmtiles",
               [&application](const http::Request &request) { return answer_archive(application, request, packs::map_pmtiles_name); },
               {.name = "pack-pmtiles", .description = file_description("A pack's map as PMTiles", pmtiles_type, {id_parameter()})});
    router.add(http::Method::get, "/packs/{id}.mbtiles",
               [&application](const http::Request &request) { return answer_archive(application, request, packs::map_mbtiles_name); },
               {.name = "pack-mbtiles", .description = file_description("A pack's map as MBTiles", mbtiles_type, {id_parameter()})});
    router.add(http::Method::get, "/packs/{id}.zip", [&application](const http::Request &request) { return answer_zip(application, request); },
               {.name = "pack-zip", .description = file_description("A whole pack as one file", zip_type, {id_parameter()})});
    router.add(
        http::Method::get, "/packs/{id}/{rest...}", [&application](const http::Request &request) { return answer_file(application, request); },
        {.name = "pack-file",
         .shed_priority = http::ShedPriority::shelters, // the viewer: who opens it looks for one
         .description = file_description("A file of a pack: manifest.json, manifest.json.minisig, and what the manifest lists; the viewer "
                                         "where none is named",
                                         "application/octet-stream", {id_parameter(), path_parameter("rest", "The file's path within the pack")})});
}

} // namespace

void add_pack_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/packs", [&application](const http::Request &request) { return answer_list(application, request); },
               {.name = "packs",
                .description = {.summary = "Packs: the city's map and shelters for the time without a network",
                                .details = "Made a while after each publish and signed (minisign). The newest comes first.",
                                .tag = "Packs",
                                .parameters = {format_parameter()},
                                .answers = {document_answer("The packs that are there")}}});
    router.add(http::Method::get, "/packs/keyaki.pub", [&application](const http::Request &request) { return answer_key(application, request); },
               {.name = "pack-key",
                .description = {.summary = "The public key that packs are signed with, as minisign has it",
                                .tag = "Packs",
                                .answers = {{200, "The key", {{"text/plain", R"({"type":"string"})"}}},
                                            {404, "Packs are not made here", {{"application/problem+json", R"({"type":"object"})"}}}}}});
    router.add(http::Method::get, "/packs/{id}",
               [&application](const http::Request &request) {
                   return find_pack(application, request)
                              ? http::redirect(308, fmt::format("/packs/{}/", http::percent_encode(request.params.at("id"))))
                              : no_such_pack(application);
               },
               {.name = "pack", .description = {.summary = "To the pack's page", .is_page_file = true}});
    add_file_routes(router, application);
}

} // namespace keyaki::server
