#include "tests/house_rules/source_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace keyaki::test::house;

namespace {

// Which room may see which.

/// Rooms by what they may include besides themselves. Peers never include one another; nothing includes the tests.
const std::map<std::string_view, std::vector<std::string_view>> rooms{
    {"geo", {}}, {"data", {"geo"}}, {"tiles", {"geo"}}, {"importers", {"geo"}}, {"server", {"geo", "data", "tiles", "importers"}}};

/// What stands in parts of the server room, by patterns of the includes that they may have.
struct Part {
    std::string_view path;
    std::vector<std::string_view> may_include;
    std::string_view reason;
};
const std::vector<Part> server_parts{
    {"server/http/*", {"geo/*", "server/http/*"}, "the HTTP server knows nothing of maps and check-ins"},
    {"server/rally/*",
     {"geo/*", "data/layer.hpp", "data/sha256.hpp", "server/rally/*", "server/json_reader.hpp", "server/time.hpp", "server/limits.hpp",
      "server/identifiers.hpp", "server/bytes.hpp"},
     "rules are pure: no clock, socket or database"},
    {"server/filter/*",
     {"geo/*", "tiles/*", "data/sha256.hpp", "server/filter/*", "server/json_reader.hpp", "server/limits.hpp"},
     "a filter is a pure function of its text and a snapshot"},
    {"server/imports/*",
     {"geo/*", "data/*", "tiles/*", "importers/*", "server/flows/*", "server/http/*", "server/imports/*", "server/schema/*", "server/html.hpp",
      "server/json_reader.hpp", "server/identifiers.hpp", "server/limits.hpp", "server/report_json.hpp", "server/text_file.hpp", "server/time.hpp"},
     "an import is matched, judged and reported alike for the command line and for HTTP"},
    {"server/schema/*",
     {"geo/*", "data/layer.hpp", "server/schema/*", "server/json_reader.hpp", "server/limits.hpp"},
     "what a layer declares is a pure function of its text and a feature"},
    {"server/editing/*",
     {"geo/*", "data/layer.hpp", "data/feature_edit.hpp", "data/sha256.hpp", "server/editing/*", "server/schema/*", "server/http/*",
      "server/features/crs.hpp", "server/feature_tag.hpp", "server/geojson.hpp", "server/json_reader.hpp", "server/limits.hpp"},
     "what becomes of a body is a pure function of it and the feature before"},
    {"server/flows/*",
     {"geo/*",
      "data/*",
      "tiles/*",
      "importers/*",
      "server/flows/*",
      "server/rally/*",
      "server/filter/selected_ids.hpp",
      "server/http/accept.hpp",
      "server/geojson.hpp",
      "server/json_reader.hpp",
      "server/identifiers.hpp",
      "server/limits.hpp",
      "server/links.hpp",
      "server/text_file.hpp",
      "server/time.hpp",
      "server/schema/*",
      "server/imports/doubts.hpp",
      "server/imports/feature_matching.hpp",
      "server/imports/feature_names.hpp",
      "server/imports/findings.hpp",
      "server/imports/limits.hpp",
      "server/imports/lost_rows.hpp",
      "server/imports/report_csv.hpp", // cells for spreadsheets
      "server/imports/row_rules.hpp",
      "server/imports/three_way.hpp"},
     "a flow serves the command line and HTTP alike and knows neither"},
    {"server/osm/*",
     {"geo/*", "data/*", "importers/*", "server/osm/*", "server/flows/import.hpp", "server/imports/feature_names.hpp", "server/imports/findings.hpp",
      "server/imports/limits.hpp", "server/imports/three_way.hpp", "server/imports/upload_folder.hpp", "server/time.hpp"},
     "OpenStreetMap comes into the layers as any import does"},
    {"server/access/*",
     {"data/store.hpp",
      "data/layer.hpp",
      "data/ledger.hpp",
      "data/identifier.hpp",
      "data/limits.hpp",
      "data/sha256.hpp",
      "geo/error.hpp",
      "server/access/*",
      "server/http/headers.hpp",
      "server/http/problem.hpp",
      "server/http/request.hpp",
      "server/http/response.hpp",
      "server/telemetry/*",
      "server/outgoing/curl_handle.hpp",
      "server/flows/current_state.hpp",
      "server/identifiers.hpp",
      "server/nearest_word.hpp",
      "server/bytes.hpp",
      "server/text_file.hpp",
      "server/time.hpp"},
     "who may do what is decided without maps, check-ins and routes"},
    {"server/outgoing/*",
     {"geo/error.hpp", "server/access/options.hpp", "server/access/client_address.hpp", "server/outgoing/*"},
     "who may be reached is decided without knowing what for"},
    {"server/delivery/*",
     {"geo/error.hpp", "data/store.hpp", "data/outbox.hpp", "server/access/options.hpp", "server/delivery/*", "server/outgoing/*",
      "server/base64.hpp", "server/identifiers.hpp", "server/json_reader.hpp", "server/time.hpp"},
     "events are told without knowing what happened"},
    {"server/packs/*",
     {"geo/*", "data/*", "tiles/*", "server/flows/*", "server/packs/*", "server/web/assets.hpp", "server/web/glyphs/glyph_set.hpp",
      "server/base64.hpp", "server/bytes.hpp", "server/geojson.hpp", "server/identifiers.hpp", "server/text_file.hpp", "server/time.hpp"},
     "a pack is made of what is published, on the command line as behind the server"},
    {"server/web/*", {"server/web/*", "embedded_assets.inc", "embedded_glyphs.inc"}, "the page's files are bytes"},
};

bool matches_any(const std::vector<std::string_view> &patterns, std::string_view path) {
    return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) { return matches(pattern, path); });
}

