#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/commands/progress.hpp"
#include "server/flows/import.hpp"
#include "server/query.hpp"
#include "server/report_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

/// What the import commands share.
struct ImportArguments {
    Common common;
    LayerImport import;
    std::string file;
    std::string bbox;
    std::string message;
    std::string progress = "auto";
    bool is_dry_run = false;
    bool merges = false;
    bool publishes = false;
    bool confirm = false;
};

/// Progress that also ends the import when somebody pressed Ctrl-C.
importers::Progress progress_to(ProgressLine &line) {
    return [&line](std::uint64_t done, std::uint64_t total, std::string_view unit) {
        Interruption::check();
        line.update(done, total, unit);
    };
}

ordered_json changes_json(const data::DraftChanges &changes) {
    return {{"added", changes.added}, {"changed", changes.changed}, {"removed", changes.removed}, {"unchanged", changes.unchanged}};
}

bool changes_anything(const data::DraftChanges &changes) { return changes.added + changes.changed + changes.removed > 0; }

using ChangesByLayer = std::map<std::string, data::DraftChanges>;
using RevisionsByLayer = std::map<std::string, data::Revision>;

/// Publishes the layers that changed, all of them or, where one is refused, none.
RevisionsByLayer publish_changed(data::Store &store, const ChangesByLayer &layers, const ImportArguments &arguments) {
    RevisionsByLayer revisions;
    const std::string message = arguments.message.empty() ? std::filesystem::path(arguments.file).filename().string() : arguments.message;
    const std::string author = command_line_author();
    store.write([&](data::WriteTransaction &books) {
        for (const auto &[layer, changes] : layers) {
            if (changes_anything(changes)) {
                revisions.emplace(layer, books.publish(layer, author, message, arguments.confirm, now_us()));
            }
        }
    });
    return revisions;
}

/// Opens the database, making a new one for a first import, but not for a file that is not there.
std::unique_ptr<data::Store> open_for(const ImportArguments &arguments) {
    if (!std::filesystem::exists(arguments.file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", arguments.file));
    }
    return arguments.common.open(true);
}

void import_one_layer(ImportArguments &arguments) {
    const Interruption interruption;
    ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
    if (arguments.is_dry_run) {
        const importers::ImportReport report = dry_run(arguments.file, arguments.import.options, progress_to(line));
        fmt::print("{}\n", arguments.common.json ? report_json(report).dump() : importers::describe(report));
        return;
    }
    const auto store = open_for(arguments);
    arguments.import.file = arguments.file;
    arguments.import.author = command_line_author();
    arguments.import.mode = arguments.merges ? data::Store::DraftMode::merge : data::Store::DraftMode::replace;
    const ImportOutcome outcome = import_layer(*store, arguments.import, progress_to(line));
    const std::string &layer = arguments.import.layer.id;
    const RevisionsByLayer revisions = arguments.publishes ? publish_changed(*store, {{layer, outcome.changes}}, arguments) : RevisionsByLayer();
    const auto revision = revisions.empty() ? std::nullopt : std::optional(revisions.begin()->second);
    if (arguments.common.json) {
        ordered_json json = report_json(outcome.report);
        json["changes"] = changes_json(outcome.changes);
        json["revision"] = revision ? ordered_json(revision->number) : ordered_json(nullptr);
        fmt::print("{}\n", json.dump());
        return;
    }
    fmt::print("{}\n", importers::describe(outcome.report));
    fmt::print("{}: {} added, {} changed, {} removed, {} unchanged\n", layer, outcome.changes.added, outcome.changes.changed, outcome.changes.removed,
               outcome.changes.unchanged);
    if (revision) {
        fmt::print("published as {}@{}\n", layer, revision->number);
    } else if (changes_anything(outcome.changes)) {
        fmt::print("in the draft of {0}: `keyaki layer diff {0}` shows it, `keyaki layer publish {0}` publishes it\n", layer);
    } else {
        fmt::print("nothing differs from what is published\n");
    }
}

std::optional<geo::LonLatBox> parse_import_box(const std::string &text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto boxes = parse_bbox(text);
    if (boxes.size() != 1) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("--bbox must not cross the antimeridian, found {}", text));
    }
    return boxes.front();
}

void print_osm_outcome(const Common &common, const OsmImportOutcome &outcome, const RevisionsByLayer &revisions) {
    ordered_json json{{"report", osm_report_json(outcome.report)}, {"layers", ordered_json::object()}, {"left_alone", outcome.left_alone}};
    for (const auto &[layer, changes] : outcome.layers) {
        const auto revision = revisions.find(layer);
        const bool is_published = revision != revisions.end();
        json["layers"][layer] = changes_json(changes);
        json["layers"][layer]["revision"] = is_published ? ordered_json(revision->second.number) : ordered_json(nullptr);
        if (!common.json) {
            fmt::print("{:<20} {:>8} added, {} changed, {} removed, {} unchanged{}\n", layer, changes.added, changes.changed, changes.removed,
                       changes.unchanged, is_published ? fmt::format("; published as revision {}", revision->second.number) : std::string());
        }
    }
    if (common.json) {
        fmt::print("{}\n", json.dump());
        return;
    }
    for (const std::string &layer : outcome.left_alone) {
        fmt::print("{:<20} is the city's own layer and was left as it is\n", layer);
    }
    fmt::print("{}\n", importers::describe(outcome.report));
}

