#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/commands/base_map.hpp"
#include "server/commands/progress.hpp"
#include "server/flows/tile_files.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <thread>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

struct TileArguments {
    Common common;
    std::string path;
    std::string layers = "city";
    std::string zooms = "0-14";
    std::string progress = "auto";
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    bool all_layers_at_all_zooms = false;
    std::string extract; ///< --from: the base map instead of the city's layers
    std::string ocean;
};

/// "0-14" or "12".
tiles::ZoomRange parse_zooms(const std::string &text) {
    const auto refuse = [&] {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("--zoom is a zoom or two of 0 to {} with a hyphen (0-14), found \"{}\"", geo::max_zoom, text));
    };
    const auto number = [&](const std::string &digits) {
        unsigned value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || value > geo::max_zoom) {
            refuse();
        }
        return static_cast<std::uint8_t>(value);
    };
    const std::size_t hyphen = text.find('-');
    const tiles::ZoomRange range{number(text.substr(0, hyphen)), number(hyphen == std::string::npos ? text : text.substr(hyphen + 1))};
    if (range.min > range.max) {
        refuse();
    }
    return range;
}

TileProgress progress_to(ProgressLine &line) {
    return [&line](std::uint64_t done, std::uint64_t total, std::string_view unit) {
        Interruption::check();
        line.update(done, total, unit);
    };
}

void build(const TileArguments &arguments) {
    const TileFolderOptions options{parse_zooms(arguments.zooms), arguments.all_layers_at_all_zooms, arguments.threads};
    const Interruption interruption;
    const auto store = arguments.common.open();
    Snapshots snapshots(*store);
    const auto set = find_tile_set(snapshots, arguments.layers);
    if (!set) {
        throw geo::Error(geo::ErrorKind::not_found,
                         fmt::format("expected published layers that everyone may see, found \"{}\"; `keyaki layers` lists them", arguments.layers));
    }
    TileFolderOutcome outcome;
    {
        ProgressLine line(arguments.path, parse_progress_style(arguments.progress));
        outcome = write_tile_folder(*set, arguments.path, options, progress_to(line));
    }
    if (arguments.common.json) {
        fmt::print("{}\n", ordered_json{{"tiles", outcome.tiles}, {"bytes", outcome.bytes}, {"revisions", set->revision_header}}.dump());
    } else {
        fmt::print("{}: {} tiles, {} bytes ({})\n", arguments.path, outcome.tiles, outcome.bytes, set->revision_header);
    }
}

void build_base_map_of(const TileArguments &arguments) {
    build_base_map_archive({arguments.path, arguments.extract, arguments.ocean, arguments.progress, arguments.threads, arguments.common.json});
}

ordered_json zoom_json(const tiles::TileSurvey::Zoom &zoom) {
    return {{"tiles", zoom.tiles},
            {"bytes", zoom.bytes},
            {"largest_bytes", zoom.largest_bytes},
            {"features", zoom.features},
            {"points", zoom.features_by_type[1]},
            {"lines", zoom.features_by_type[2]},
            {"polygons", zoom.features_by_type[3]},
            {"violations", zoom.violations},
            {"warnings", zoom.warnings}};
}

void print_json(const tiles::TileSurvey &survey) {
    ordered_json json{{"total", zoom_json(survey.total())}, {"zooms", ordered_json::object()}, {"findings", ordered_json::array()}};
    for (const auto &[zoom, counts] : survey.zooms()) {
        json["zooms"][fmt::to_string(zoom)] = zoom_json(counts);
    }
    for (const auto &[where, finding] : survey.findings()) {
        json["findings"].push_back(
            {{"tile", where}, {"must", finding.is_error}, {"clause", "MVT 2.1 " + finding.clause}, {"detail", finding.sentence}});
    }
    fmt::print("{}\n", json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

void print_row(const std::string &name, const tiles::TileSurvey::Zoom &zoom) {
    fmt::print("{:>5} {:>9} {:>10} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10} {:>8}\n", name, zoom.tiles, zoom.features, zoom.features_by_type[1],
               zoom.features_by_type[2], zoom.features_by_type[3], zoom.bytes, zoom.largest_bytes, zoom.violations, zoom.warnings);
}

void print_table(const tiles::TileSurvey &survey) {
    for (const auto &[where, finding] : survey.findings()) {
        fmt::print("{}: {} MVT 2.1 {}: {}\n", where, finding.is_error ? "violates" : "should follow", finding.clause, finding.sentence);
    }
    fmt::print("{:>5} {:>9} {:>10} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10} {:>8}\n", "zoom", "tiles", "features", "points", "lines", "polygons",
               "bytes", "largest", "violations", "warnings");
    for (const auto &[zoom, counts] : survey.zooms()) {
        print_row(zoom < 0 ? "-" : fmt::to_string(zoom), counts);
    }
    print_row("all", survey.total());
}

void verify(const TileArguments &arguments) {
    const Interruption interruption;
    tiles::TileSurvey survey;
    {
        ProgressLine line(arguments.path, parse_progress_style(arguments.progress));
        survey = verify_tile_files(arguments.path, arguments.threads, progress_to(line));
    }
    arguments.common.json ? print_json(survey) : print_table(survey);
    if (const auto total = survey.total(); total.violations > 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{} of {} tiles: {} violations of MVT 2.1, expected none", arguments.path, total.tiles, total.violations));
    }
}

void add_work_options(CLI::App &command, TileArguments &arguments) {
    command.add_option("--threads", arguments.threads, "Threads that work (all cores)")->check(CLI::Range(1, 256));
    command.add_option("--progress", arguments.progress, "auto, json or none");
}

} // namespace

void add_tiles(CLI::App &keyaki) {
    auto *tiles = keyaki.add_subcommand("tiles", "Make files of vector tiles, and check them");
    tiles->require_subcommand(1);
    const auto arguments = std::make_shared<TileArguments>();

    auto *building = tiles->add_subcommand("build", "Every tile of published layers, as files {z}/{x}/{y}.mvt in a folder");
    building->footer("Example: keyaki tiles build /srv/tiles --layers shelters,farm_stands --zoom 0-16");
    building->add_option("folder", arguments->path, "Where; must not exist yet")->required();
    add_common_options(*building, arguments->common, true);
    building->add_option("--layers", arguments->layers, "Layers joined by commas, each perhaps with @revision, or city for all public ones");
    building->add_option("--zoom", arguments->zooms, "Zooms: 0-14, or one");
    building->add_flag("--all-layers-at-all-zooms", arguments->all_layers_at_all_zooms, "Draw layers outside of their own zooms too");
    add_work_options(*building, *arguments);
    auto *from =
        building->add_option("--from", arguments->extract,
                             "An OpenStreetMap extract (.osm.pbf, .osm …): the base map of it as one archive, OUT.pmtiles, by Shortbread 1.0");
    building->add_option("--ocean", arguments->ocean, "With --from: a Shapefile of water polygons, where the extract has no whole coastline")
        ->needs(from);
    building->callback([arguments] { arguments->extract.empty() ? build(*arguments) : build_base_map_of(*arguments); });

    auto *verifying = tiles->add_subcommand("verify", "Check tiles against Mapbox Vector Tile 2.1, clause by clause");
    verifying->footer("Example: keyaki tiles verify /srv/tiles");
    verifying->add_option("path", arguments->path, "A tile, gzipped or not, or a folder of {z}/{x}/{y}.mvt")->required();
    verifying->add_flag("--json", arguments->common.json, "Print results as JSON");
    add_work_options(*verifying, *arguments);
    verifying->callback([arguments] { verify(*arguments); });
}

} // namespace keyaki::server::commands