/// Tables of embedded files stand in the middle of a source, after the type of their rows.
bool is_made_by_the_build(const Include &include) { return include.path == "embedded_assets.inc" || include.path == "embedded_glyphs.inc"; }

Violations against_arrows(const SourceFile &source) {
    Violations found;
    if (source.is_test()) {
        return found;
    }
    for (const Include &include : source.includes) {
        const std::string_view room = std::string_view(include.path).substr(0, include.path.find('/'));
        const bool is_ours = rooms.contains(room) || room == "tests";
        if (include.angled || room == source.room()) {
            continue;
        }
        const auto &allowed = rooms.at(source.room());
        if (is_ours && std::find(allowed.begin(), allowed.end(), room) == allowed.end()) {
            found.push_back({source.path, include.line,
                             std::string(source.room()) + " must not see " + include.path +
                                 " (server -> {tiles, importers, data} -> geo): move what both need down, or join them in server/flows"});
        }
    }
    return found;
}

Violations against_server_parts(const SourceFile &source) {
    Violations found;
    const auto part = std::find_if(server_parts.begin(), server_parts.end(), [&](const Part &one) { return matches(one.path, source.path); });
    if (part == server_parts.end()) {
        return found;
    }
    for (const Include &include : source.includes) {
        if (!include.angled && !matches_any(part->may_include, include.path)) {
            found.push_back({source.path, include.line, "includes " + include.path + ", but " + std::string(part->reason)});
        }
    }
    return found;
}

// Which file may know which library.

