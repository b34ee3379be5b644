#include "geo/error.hpp"
#include "server/commands/command.hpp"
#include "server/commands/import_publishing.hpp"
#include "server/commands/progress.hpp"
#include "server/osm/osm_import.hpp"
#include "server/report_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

struct OsmArguments {
    Common common;
    Publishing publishing;
    std::string file;
    std::vector<std::string> files; ///< of changes
    std::optional<std::uint64_t> from_sequence;
    std::string bbox;
    std::string conflicts = "draft";
    std::string progress = "auto";
};

std::string time_text(const data::OsmExtract &extract) { return format_rfc3339(extract.changed_at_s * 1'000'000); }

ordered_json kept_json(const OsmImportOutcome &outcome) {
    if (!outcome.kept) {
        return {{"because", outcome.not_kept_because}};
    }
    const data::OsmExtract &kept = *outcome.kept;
    return {{"source", kept.source},
            {"bytes", kept.size_bytes},
            {"changed_at", kept.changed_at_s > 0 ? ordered_json(time_text(kept)) : ordered_json(nullptr)},
            {"sequence", kept.sequence > 0 ? ordered_json(kept.sequence) : ordered_json(nullptr)}};
}

ordered_json outcome_json(const OsmImportOutcome &outcome, const RevisionsByLayer &revisions) {
    ordered_json json{{"report", osm_report_json(outcome.report)},
                      {"layers", ordered_json::object()},
                      {"left_alone", outcome.left_alone},
                      {"edits", osm_edits_json(outcome.findings)},
                      {"extract", kept_json(outcome)}};
    for (const auto &[layer, changes] : outcome.layers) {
        const auto revision = revisions.find(layer);
        json["layers"][layer] = changes_json(changes);
        json["layers"][layer]["revision"] = revision != revisions.end() ? ordered_json(revision->second.number) : ordered_json(nullptr);
    }
    return json;
}

/// Features that the city edited and OpenStreetMap has otherwise.
void print_edits(const imports::Findings &findings) {
    constexpr std::size_t most = 20; // of the terminal; --json has a thousand
    const auto print_some = [](const char *what, const imports::Listing<imports::MetFeature> &met) {
        for (std::size_t i = 0; i < met.entries().size() && i < most; ++i) {
            const imports::MetFeature &one = met.entries()[i];
            fmt::print("{} {} {}: OpenStreetMap has it {}, the city {}; taken: {}\n", what, one.feature.id, one.feature.name, one.file_says,
                       one.draft_says, one.taken == "city" ? "the city's" : "OpenStreetMap's");
        }
        if (met.count() > most) {
            fmt::print("{} … and {} more\n", what, met.count() - most);
        }
    };
    print_some("in conflict", findings.conflicts);
    print_some("kept edit", findings.kept_edits);
}

void print_outcome(const OsmImportOutcome &outcome, const RevisionsByLayer &revisions) {
    for (const auto &[layer, changes] : outcome.layers) {
        const auto revision = revisions.find(layer);
        fmt::print("{:<20} {:>8} added, {} changed, {} removed, {} unchanged{}\n", layer, changes.added, changes.changed, changes.removed,
                   changes.unchanged,
                   revision != revisions.end() ? fmt::format("; published as revision {}", revision->second.number) : std::string());
    }
    for (const std::string &layer : outcome.left_alone) {
        fmt::print("{:<20} is the city's own layer and was left as it is\n", layer);
    }
    fmt::print("{}\n", importers::describe(outcome.report));
    print_edits(outcome.findings);
    if (outcome.kept) {
        fmt::print("the extract is kept for change files: {} bytes{}\n", outcome.kept->size_bytes,
                   outcome.kept->changed_at_s > 0 ? ", current to " + time_text(*outcome.kept) : std::string());
    } else {
        fmt::print("no extract is kept for change files: {}\n", outcome.not_kept_because);
    }
}

/// Publishes, where that was asked for, and then says what was read and what is in the drafts, also where the publish was refused.
template <typename Print>
void publish_and_print(data::Store &store, const OsmImportOutcome &outcome, const Publishing &publishing, const std::string &file_name,
                       const Print &print) {
    RevisionsByLayer revisions;
    std::exception_ptr refusal;
    try {
        revisions = publishing.publishes ? publish_changed(store, outcome.layers, publishing, file_name) : RevisionsByLayer();
    } catch (const geo::Error &) {
        refusal = std::current_exception();
    }
    print(revisions);
    if (refusal) {
        std::rethrow_exception(refusal);
    }
}

