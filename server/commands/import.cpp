#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/commands/import_publishing.hpp"
#include "server/commands/progress.hpp"
#include "server/flows/import.hpp"
#include "server/imports/report_csv.hpp"
#include "server/imports/report_html.hpp"
#include "server/report_json.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

/// What the import commands share.
struct ImportArguments {
    Common common;
    LayerImport import;
    std::string file;
    std::string bbox;
    Publishing publishing;
    std::string report_file;
    std::string match = "auto";
    std::string conflicts = "draft";
    std::string progress = "auto";
    bool is_dry_run = false;
    bool merges = false;
};

std::string file_name(const ImportArguments &arguments) { return std::filesystem::path(arguments.file).filename().string(); }

const std::map<std::string, imports::MatchRule> &match_rules() {
    static const std::map<std::string, imports::MatchRule> rules{
        {"auto", imports::MatchRule::automatic}, {"key", imports::MatchRule::key}, {"place-name", imports::MatchRule::name_and_place}};
    return rules;
}

/// Opens the database, making a new one for a first import, but not for a file that is not there.
std::unique_ptr<data::Store> open_for(const ImportArguments &arguments) {
    if (!std::filesystem::exists(arguments.file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", arguments.file));
    }
    return arguments.common.open(true);
}

/// In the form that the file's name says. A file that is there is replaced as a whole.
void write_report(const std::string &file, const ImportOutcome &outcome, const ImportArguments &arguments) {
    const std::string extension = std::filesystem::path(file).extension().string();
    const std::string source = std::filesystem::path(arguments.file).filename().string();
    const std::string text = extension == ".csv" ? imports::report_csv(outcome)
                             : extension == ".html"
                                 ? imports::report_html(outcome, fmt::format("{} ← {}", arguments.import.layer.id, source), arguments.is_dry_run)
                                 : outcome_json(outcome).dump(2) + "\n";
    write_text_file(file, text);
}

void check_report_file(const std::string &file) {
    const std::string extension = std::filesystem::path(file).extension().string();
    if (!file.empty() && extension != ".json" && extension != ".csv" && extension != ".html") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected --report with a file of .json, .csv or .html, found {}", file));
    }
}

/// What the file alone holds, where there is no database to set it against.
void look_at_file(const ImportArguments &arguments, ProgressLine &line) {
    ImportOutcome outcome;
    outcome.report = dry_run(arguments.file, arguments.import.options, progress_to(line));
    outcome.has_changes = false;
    fmt::print("{}\n", arguments.common.json ? report_json(outcome.report).dump() : importers::describe(outcome.report));
    if (!arguments.report_file.empty()) {
        write_report(arguments.report_file, outcome, arguments);
    }
}

void print_lists(const imports::Findings &findings) {
    const auto print_some = [](const char *what, std::uint64_t count, const auto &entries, const auto &text) {
        constexpr std::size_t most = 20; // of the terminal; the report file has them all
        for (std::size_t i = 0; i < entries.size() && i < most; ++i) {
            fmt::print("{} {}\n", what, text(entries[i]));
        }
        if (count > most) {
            fmt::print("{} … and {} more\n", what, count - most);
        }
    };
    const auto met = [](const imports::MetFeature &one) {
        return fmt::format("{} {}: the file has it {}, the draft {}; taken from the {}", one.feature.id, one.feature.name, one.file_says,
                           one.draft_says, one.taken);
    };
    print_some("in conflict", findings.conflicts.count(), findings.conflicts.entries(), met);
    print_some("kept edit", findings.kept_edits.count(), findings.kept_edits.entries(), met);
    print_some("kept", findings.kept.count(), findings.kept.entries(), [](const imports::KeptFeature &kept) {
        return fmt::format("{} {}: stays as it is, since its row {} was refused", kept.feature.id, kept.feature.name, kept.row);
    });
    print_some("moved", findings.moved.count(), findings.moved.entries(), [](const imports::MovedFeature &moved) {
        return fmt::format("{} {}: {:.1f} m", moved.feature.id, moved.feature.name, moved.distance_m);
    });
    print_some("removed", findings.removed.count(), findings.removed.entries(),
               [](const imports::NamedFeature &feature) { return fmt::format("{} {}", feature.id, feature.name); });
}

void print_outcome(const ImportArguments &arguments, const ImportOutcome &outcome, const std::optional<data::Revision> &revision) {
    const std::string &layer = arguments.import.layer.id;
    if (arguments.common.json) {
        ordered_json json = outcome_json(outcome);
        json["revision"] = revision ? ordered_json(revision->number) : ordered_json(nullptr);
        fmt::print("{}\n", json.dump());
        return;
    }
    fmt::print("{}\n", importers::describe(outcome.report));
    print_lists(outcome.findings);
    if (outcome.has_changes) {
        fmt::print("{}: {} added, {} changed, {} removed, {} unchanged\n", layer, outcome.changes.added, outcome.changes.changed,
                   outcome.changes.removed, outcome.changes.unchanged);
    }
    if (revision) {
        fmt::print("published as {}@{}\n", layer, revision->number);
    } else if (arguments.is_dry_run) {
        fmt::print("a dry run: the draft was not changed\n");
    } else if (changes_anything(outcome.changes)) {
        fmt::print("in the draft of {0}: `keyaki layer diff {0}` shows it, `keyaki layer publish {0}` publishes it\n", layer);
    } else {
        fmt::print("nothing differs from what is published\n");
    }
}

