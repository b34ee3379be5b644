#include "server/commands/base_map.hpp"

#include "server/commands/progress.hpp"
#include "server/flows/base_map.hpp"
#include "server/report_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

void print_json(const BaseMapOutcome &outcome) {
    ordered_json json{{"tiles", outcome.archive.tiles},
                      {"contents", outcome.archive.contents},
                      {"bytes", outcome.archive.bytes},
                      {"thinned_tiles", outcome.map.thinned_tiles},
                      {"report", osm_report_json(outcome.report.osm)}};
    if (!outcome.report.without_ocean.empty()) {
        json["without_ocean"] = outcome.report.without_ocean;
    }
    fmt::print("{}\n", json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

} // namespace

void build_base_map_archive(const BaseMapArguments &arguments) {
    const Interruption interruption;
    BaseMapOptions options;
    options.extract = arguments.extract;
    options.ocean = arguments.ocean.empty() ? std::nullopt : std::optional<std::filesystem::path>(arguments.ocean);
    options.threads = arguments.threads;
    BaseMapOutcome outcome;
    {
        ProgressLine line(arguments.archive, parse_progress_style(arguments.progress));
        const auto existing = arguments.replaces ? ArchiveFile::Existing::replace : ArchiveFile::Existing::refuse;
        outcome = build_base_map(arguments.archive, options, existing, [&](std::uint64_t done, std::uint64_t total, std::string_view unit) {
            Interruption::check();
            line.update(done, total, unit);
        });
    }
    if (arguments.json) {
        print_json(outcome);
        return;
    }
    fmt::print("{}", importers::describe(outcome.report));
    const std::string thinned = outcome.map.thinned_tiles > 0 ? fmt::format(", {} thinned to its budget", outcome.map.thinned_tiles) : "";
    fmt::print("{}: {} tiles, {} of them different{}, {} bytes\n", arguments.archive, outcome.archive.tiles, outcome.archive.contents, thinned,
               outcome.archive.bytes);
}

} // namespace keyaki::server::commands