void import_osm_file(ImportArguments &arguments) {
    const auto box = parse_import_box(arguments.bbox);
    const Interruption interruption;
    ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
    const auto store = open_for(arguments);
    const OsmImportOutcome outcome = import_osm(*store, arguments.file, box, command_line_author(), progress_to(line));
    RevisionsByLayer revisions;
    std::exception_ptr refusal; // of the publish: what was read and what is in the drafts is told all the same
    try {
        revisions = arguments.publishes ? publish_changed(*store, outcome.layers, arguments) : RevisionsByLayer();
    } catch (const geo::Error &) {
        refusal = std::current_exception();
    }
    print_osm_outcome(arguments.common, outcome, revisions);
    if (refusal) {
        std::rethrow_exception(refusal);
    }
}

void import_whole_city(ImportArguments &arguments) {
    const Interruption interruption;
    ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
    const auto store = open_for(arguments);
    const CityOutcome outcome = import_city(*store, arguments.file, command_line_author(), arguments.confirm, progress_to(line));
    ordered_json json{{"name", outcome.name}, {"layers", ordered_json::array()}, {"rallies", outcome.rallies}};
    for (const auto &layer : outcome.layers) {
        json["layers"].push_back({{"id", layer.id}, {"features", layer.features}, {"revision", layer.revision}, {"published", layer.published}});
        if (!arguments.common.json) {
            fmt::print("{:<20} {:>6} features, revision {}{}\n", layer.id, layer.features, layer.revision, layer.published ? "" : " (as it was)");
        }
    }
    if (arguments.common.json) {
        fmt::print("{}\n", json.dump());
    } else {
        fmt::print("{}: {} layers and {} rallies\n", outcome.name, outcome.layers.size(), outcome.rallies.size());
    }
}

void add_layer_options(CLI::App &command, ImportArguments &arguments) {
    importers::ImportOptions &options = arguments.import.options;
    command.add_option("--encoding", options.encoding, "The file's text encoding (cp932, utf-8, …); found out when not said");
    command.add_option("--crs", options.crs, "The file's coordinate reference system (EPSG:6677); found out when not said");
    command.add_option("--key", options.key_column, "The column whose value is the feature's id");
    command.add_option("--lon-column", options.lon_column, "The column of longitudes (or eastings with --crs)");
    command.add_option("--lat-column", options.lat_column, "The column of latitudes (or northings with --crs)");
    command.add_option("--layer-in-file", options.layer_in_file, "Which layer of a GeoPackage or which file of a zip");
    command.add_option("--title-ja", arguments.import.layer.title_ja, "Title of a new layer, Japanese");
    command.add_option("--title-en", arguments.import.layer.title_en, "Title of a new layer, English");
    command.add_flag("--merge", arguments.merges, "Add to the layer; features that the file does not have stay");
    command.add_flag("--dry-run", arguments.is_dry_run, "Only report what the file holds");
}

void add_publishing_options(CLI::App &command, ImportArguments &arguments) {
    command.add_flag("--publish", arguments.publishes, "Publish at once");
    command.add_option("--message", arguments.message, "Why, for the history (the file's name)");
    command.add_flag("--confirm", arguments.confirm, "Publish also when more than a tenth of the layer goes");
}

CLI::App *add_import_command(CLI::App &import, const std::shared_ptr<ImportArguments> &arguments, const char *name, const char *what,
                             const char *example) {
    auto *command = import.add_subcommand(name, what);
    command->footer(std::string("Example: ") + example);
    add_common_options(*command, arguments->common, true);
    command->add_option("--progress", arguments->progress, "auto, json or none");
    return command;
}

} // namespace

void add_import(CLI::App &keyaki) {
    auto *import = keyaki.add_subcommand("import", "Bring files into the city's layers");
    import->require_subcommand(1);
    const auto arguments = std::make_shared<ImportArguments>();

    auto *layer = add_import_command(*import, arguments, "layer", "A file of city data into a layer's draft",
                                     "keyaki import layer shelters shelters.csv --key 共通ID --publish --message '今年の一覧'");
    layer->add_option("layer", arguments->import.layer.id, "The layer's id")->required();
    layer->add_option("file", arguments->file, "CSV, TSV, Shapefile (also zipped), GeoPackage, GeoJSON, FlatGeobuf, KML, GPX")->required();
    add_layer_options(*layer, *arguments);
    add_publishing_options(*layer, *arguments);
    layer->callback([arguments] { import_one_layer(*arguments); });

    auto *osm = add_import_command(*import, arguments, "osm", "An OpenStreetMap file into the layers of the base map",
                                   "keyaki import osm kiyose.osm.pbf --bbox 139.49,35.76,139.55,35.81 --publish");
    osm->add_option("file", arguments->file, ".osm.pbf, .osm, .osm.bz2, .osm.gz or .opl")->required();
    osm->add_option("--bbox", arguments->bbox, "Only what meets this box: west,south,east,north");
    add_publishing_options(*osm, *arguments);
    osm->callback([arguments] { import_osm_file(*arguments); });

    auto *city = add_import_command(*import, arguments, "city", "All layers and rallies that a city.json names, published",
                                    "keyaki import city data/samples/kiyose/city.json");
    city->add_option("file", arguments->file, "The city's manifest")->required();
    city->add_flag("--confirm", arguments->confirm, "Publish also when more than a tenth of a layer goes");
    city->callback([arguments] { import_whole_city(*arguments); });
}

} // namespace keyaki::server::commands