struct Library {
    std::vector<std::string_view> headers;
    std::vector<std::string_view> files;
    std::string_view what;
};
const std::vector<Library> libraries{
    {{"gdal*.h", "ogr*.h", "cpl_*.h"},
     {"importers/gdal_*.cpp", "importers/byte_source.cpp", "importers/source_choice.cpp", "importers/workbook_import.cpp"},
     "GDAL"},
    {{"osmium/*"}, {"importers/osm_*.cpp", "importers/shortbread_*.cpp", "tests/bench/osm_bound.cpp"}, "libosmium"},
    {{"protozero/*"},
     {"tiles/mvt*.cpp", "tiles/value_dictionary.cpp", "tiles/pmtiles_directory.cpp", "server/web/glyphs/glyph_range.cpp"},
     "protozero"},
    {{"sqlite3.h", "spatialite.h", "spatialite/*"},
     {"data/database.cpp", "data/database_error.cpp", "data/database_file.cpp", "data/log_buffer.cpp", "data/tile_database.cpp"},
     "SQLite and SpatiaLite"},
    {{"pistache/*"}, {"server/http/server.cpp"}, "Pistache"},
    {{"boost/beast/*", "boost/asio/*"}, {"server/http/request_parser.cpp"}, "Boost.Beast"},
    {{"boost/math/*"}, {"geo/probability.cpp"}, "Boost.Math"},
    {{"proj.h"}, {"geo/reproject.cpp"}, "PROJ"},
    {{"geodesic.h"}, {"geo/geodesic.cpp"}, "PROJ's geodesics"},
    {{"geos_c.h"},
     {"geo/geos.cpp", "geo/predicates.cpp", "geo/relation.cpp", "geo/validity.cpp", "tiles/polygon_repair.cpp", "tiles/polygon_union.cpp",
      "tiles/tile_geos.cpp"},
     "GEOS"},
    {{"iconv.h"}, {"importers/text_encoding.cpp", "importers/text_decoder.cpp", "server/web/glyphs/wanted_characters.cpp"}, "iconv"},
    {{"freetype/*"}, {"server/web/glyphs/font.cpp"}, "FreeType"},
    {{"openssl/*"},
     {"data/sha256.cpp", "tiles/fingerprint.cpp", "server/base64.cpp", "server/access/public_key.cpp", "server/access/access.cpp",
      "server/delivery/signature.cpp", "server/rally/proofs.cpp", "server/packs/minisign.cpp", "server/packs/file_hash.cpp"},
     "OpenSSL"},
    {{"zstd.h"}, {"server/packs/patch.cpp"}, "Zstandard"},
    {{"curl/*"},
     {"server/outgoing/*.cpp", "server/access/https_fetch.cpp", "server/delivery/poster.cpp", "server/delivery/registration.cpp"},
     "libcurl"},
    {{"unicode/*"}, {"importers/name_key.cpp", "server/filter/folding.cpp", "server/rally/answer_key.cpp"}, "ICU"},
    {{"qrencode.h"}, {"server/rally/qr_sheet.cpp"}, "libqrencode"},
    {{"libdeflate.h"}, {"server/http/compression.cpp", "tiles/gzip.cpp", "server/web/glyphs/main.cpp"}, "libdeflate"},
    {{"prometheus/*"}, {"server/telemetry/metric_text.cpp"}, "prometheus-cpp"},
    {{"seccomp.h", "linux/landlock.h"}, {"importers/child_sandbox.cpp"}, "the sandbox of the reading child"},
    {{"toml++/*"}, {"server/settings.cpp"}, "toml++"},
    {{"CLI/*"}, {"server/main.cpp", "server/commands/*.cpp"}, "CLI11"},
    {{"spdlog/*"}, {"server/*.cpp"}, "spdlog: libraries below the server report, they do not log"},
    {{"nlohmann/json_fwd.hpp"}, {"server/*"}, "JSON's forward declaration"},
    {{"nlohmann/json.hpp"}, {"data/*.cpp", "tiles/*.cpp", "importers/gdal_values.cpp", "importers/geojson_survey.cpp", "server/*.cpp"}, "JSON"},
    {{"fmt/*"}, {"*.cpp"}, "fmt"},
    // Linux itself: not in geo and tiles, which compute only, but for the doors to an archive's file and to scratch.
    {{"arpa/*", "netinet/*"}, {"server/http/*.cpp", "server/links.cpp", "server/access/client_address.cpp"}, "sockets"},
    {{"*.h"},
     {"data/*.cpp", "tiles/archive_output.cpp", "tiles/mapped_file.cpp", "tiles/nameless_file.cpp", "tiles/scratch_file.cpp", "importers/*.cpp",
      "server/http/*.cpp", "server/imports/upload_folder.cpp", "server/identifiers.cpp", "server/commands/*.cpp", "server/service_manager.cpp",
      "server/telemetry/*.cpp", "server/delivery/signature.cpp", "server/flows/published_head.cpp", "server/outgoing/address_guard.cpp",
      "server/packs/key_file.cpp", "server/packs/pack_folder.cpp", "server/packs/pack_maker.cpp", "server/packs/zip_file.cpp"},
     "Linux"},
};

