#include "server/routes/routes.hpp"

#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/routes/parameters.hpp"
#include "server/web/glyphs/glyph_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

// Glyphs for renderers that do not draw letters with fonts of their own: MapLibre Native, and MapLibre GL JS where it is told so.
namespace keyaki::server {

namespace {

namespace glyphs = web::glyphs;

/// The letters of a font do not change between two versions of keyaki, or so little that nobody sees it.
constexpr std::string_view glyph_cache = "public, max-age=604800, stale-while-revalidate=604800, stale-if-error=2592000";
constexpr std::string_view glyph_type = "application/x-protobuf";

http::Response no_such_stack(std::string_view names) {
    return http::problem(404, "Not Found",
                         fmt::format("No font stack of these names is here: {}. There are {}.", names, fmt::join(glyphs::stacks(), ", ")));
}

http::Response answer_glyphs(const http::Request &request) {
    request.query.require_known({});
    const auto stack = glyphs::find_stack(request.params.at("fontstack"));
    if (!stack) {
        return no_such_stack(request.params.at("fontstack"));
    }
    const auto first = glyphs::parse_range(request.params.at("range"));
    if (!first) {
        return http::problem(
            404, "Not Found",
            fmt::format("{} is no range of glyphs; expected 256 characters of Unicode, such as 0-255 or 19968-20223.", request.params.at("range")));
    }
    const auto range = glyphs::find_range(*stack, *first);
    if (!range) {
        // Not 404: for an error, MapLibre Native leaves out every label that has one such character, and all others of their tile.
        return http::no_content().with_cache_control(std::string(glyph_cache));
    }
    return http::bytes(std::make_shared<const std::string>(range->gzip), std::string(glyph_type))
        .encoded_as_gzip()
        .with_etag(http::quoted_etag(range->tag))
        .with_cache_control(std::string(glyph_cache))
        .with("Link", "<../licence.txt>; rel=\"license\"");
}

http::RouteDescription glyph_description() {
    return {
        .summary = "Glyphs of a font (a range of 256 characters) for MapLibre's renderers",
        .details = "Signed distance fields at 24 pixels an em, made from Noto Sans CJK JP under the SIL Open Font License 1.1 (/glyphs/licence.txt).",
        .tag = "Styles",
        .parameters = {path_parameter("fontstack", "Names of font stacks, separated by commas: the first that is here serves."),
                       path_parameter("range", "The first and the last character, such as 0-255.")},
        .answers = {{200, "The glyphs", {{std::string(glyph_type), R"({"type":"string","format":"binary"})"}}}, {204, "The font has nothing there"}}};
}

} // namespace

void add_glyph_routes(http::Router &router, Application &) {
    router.add(http::Method::get, "/glyphs/{fontstack}/{range}.pbf", answer_glyphs,
               {.name = "glyphs", .shed_priority = http::ShedPriority::shelters, .description = glyph_description()});
}

} // namespace keyaki::server