/// The report is written also where nothing could be taken: that is when it is needed most.
ImportOutcome import_and_report(data::Store &store, const ImportArguments &arguments, ProgressLine &line) {
    const auto report = [&](const ImportOutcome &outcome) {
        if (!arguments.report_file.empty()) {
            write_report(arguments.report_file, outcome, arguments);
        }
    };
    try {
        ImportOutcome outcome = import_layer(store, arguments.import, progress_to(line));
        report(outcome);
        return outcome;
    } catch (const ImportRefused &refusal) {
        report(refusal.outcome());
        throw;
    }
}

void import_one_layer(ImportArguments &arguments) {
    check_report_file(arguments.report_file);
    const Interruption interruption;
    ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
    if (arguments.is_dry_run && !std::filesystem::exists(arguments.common.settings().database)) {
        return look_at_file(arguments, line);
    }
    const auto store = open_for(arguments);
    LayerImport &import = arguments.import;
    import.file = arguments.file;
    import.author = command_line_author();
    import.mode = arguments.merges ? data::Store::DraftMode::merge : data::Store::DraftMode::replace;
    import.is_dry_run = arguments.is_dry_run;
    import.match = match_rules().at(arguments.match);
    import.conflicts = conflict_rules().at(arguments.conflicts);
    const ImportOutcome outcome = import_and_report(*store, arguments, line);
    const bool publishes = arguments.publishing.publishes && !arguments.is_dry_run;
    const RevisionsByLayer revisions =
        publishes ? publish_changed(*store, {{import.layer.id, outcome.changes}}, arguments.publishing, file_name(arguments)) : RevisionsByLayer();
    print_outcome(arguments, outcome, revisions.empty() ? std::nullopt : std::optional(revisions.begin()->second));
}

void import_whole_city(ImportArguments &arguments) {
    const Interruption interruption;
    ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
    const auto store = open_for(arguments);
    const CityOutcome outcome = import_city(*store, arguments.file, command_line_author(), arguments.publishing.confirm, progress_to(line));
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
    add_reading_options(command, arguments.import.options);
    command.add_option("--title-ja", arguments.import.layer.title_ja, "Title of a new layer, Japanese");
    command.add_option("--title-en", arguments.import.layer.title_en, "Title of a new layer, English");
    command.add_flag("--merge", arguments.merges, "Add to the layer; features that the file does not have stay");
    command.add_flag("--dry-run", arguments.is_dry_run, "Only report what would happen");
    command.add_option("--report", arguments.report_file, "Write the report to this file too: .json, .csv or .html");
}

void add_matching_options(CLI::App &command, ImportArguments &arguments) {
    command.add_option("--match", arguments.match, "How rows find their features: auto (id, else name and place), key or place-name")
        ->check(CLI::IsMember(names_of(match_rules())));
    command.add_option("--match-radius", arguments.import.match_radius_m, "Metres within which an equal name is the same place (200)")
        ->check(CLI::Range(1.0, imports::max_match_radius_m));
    command
        .add_option("--conflicts", arguments.conflicts,
                    "What counts where both the file and an edit of the draft changed a feature: draft, file or refuse")
        ->check(CLI::IsMember(names_of(conflict_rules())));
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

void add_reading_options(CLI::App &command, importers::ImportOptions &options) {
    command.add_option("--encoding", options.encoding, "The file's text encoding (cp932, utf-8, …); found out when not said");
    command.add_option("--crs", options.crs, "The file's coordinate reference system (EPSG:6677); found out when not said");
    command.add_option("--key", options.key_column, "The column whose value is the feature's id");
    command.add_option("--lon-column", options.lon_column, "The column of longitudes (or eastings with --crs)");
    command.add_option("--lat-column", options.lat_column, "The column of latitudes (or northings with --crs)");
    command.add_option("--layer-in-file", options.layer_in_file, "Which layer of a GeoPackage, file of a zip or sheet of a workbook");
    command.add_option(
        "--preset", options.preset,
        "The standard table that the file is (evacuation_space, public_toilet, aed, public_facility), or none; found out when not said");
}

void add_import(CLI::App &keyaki) {
    auto *import = keyaki.add_subcommand("import", "Bring files into the city's layers");
    import->require_subcommand(1);
    const auto arguments = std::make_shared<ImportArguments>();

    auto *layer = add_import_command(*import, arguments, "layer", "A file of city data into a layer's draft",
                                     "keyaki import layer shelters shelters.csv --key 共通ID --publish --message '今年の一覧'");
    layer->add_option("layer", arguments->import.layer.id, "The layer's id")->required();
    layer->add_option("file", arguments->file, "CSV, TSV, XLSX, Shapefile (also zipped), GeoPackage, GeoJSON, FlatGeobuf, KML, GPX")->required();
    add_layer_options(*layer, *arguments);
    add_matching_options(*layer, *arguments);
    add_publishing_options(*layer, arguments->publishing);
    layer->callback([arguments] { import_one_layer(*arguments); });

    add_import_osm(*import);
    add_import_changes(*import);

    auto *city = add_import_command(*import, arguments, "city", "All layers and rallies that a city.json names, published",
                                    "keyaki import city data/samples/kiyose/city.json");
    city->add_option("file", arguments->file, "The city's manifest")->required();
    city->add_flag("--confirm", arguments->publishing.confirm, "Publish also when more than a tenth of a layer goes");
    city->callback([arguments] { import_whole_city(*arguments); });
}

} // namespace keyaki::server::commands