/// A header of the C++ library has neither a slash nor an ending.
bool is_standard(const Include &include) { return include.path.find_first_of("/.") == std::string::npos; }

Violations against_library_doors(const SourceFile &source) {
    Violations found;
    for (const Include &include : source.includes) {
        if (source.is_test() || !include.angled || is_standard(include)) {
            continue;
        }
        const auto library =
            std::find_if(libraries.begin(), libraries.end(), [&](const Library &one) { return matches_any(one.headers, include.path); });
        if (library == libraries.end()) {
            found.push_back(
                {source.path, include.line, "<" + include.path + "> is of no library in this test's table: add it with the files it enters by"});
        } else if (!matches_any(library->files, source.path)) {
            found.push_back({source.path, include.line,
                             "<" + include.path + "> (" + std::string(library->what) + ") enters by " + std::string(library->files.front()) +
                                 " only: use what that file offers"});
        }
    }
    return found;
}

Violations against_thin_headers(const SourceFile &source) {
    Violations found;
    for (const Include &include : source.includes) {
        if (source.is_header() && !source.is_test() && include.angled && !is_standard(include) && include.path != "nlohmann/json_fwd.hpp") {
            found.push_back(
                {source.path, include.line, "a header shows <" + include.path + "> to all who include it: declare the type, include in the .cpp"});
        }
    }
    return found;
}

// The form of a file.

Violations against_own_header_first(const SourceFile &source) {
    static const std::set<std::string> paths = [] {
        std::set<std::string> all;
        for (const auto &one : project_sources()) {
            all.insert(one->path);
        }
        return all;
    }();
    const std::string own = source.path.substr(0, source.path.size() - 4) + ".hpp";
    if (source.is_header() || !paths.contains(own) || (!source.includes.empty() && source.includes.front().path == own)) {
        return {};
    }
    return {{source.path, 1, "the first include must be its own header, " + own + ": so it proves to stand alone"}};
}

Violations against_order_of_includes(const SourceFile &source) {
    Violations found;
    bool after_angled = false;
    for (const Include &include : source.includes) {
        if (!include.angled && after_angled && !is_made_by_the_build(include)) {
            found.push_back(
                {source.path, include.line, "\"" + include.path + "\" belongs before the libraries: own header, project, libraries, std"});
        }
        after_angled = after_angled || include.angled;
    }
    return found;
}

Violations against_paths_from_the_root(const SourceFile &source) {
    Violations found;
    for (const Include &include : source.includes) {
        const std::string_view room = std::string_view(include.path).substr(0, include.path.find('/'));
        if (!include.angled && !rooms.contains(room) && room != "tests" && !is_made_by_the_build(include)) {
            found.push_back({source.path, include.line, "\"" + include.path + "\" must be named from the project's root, as \"geo/lon_lat.hpp\""});
        }
    }
    return found;
}

Violations against_pragma_once(const SourceFile &source) {
    if (!source.is_header() || source.text.starts_with("#pragma once\n")) {
        return {};
    }
    return {{source.path, 1, "a header begins with #pragma once"}};
}