void require_file(const std::string &file) {
    if (!std::filesystem::exists(file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", file));
    }
}

void import_osm_file(const OsmArguments &arguments) {
    OsmImport import;
    import.file = arguments.file;
    import.box = parse_box_option(arguments.bbox);
    import.conflicts = conflict_rules().at(arguments.conflicts);
    import.author = command_line_author();
    const Interruption interruption;
    require_file(arguments.file);
    OsmImportOutcome outcome;
    const auto store = arguments.common.open(true);
    {
        ProgressLine line(arguments.file, parse_progress_style(arguments.progress));
        outcome = import_osm(*store, import, progress_to(line));
    }
    publish_and_print(*store, outcome, arguments.publishing, import.file.filename().string(), [&](const RevisionsByLayer &revisions) {
        if (arguments.common.json) {
            fmt::print("{}\n", outcome_json(outcome, revisions).dump());
        } else {
            print_outcome(outcome, revisions);
        }
    });
}

/// What the drafts of OpenStreetMap's layers would change.
ChangesByLayer waiting_drafts(data::Store &store) {
    ChangesByLayer waiting;
    for (const data::Layer &layer : store.layers()) {
        if (layer.has_draft && layer.spec.attribution == osm_attribution) {
            waiting.emplace(layer.spec.id, store.draft_changes(layer.spec.id));
        }
    }
    return waiting;
}

void print_changes(const OsmArguments &arguments, const OsmChangesOutcome &outcome, const RevisionsByLayer &revisions) {
    if (arguments.common.json) {
        ordered_json json = outcome.files == 0 ? ordered_json::object() : outcome_json(outcome.import, revisions);
        json["change_files"] = outcome.files;
        json["change_files_left"] = outcome.files_left;
        for (const auto &[layer, revision] : revisions) {
            json["layers"][layer]["revision"] = revision.number;
        }
        json["changes"] = osm_changes_json(outcome.changes);
        fmt::print("{}\n", json.dump());
        return;
    }
    if (outcome.files == 0) {
        fmt::print("there are no changes after those that the extract has\n");
        for (const auto &[layer, revision] : revisions) {
            fmt::print("{:<20} its draft, of changes before, was published as revision {}\n", layer, revision.number);
        }
        return;
    }
    fmt::print("{}\n", describe(outcome.changes));
    print_outcome(outcome.import, revisions);
    if (outcome.files_left > 0) {
        fmt::print("{} files of the folder are left: import it again\n", outcome.files_left);
    }
}

void import_change_files(const OsmArguments &arguments) {
    OsmChangesImport import;
    for (const std::string &file : arguments.files) {
        require_file(file);
        import.files.emplace_back(file);
    }
    import.from_sequence = arguments.from_sequence;
    import.conflicts = conflict_rules().at(arguments.conflicts);
    import.author = command_line_author();
    import.work_folder = arguments.common.settings().upload_folder;
    const Interruption interruption;
    OsmChangesOutcome outcome;
    const auto store = arguments.common.open();
    {
        ProgressLine line(arguments.files.back(), parse_progress_style(arguments.progress));
        outcome = import_osm_changes(*store, import, progress_to(line));
    }
    if (outcome.files == 0) {
        outcome.import.layers = waiting_drafts(*store); // of a publish that was refused before
    }
    publish_and_print(*store, outcome.import, arguments.publishing, import.files.back().filename().string(),
                      [&](const RevisionsByLayer &revisions) { print_changes(arguments, outcome, revisions); });
}

void add_shared_options(CLI::App &command, OsmArguments &arguments) {
    add_common_options(command, arguments.common, true);
    command.add_option("--progress", arguments.progress, "auto, json or none");
    command
        .add_option("--conflicts", arguments.conflicts,
                    "What counts where both the city and OpenStreetMap changed a feature: draft (the city), file or refuse")
        ->check(CLI::IsMember(names_of(conflict_rules())));
    add_publishing_options(command, arguments.publishing);
}

} // namespace

void add_import_osm(CLI::App &import) {
    const auto arguments = std::make_shared<OsmArguments>();
    auto *command = import.add_subcommand("osm", "An OpenStreetMap file into layers; it is kept, so that changes can follow");
    command->footer("Example: keyaki import osm kiyose.osm.pbf --bbox 139.49,35.76,139.55,35.81 --publish");
    command->add_option("file", arguments->file, ".osm.pbf, .osm, .osm.bz2, .osm.gz or .opl")->required();
    command->add_option("--bbox", arguments->bbox, "Only what meets this box: west,south,east,north");
    add_shared_options(*command, *arguments);
    command->callback([arguments] { import_osm_file(*arguments); });
}

void add_import_changes(CLI::App &import) {
    const auto arguments = std::make_shared<OsmArguments>();
    auto *command = import.add_subcommand("changes", "Changes of OpenStreetMap (osmChange) over the extract that was imported last");
    command->footer("Example: keyaki import changes 2026-11-26.osc.gz --publish\nExample: keyaki import changes /srv/replication/hour --publish");
    command
        ->add_option("files", arguments->files,
                     ".osc, .osc.gz or .osc.bz2 in any order, or the folder of a replication (state.txt, 000/001/234.osc.gz)")
        ->required();
    command->add_option("--from", arguments->from_sequence,
                        "The first change to be taken of a folder: where the extract does not tell how far it is, or to lay some over it again");
    add_shared_options(*command, *arguments);
    command->callback([arguments] { import_change_files(*arguments); });
}

} // namespace keyaki::server::commands
