#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/flows/tile.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/archive_answer.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/shed_order.hpp"
#include "server/routes/tile_answer.hpp"
#include "server/viewer.hpp"
#include "tiles/tilejson.hpp"

#include <fmt/format.h>

#include <charconv>

namespace keyaki::server {

namespace {

/// A tile that names its revisions never changes.
constexpr std::string_view pinned_cache = "public, max-age=31536000, immutable";
/// What only staff may see stays with the one who asked.
constexpr std::string_view private_cache = "private, no-store";

/// A whole number of a tile's address; nothing for anything else, also for signs and leading zeros, so that one tile has one address.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || stop != text.data() + text.size() || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    return number;
}

std::optional<geo::TileId> tile_of(const http::Request &request) {
    return parse_tile(request.params.at("z"), request.params.at("x"), request.params.at("y"));
}

TileOutcome outcome_of(tiles::TileSource source) {
    switch (source) {
    case tiles::TileSource::kept: return TileOutcome::hit;
    case tiles::TileSource::computed: return TileOutcome::computed;
    case tiles::TileSource::waited: return TileOutcome::waited;
    }
    return TileOutcome::computed;
}

http::Response tile_response(const TileSet &set, const std::shared_ptr<const tiles::CachedTile> &tile) {
    const std::string cache(set.is_private ? private_cache : set.is_pinned ? pinned_cache : newest_tile_cache);
    if (tile->raw.empty()) {
        return http::no_content().with_cache_control(cache).with("Keyaki-Revision", set.revision_header);
    }
    // The pointers to the bytes keep the whole cached tile alive.
    return http::bytes({tile, &tile->gzip}, "application/vnd.mapbox-vector-tile")
        .encoded_as_gzip({tile, &tile->raw})
        .with_etag(http::quoted_etag(tile->etag_hex))
        .with_cache_control(cache)
        .with("Keyaki-Revision", set.revision_header);
}

/// The answer to a request for a tile that lies in the cache, under names that were asked for before.
std::optional<http::Response> ready_tile(Application &application, const http::Request &request) {
    const std::string_view names = request.params.at("layers");
    const bool may_be_known = request.query.empty() && !is_archive(application, names);
    const auto set = may_be_known ? find_known_tile_set(application.snapshots(), names) : nullptr;
    const auto tile = set ? tile_of(request) : std::nullopt;
    // Under this set's name only tiles that are part of it ever come into the cache.
    const auto found = tile ? find_cached_tile(application.tile_cache(), *set, *tile) : nullptr;
    if (!found) {
        return std::nullopt;
    }
    application.metrics().count_tile(tile->z, found->raw.empty() ? TileOutcome::empty : TileOutcome::hit);
    return tile_response(*set, found);
}

http::Response answer_tilejson(Application &application, const http::Request &request) {
    request.query.require_known({});
    const std::string_view names = request.params.at("layers");
    if (is_archive(application, names)) {
        return answer_archive_tilejson(application, request, names);
    }
    const Viewer viewer(application.access(), request);
    const auto set = find_tile_set(application.snapshots(), names, viewer.staff_check());
    if (!set) {
        return viewer.not_found(names);
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    std::string document = tiles::tilejson(set->layers, {.base_url = base, .name = set->title, .url_layers = set->url_layers});
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(document)).substr(0, 32));
    // The document says which revision is the newest, and titles and zooms can change without one: it is asked for again soon.
    return http::json(200, std::move(document))
        .with_etag(tag)
        .with_cache_control(std::string(set->is_private ? private_cache : "public, max-age=5, stale-if-error=604800"))
        .with("Keyaki-Revision", set->revision_header);
}

http::RouteDescription tile_description() {
    const std::string number = R"({"type":"integer","minimum":0})";
    return {.summary = "A vector tile (MVT 2.1)",
            .details =
                "Layers named with a revision (shelters@12) have tiles that never change. In the place of layers the id of an archive may stand.",
            .tag = "Tiles",
            .parameters = {layers_parameter(), path_parameter("z", "Zoom", number), path_parameter("x", "Column, from the west", number),
                           path_parameter("y", "Row, from the north", number)},
            .answers = {{200, "The tile", {{"application/vnd.mapbox-vector-tile", R"({"type":"string","format":"binary"})"}}},
                        {204, "Nothing is there"}}};
}

} // namespace

std::optional<geo::TileId> parse_tile(std::string_view z_text, std::string_view x_text, std::string_view y_text) {
    const auto z = parse_number<std::uint8_t>(z_text);
    const auto x = parse_number<std::uint32_t>(x_text);
    const auto y = parse_number<std::uint32_t>(y_text);
    if (!z || !x || !y) {
        return std::nullopt;
    }
    return geo::TileId{*z, *x, *y};
}

http::Response answer_tile(Application &application, const Viewer &viewer, std::string_view names, const std::optional<geo::TileId> &tile,
                           const http::QueryParameters &query) {
    // Refused, unless it comes to another end; also where an exception is that end.
    TileCount count(application.metrics(), tile ? std::optional(tile->z) : std::nullopt);
    query.require_known({});
    const auto set = find_tile_set(application.snapshots(), names, viewer.staff_check());
    if (!set) {
        return viewer.not_found(names);
    }
    if (!tile || !is_in_tile_set(*set, *tile)) {
        return http::problem(
            404, "Not Found",
            fmt::format("The tileset has zooms {} to {} within its bounds; this tile is not part of it.", set->zoom_min, set->zoom_max));
    }
    tiles::TileSource source = tiles::TileSource::kept;
    const auto found = get_tile(application.tile_cache(), *set, *tile, &source);
    count.outcome = found->raw.empty() ? TileOutcome::empty : outcome_of(source);
    return tile_response(*set, found);
}

void add_tile_routes(http::Router &router, Application &application) {
    router.add(
        http::Method::get, "/tiles/{layers}.json", [&application](const http::Request &request) { return answer_tilejson(application, request); },
        {.name = "tilejson",
         .shed_priority_of = shed_by_layers(application, "layers"),
         .description = {
             .summary = "TileJSON 3.0.0 of layers", .tag = "Tiles", .parameters = {layers_parameter()}, .answers = {json_answer("TileJSON")}}});
    router.add(http::Method::get, "/tiles/{layers}/{z}/{x}/{y}.mvt",
               [&application](const http::Request &request) {
                   const std::string_view names = request.params.at("layers");
                   return is_archive(application, names)
                              ? answer_archive_tile(application, names, tile_of(request), request.query)
                              : answer_tile(application, Viewer(application.access(), request), names, tile_of(request), request.query);
               },
               {.name = "tile",
                .shed_priority_of = shed_by_layers(application, "layers"),
                .ready = [&application](const http::Request &request) { return ready_tile(application, request); },
                .description = tile_description()});
}

} // namespace keyaki::server
