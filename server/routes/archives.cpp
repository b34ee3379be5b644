#include "server/routes/archive_answer.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/tile_answer.hpp"
#include "tiles/archive_tilejson.hpp"
#include "tiles/fingerprint.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace keyaki::server {

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";

http::Response not_there_now() {
    return http::problem(503, {}, "This map cannot be read at present; ask again in a while.", "archive-unavailable").with("Retry-After", "30");
}

/// When the file that is served was written, in seconds: names the version; less than before where an older file was put in its place.
std::string revision_header(std::string_view id, const OpenedArchive &archive) {
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    return fmt::format("{}={}", id, archive.version.modified_ns / ns_per_s);
}

/// What the settings say wins over what the archive says.
tiles::ArchiveDescription described(const OpenedArchive &archive, const ArchiveSettings &settings) {
    tiles::ArchiveDescription description = archive.description;
    const std::string &title = !settings.title_ja.empty() ? settings.title_ja : settings.title_en;
    if (!title.empty()) {
        description.name = title;
    }
    if (!settings.title_en.empty() && title != settings.title_en) {
        description.description = settings.title_en;
    }
    description.attribution = attribution_of(archive, settings);
    return description;
}

http::Response tile_response(std::string_view id, const OpenedArchive &archive, std::string &&stored) {
    const std::string tag = http::quoted_etag(tiles::to_hex(tiles::fingerprint_of(stored)));
    auto bytes = http::bytes(std::make_shared<const std::string>(std::move(stored)), "application/vnd.mapbox-vector-tile");
    http::Response response = archive.is_gzipped ? std::move(bytes).encoded_as_gzip() : std::move(bytes);
    return std::move(response)
        .with_etag(tag)
        .with_cache_control(std::string(newest_tile_cache))
        .with("Keyaki-Revision", revision_header(id, archive));
}

/// The tile as it is stored; throws Error corrupt where the archive turns out to be damaged, which is nobody's fault who asks.
std::optional<std::string> stored_tile(std::string_view id, const OpenedArchive &archive, geo::TileId tile) {
    const auto refuse = [&](std::string_view what) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("archive {}, tile {}/{}/{}: {}", id, tile.z, tile.x, tile.y, what));
    };
    std::optional<std::string> found;
    try {
        found = archive.find(tile);
    } catch (const geo::Error &error) {
        if (error.kind() == geo::ErrorKind::unavailable) {
            throw;
        }
        refuse(error.what());
    }
    if (found && archive.is_gzipped && !found->starts_with(gzip_magic)) {
        refuse("expected gzipped data, found something else");
    }
    return found;
}

} // namespace

bool is_archive(const Application &application, std::string_view id) { return application.archives().settings_of(id) != nullptr; }

http::Response answer_archive_tilejson(Application &application, const http::Request &request, std::string_view id) {
    request.query.require_known({});
    const auto archive = application.archives().find(id);
    if (!archive) {
        return not_there_now();
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    std::string document =
        tiles::archive_tilejson(described(*archive, *application.archives().settings_of(id)),
                                {fmt::format("{}/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", base, id), archive->zoom_min, archive->zoom_max});
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(document)).substr(0, 32));
    return http::json(200, std::move(document))
        .with_etag(tag)
        .with_cache_control("public, max-age=5, stale-if-error=604800")
        .with("Keyaki-Revision", revision_header(id, *archive));
}

http::Response answer_archive_tile(Application &application, std::string_view id, const std::optional<geo::TileId> &tile,
                                   const http::QueryParameters &query) {
    TileCount count(application.metrics(), tile ? std::optional(tile->z) : std::nullopt);
    query.require_known({});
    const auto archive = application.archives().find(id); // all of this answer comes from this one
    if (!archive) {
        return not_there_now();
    }
    if (!tile || !archive->holds(*tile)) {
        return http::problem(
            404, "Not Found",
            fmt::format("The tileset has zooms {} to {} within its bounds; this tile is not part of it.", archive->zoom_min, archive->zoom_max));
    }
    auto stored = stored_tile(id, *archive, *tile);
    if (!stored || stored->empty()) {
        count.outcome = TileOutcome::empty;
        return http::no_content().with_cache_control(std::string(newest_tile_cache)).with("Keyaki-Revision", revision_header(id, *archive));
    }
    count.outcome = TileOutcome::hit;
    return tile_response(id, *archive, *std::move(stored));
}

} // namespace keyaki::server