Violations against_namespaces(const SourceFile &source) {
    const std::string expected = "namespace keyaki::" + std::string(source.room());
    if (source.is_test() || !source.is_header() || source.code.find(expected) != std::string::npos) {
        return {};
    }
    return {{source.path, 1, "what a header declares lives in its folder's namespace: expected " + expected}};
}

} // namespace

TEST_CASE("rooms see only the rooms below them") {
    require_none(in_project(against_arrows));
    CHECK(in_text(against_arrows, "geo/a.cpp", "#include \"data/store.hpp\"\n").size() == 1);
    CHECK(in_text(against_arrows, "data/a.cpp", "#include \"tiles/mvt.hpp\"\n").size() == 1);
    CHECK(in_text(against_arrows, "server/a.cpp", "#include \"tests/support/temporary_folder.hpp\"\n").size() == 1);
    CHECK(in_text(against_arrows, "server/a.cpp", "#include \"tiles/mvt.hpp\"\n#include \"server/b.hpp\"\n").empty());
}

TEST_CASE("the server's parts see only what their task needs") {
    require_none(in_project(against_server_parts));
    CHECK(in_text(against_server_parts, "server/http/a.cpp", "#include \"data/store.hpp\"\n").size() == 1);
    CHECK(in_text(against_server_parts, "server/rally/a.cpp", "#include \"data/store.hpp\"\n").size() == 1);
    CHECK(in_text(against_server_parts, "server/flows/a.cpp", "#include \"server/routes/routes.hpp\"\n").size() == 1);
}

TEST_CASE("each library enters by the files that are named for it") {
    require_none(in_project(against_library_doors));
    CHECK(in_text(against_library_doors, "data/a.cpp", "#include <sqlite3.h>\n").size() == 1);
    CHECK(in_text(against_library_doors, "geo/a.cpp", "#include <unknown/library.hpp>\n").size() == 1);
    CHECK(in_text(against_library_doors, "geo/a.cpp", "#include <unistd.h>\n").size() == 1);
    CHECK(in_text(against_library_doors, "geo/a.cpp", "#include <vector>\n").empty());
}

TEST_CASE("headers show no library's types") {
    require_none(in_project(against_thin_headers));
    CHECK(in_text(against_thin_headers, "data/a.hpp", "#include <sqlite3.h>\n").size() == 1);
}

TEST_CASE("each source includes its own header first") {
    require_none(in_project(against_own_header_first));
    CHECK(in_text(against_own_header_first, "geo/fence.cpp", "#include <vector>\n#include \"geo/fence.hpp\"\n").size() == 1);
}

TEST_CASE("includes of the project stand before the libraries'") {
    require_none(in_project(against_order_of_includes));
    CHECK(in_text(against_order_of_includes, "geo/a.cpp", "#include <vector>\n#include \"geo/fence.hpp\"\n").size() == 1);
}

TEST_CASE("includes of the project are named from its root") {
    require_none(in_project(against_paths_from_the_root));
    CHECK(in_text(against_paths_from_the_root, "geo/a.cpp", "#include \"fence.hpp\"\n").size() == 1);
}

TEST_CASE("each header begins with #pragma once") {
    require_none(in_project(against_pragma_once));
    CHECK(in_text(against_pragma_once, "geo/a.hpp", "// a word\n#pragma once\n").size() == 1);
}

TEST_CASE("the namespace is the folder") {
    require_none(in_project(against_namespaces));
    CHECK(in_text(against_namespaces, "geo/a.hpp", "namespace keyaki::data {}\n").size() == 1);
}

TEST_CASE("every door in the table of libraries is used") {
    for (const Library &library : libraries) {
        const bool used = std::any_of(project_sources().begin(), project_sources().end(), [&](const auto &source) {
            return !source->is_test() && std::any_of(source->includes.begin(), source->includes.end(), [&](const Include &include) {
                return include.angled && matches_any(library.headers, include.path);
            });
        });
        INFO(library.what << " is in the table, but nothing includes it: take its line out");
        CHECK(used);
    }
}
