#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "importers/osm_source.hpp"
#include "server/commands/base_map.hpp"
#include "server/commands/file_tiles.hpp"
#include "server/commands/progress.hpp"
#include "server/flows/archive_survey.hpp"
#include "server/flows/tile_archive.hpp"
#include "server/flows/tile_files.hpp"
#include "server/imports/upload_folder.hpp"
#include "server/osm/kept_extract.hpp"

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
    bool replaces = false;
    bool is_osm = false; ///< --osm: the base map of the kept extract
    std::string from;    ///< --from: a base map's extract or a file of features instead of the city's layers
    std::string ocean;
    std::string layer_name;
    importers::ImportOptions reading;
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

std::shared_ptr<const TileSet> published_set(Snapshots &snapshots, const std::string &layers) {
    auto set = find_tile_set(snapshots, layers);
    if (!set) {
        throw geo::Error(geo::ErrorKind::not_found,
                         fmt::format("expected published layers that everyone may see, found \"{}\"; `keyaki layers` lists them", layers));
    }
    return set;
}

/// What was written, of a folder or an archive.
struct Written {
    std::uint64_t tiles = 0;
    std::uint64_t contents = 0; ///< different tiles of an archive; 0: of a folder
    std::uint64_t bytes = 0;
};

Written write(const TileSet &set, const TileArguments &arguments, const TileFileOptions &options, const TileProgress &progress) {
    if (!archive_format_of(arguments.path)) {
        if (arguments.replaces) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("--replace is for an archive, whose name ends in .pmtiles or .mbtiles, found {}", arguments.path));
        }
        const TileFolderOutcome outcome = write_tile_folder(set, arguments.path, options, progress);
        return {outcome.tiles, 0, outcome.bytes};
    }
    const auto existing = arguments.replaces ? ArchiveFile::Existing::replace : ArchiveFile::Existing::refuse;
    const tiles::ArchiveOutcome outcome = write_tile_archive(set, arguments.path, options, existing, progress);
    return {outcome.tiles, outcome.contents, outcome.bytes};
}

void build(const TileArguments &arguments) {
    if (!arguments.ocean.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "--ocean is for the base map of an extract: --from FILE or --osm");
    }
    const TileFileOptions options{parse_zooms(arguments.zooms), arguments.all_layers_at_all_zooms, arguments.threads};
    const Interruption interruption;
    const auto store = arguments.common.open();
    Snapshots snapshots(*store);
    const auto set = published_set(snapshots, arguments.layers);
    Written written;
    {
        ProgressLine line(arguments.path, parse_progress_style(arguments.progress));
        written = write(*set, arguments, options, progress_to(line));
    }
    if (arguments.common.json) {
        ordered_json json{{"tiles", written.tiles}, {"bytes", written.bytes}, {"revisions", set->revision_header}};
        if (written.contents > 0) {
            json["contents"] = written.contents;
        }
        fmt::print("{}\n", json.dump());
    } else {
        const std::string different = written.contents > 0 ? fmt::format(", {} of them different", written.contents) : std::string();
        fmt::print("{}: {} tiles{}, {} bytes ({})\n", arguments.path, written.tiles, different, written.bytes, set->revision_header);
    }
}

void build_base_map_of(const TileArguments &arguments) {
    build_base_map_archive(
        {arguments.path, arguments.from, arguments.ocean, arguments.progress, arguments.threads, arguments.replaces, arguments.common.json});
}

void build_from_file(const TileArguments &arguments) {
    FileTilesOptions options;
    options.file = arguments.from;
    options.reading = arguments.reading;
    options.layer = arguments.layer_name;
    options.zooms = parse_zooms(arguments.zooms);
    options.threads = arguments.threads;
    const auto existing = arguments.replaces ? ArchiveFile::Existing::replace : ArchiveFile::Existing::refuse;
    build_file_archive(arguments.path, options, existing, arguments.progress, arguments.common.json);
}

