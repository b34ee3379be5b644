#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/flows/layer_change.hpp"
#include "server/revision_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

constexpr std::array geometry_names{"any", "point", "line", "polygon"};

std::string_view geometry_name(data::LayerGeometry geometry) { return geometry_names.at(static_cast<std::size_t>(geometry)); }

ordered_json layer_json(const data::Layer &layer) {
    ordered_json json{{"id", layer.spec.id},
                      {"title_ja", layer.spec.title_ja},
                      {"title_en", layer.spec.title_en},
                      {"geometry", geometry_name(layer.spec.geometry)},
                      {"visibility", layer.spec.visibility == data::Visibility::everyone ? "everyone" : "staff"},
                      {"revision", layer.revision},
                      {"features", layer.feature_count},
                      {"has_draft", layer.has_draft}};
    if (!layer.bounds.empty()) {
        json["bounds"] = {layer.bounds.west_deg, layer.bounds.south_deg, layer.bounds.east_deg, layer.bounds.north_deg};
    }
    return json;
}

void list(const Common &common) {
    const auto store = common.open();
    ordered_json layers = ordered_json::array();
    for (const data::Layer &layer : store->layers()) {
        layers.push_back(layer_json(layer));
        if (!common.json) {
            fmt::print("{:<20} revision {:<4} {:>8} features{}  {}\n", layer.spec.id, layer.revision, layer.feature_count,
                       layer.has_draft ? ", with a draft" : "", layer.spec.title_ja);
        }
    }
    if (common.json) {
        fmt::print("{}\n", layers.dump());
    }
}

data::Layer require_layer(data::Store &store, const std::string &id) {
    auto layer = store.find_layer(id);
    if (!layer) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no layer \"{}\"; `keyaki layers` lists them", id));
    }
    return *layer;
}

void show(const Common &common, const std::string &id) {
    const auto store = common.open();
    const data::Layer layer = require_layer(*store, id);
    ordered_json json = layer_json(layer);
    json["revisions"] = ordered_json::array();
    for (const data::Revision &revision : store->revisions(id)) {
        json["revisions"].push_back(revision_json(revision));
    }
    if (layer.has_draft) {
        json["draft"] = changes_json(store->draft_changes(id));
    }
    fmt::print("{}\n", common.json ? json.dump() : json.dump(2));
}

/// Counts, and every change as a line: for people, or as GeoJSON Features, each with both values, behind one line with the counts.
void diff(const Common &common, const std::string &id) {
    const auto store = common.open();
    require_layer(*store, id);
    const data::DraftSummary draft = store->draft_summary(id);
    const ordered_json counts = changes_json(draft);
    if (common.json) {
        fmt::print("{}\n", counts.dump());
    } else {
        fmt::print("{} added, {} removed, {} moved, {} changed, {} unchanged\n", draft.changes.added, draft.changes.removed, draft.moved,
                   draft.changes.changed - draft.moved, draft.changes.unchanged);
    }
    store->read_draft_changes(id, [&](data::Change &&change) {
        if (common.json) {
            std::string line;
            append_change(line, change);
            fmt::print("{}\n", line);
            return;
        }
        std::string what;
        for (const std::string &field : changed_properties(change)) {
            what += (what.empty() ? "  " : ", ") + field;
        }
        const auto distance = moved_m(change);
        fmt::print("{:<8} {}{}{}\n", change_name(change), change.after ? change.after->id : change.before->id,
                   distance ? fmt::format("  {:.0f} m", *distance) : "", what);
    });
}

void print_revision(const Common &common, const std::string &id, const data::Revision &revision) {
    if (common.json) {
        fmt::print("{}\n", revision_json(revision).dump());
    } else {
        fmt::print("{}@{}: {} added, {} changed, {} removed; {} features\n", id, revision.number, revision.added, revision.changed, revision.removed,
                   revision.feature_count);
    }
}

void publish(const Common &common, const std::string &id, const std::string &message, bool confirm) {
    const auto store = common.open();
    data::Revision revision;
    store->write([&](data::WriteTransaction &books) { revision = books.publish(id, command_line_author(), message, confirm, now_us()); });
    print_revision(common, id, revision);
}

void roll_back(const Common &common, const std::string &id, std::uint64_t to, const std::string &message) {
    const auto store = common.open();
    data::Revision revision;
    store->write([&](data::WriteTransaction &books) { revision = books.rollback(id, to, command_line_author(), message, now_us()); });
    print_revision(common, id, revision);
}

void discard(const Common &common, const std::string &id) {
    const auto store = common.open();
    data::DraftChanges changes;
    store->write([&](data::WriteTransaction &books) { changes = books.discard_draft(id, command_line_author(), now_us()); });
    if (common.json) {
        fmt::print("{}\n", changes_json(changes).dump());
    } else {
        fmt::print("discarded: {} added, {} changed, {} removed\n", changes.added, changes.changed, changes.removed);
    }
}

/// What the subcommands of `layer` are given; one of them runs.
struct LayerArguments {
    Common common;
    std::string id;
    std::string message;
    std::uint64_t revision = 0;
    bool confirm = false;
};

CLI::App *add_layer_subcommand(CLI::App &layer, const std::shared_ptr<LayerArguments> &arguments, const char *name, const char *what,
                               const char *example) {
    auto *command = layer.add_subcommand(name, what);
    command->footer(std::string("Example: ") + example);
    command->add_option("layer", arguments->id, "The layer's id")->required();
    add_common_options(*command, arguments->common, true);
    return command;
}

} // namespace

void add_layers(CLI::App &keyaki) {
    const auto common = std::make_shared<Common>();
    auto *layers = keyaki.add_subcommand("layers", "List the layers");
    layers->footer("Example: keyaki layers --database city.sqlite");
    add_common_options(*layers, *common, true);
    layers->callback([common] { list(*common); });

    auto *layer = keyaki.add_subcommand("layer", "Look at one layer, publish its draft, take a publish back");
    layer->require_subcommand(1);
    const auto arguments = std::make_shared<LayerArguments>();
    add_layer_subcommand(*layer, arguments, "show", "The layer, its revisions and its draft", "keyaki layer show shelters")->callback([arguments] {
        show(arguments->common, arguments->id);
    });
    add_layer_subcommand(*layer, arguments, "diff", "What publishing the draft would change", "keyaki layer diff shelters")->callback([arguments] {
        diff(arguments->common, arguments->id);
    });
    auto *publishing = add_layer_subcommand(*layer, arguments, "publish", "Make the draft the next revision",
                                            "keyaki layer publish shelters --message '今年の一覧'");
    publishing->add_option("--message", arguments->message, "Why, for the history");
    publishing->add_flag("--confirm", arguments->confirm, "Also when more than a tenth of the layer goes");
    publishing->callback([arguments] { publish(arguments->common, arguments->id, arguments->message, arguments->confirm); });
    auto *rolling_back = add_layer_subcommand(*layer, arguments, "rollback", "Publish the content of an older revision under a new number",
                                              "keyaki layer rollback shelters 7 --message 'wrong list'");
    rolling_back->add_option("revision", arguments->revision, "The revision to go back to")->required();
    rolling_back->add_option("--message", arguments->message, "Why, for the history");
    rolling_back->callback([arguments] { roll_back(arguments->common, arguments->id, arguments->revision, arguments->message); });
    add_layer_subcommand(*layer, arguments, "discard", "Throw the draft away", "keyaki layer discard shelters")->callback([arguments] {
        discard(arguments->common, arguments->id);
    });
}

} // namespace keyaki::server::commands