/// What says something of the one kind of file beside the other is refused, instead of being passed over.
void build_from(const CLI::App &command, const TileArguments &arguments) {
    const bool is_extract = importers::is_osm_file(arguments.from);
    const auto refuse_beside = [&](const std::vector<std::string> &names, const char *what) {
        for (const std::string &name : names) {
            if (command.count(name) > 0) {
                throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} excludes --from {}: {}", name, arguments.from, what));
            }
        }
    };
    if (is_extract) {
        refuse_beside({"--zoom", "--layer-name", "--encoding", "--crs", "--key", "--lon-column", "--lat-column", "--layer-in-file", "--preset"},
                      "an OpenStreetMap extract gives a base map with layers and zooms of its own");
        return build_base_map_of(arguments);
    }
    refuse_beside({"--ocean"}, "only the base map of an OpenStreetMap extract has a sea");
    build_from_file(arguments);
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
    for (const auto &[where, finding, standard] : survey.findings()) {
        json["findings"].push_back(
            {{"tile", where}, {"must", finding.is_error}, {"clause", standard + " " + finding.clause}, {"detail", finding.sentence}});
    }
    fmt::print("{}\n", json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

void print_row(const std::string &name, const tiles::TileSurvey::Zoom &zoom) {
    fmt::print("{:>5} {:>9} {:>10} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10} {:>8}\n", name, zoom.tiles, zoom.features, zoom.features_by_type[1],
               zoom.features_by_type[2], zoom.features_by_type[3], zoom.bytes, zoom.largest_bytes, zoom.violations, zoom.warnings);
}

void print_table(const tiles::TileSurvey &survey) {
    for (const auto &[where, finding, standard] : survey.findings()) {
        fmt::print("{}: {} {} {}: {}\n", where, finding.is_error ? "violates" : "should follow", standard, finding.clause, finding.sentence);
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
        const bool is_archive = archive_format_of(arguments.path).has_value() && !std::filesystem::is_directory(arguments.path);
        survey = is_archive ? survey_archive(arguments.path, arguments.threads, progress_to(line))
                            : verify_tile_files(arguments.path, arguments.threads, progress_to(line));
    }
    arguments.common.json ? print_json(survey) : print_table(survey);
    if (const auto total = survey.total(); total.violations > 0) {
        const std::string_view standard = archive_format_of(arguments.path) ? "MVT 2.1 and the archive's format" : "MVT 2.1";
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{} of {} tiles: {} violations of {}, expected none", arguments.path, total.tiles, total.violations, standard));
    }
}

void add_work_options(CLI::App &command, TileArguments &arguments) {
    command.add_option("--threads", arguments.threads, "Threads that work (all cores)")->check(CLI::Range(1, 256));
    command.add_option("--progress", arguments.progress, "auto, json or none");
}

/// The base map of the extract in the database.
void build_of_kept_extract(const TileArguments &arguments) {
    imports::UploadFolder folders(arguments.common.settings().upload_folder);
    const auto place = folders.make_place();
    const std::filesystem::path extract = place->folder() / "extract.osm.pbf";
    write_kept_extract(*arguments.common.open(), extract);
    build_base_map_archive(
        {arguments.path, extract.string(), arguments.ocean, arguments.progress, arguments.threads, arguments.replaces, arguments.common.json});
}

/// \pre the options of layers are there
void add_from_options(CLI::App &command, TileArguments &arguments) {
    auto *from = command.add_option("--from", arguments.from,
                                    "A file, as an archive, instead of published layers: an OpenStreetMap extract (.osm.pbf, .osm …), whose base "
                                    "map by Shortbread 1.0 it is, or features (GeoJSON, Shapefile, CSV … as `import layer` takes them)");
    for (const std::string name : {"--layers", "--all-layers-at-all-zooms", "--database", "--config"}) {
        from->excludes(command.get_option(name));
    }
    auto *osm = command.add_flag("--osm", arguments.is_osm,
                                 "An archive of the base map, of the extract that `import osm` keeps and `import changes` changes");
    for (const std::string name : {"--layers", "--all-layers-at-all-zooms", "--zoom", "--from"}) {
        osm->excludes(command.get_option(name));
    }
    command.add_option("--ocean", arguments.ocean, "With an extract: a Shapefile of water polygons, where it has no whole coastline");
    CLI::App *of_file = command.add_option_group("With --from");
    of_file->add_option("--layer-name", arguments.layer_name, "The features' layer in the tiles (the file's name)")->needs(from);
    add_reading_options(*of_file, arguments.reading);
    for (CLI::Option *option : of_file->get_options({})) {
        option->needs(from);
    }
}

} // namespace

void add_tiles(CLI::App &keyaki) {
    auto *tiles = keyaki.add_subcommand("tiles", "Make files of vector tiles, and check them");
    tiles->require_subcommand(1);
    const auto arguments = std::make_shared<TileArguments>();

    auto *building = tiles->add_subcommand("build", "Every tile of published layers, as one archive or as files in a folder");
    building->footer("Example: keyaki tiles build /srv/city.pmtiles --layers shelters,farm_stands --zoom 0-16");
    building
        ->add_option("out", arguments->path,
                     "Where; must not exist yet. A name that ends in .pmtiles or .mbtiles is an archive, any other a folder of {z}/{x}/{y}.mvt")
        ->required();
    building->add_flag("--replace", arguments->replaces, "An archive of that name is replaced, in one step, when the new one is whole");
    add_common_options(*building, arguments->common, true);
    building->add_option("--layers", arguments->layers, "Layers joined by commas, each perhaps with @revision, or city for all public ones");
    building->add_option("--zoom", arguments->zooms, "Zooms: 0-14, or one");
    building->add_flag("--all-layers-at-all-zooms", arguments->all_layers_at_all_zooms, "Draw layers outside of their own zooms too");
    add_work_options(*building, *arguments);
    add_from_options(*building, *arguments);
    building->callback([arguments, building] {
        arguments->is_osm ? build_of_kept_extract(*arguments) : arguments->from.empty() ? build(*arguments) : build_from(*building, *arguments);
    });

    auto *verifying = tiles->add_subcommand("verify", "Check tiles against Mapbox Vector Tile 2.1, clause by clause, and an archive's own format");
    verifying->footer("Example: keyaki tiles verify /srv/city.pmtiles");
    verifying->add_option("path", arguments->path, "An archive (.pmtiles, .mbtiles), a tile, gzipped or not, or a folder of {z}/{x}/{y}.mvt")
        ->required();
    verifying->add_flag("--json", arguments->common.json, "Print results as JSON");
    add_work_options(*verifying, *arguments);
    verifying->callback([arguments] { verify(*arguments); });
}

} // namespace keyaki::server::commands
