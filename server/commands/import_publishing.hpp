#pragma once

#include "data/store.hpp"
#include "importers/importer.hpp"
#include "server/commands/progress.hpp"
#include "server/imports/three_way.hpp"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace CLI {
class App;
}

/// What the import commands share: what counts where two changed something, and publishing at once.
namespace keyaki::server::commands {

struct Publishing {
    bool publishes = false;
    bool confirm = false;
    std::string message; ///< empty: the file's name
};
void add_publishing_options(CLI::App &command, Publishing &publishing);

/// Subcommands of `keyaki import`.
void add_import_osm(CLI::App &import);
void add_import_changes(CLI::App &import);

/// By their names on the command line.
[[nodiscard]] const std::map<std::string, imports::ConflictRule> &conflict_rules();
template <typename Rule>
[[nodiscard]] std::vector<std::string> names_of(const std::map<std::string, Rule> &rules) {
    std::vector<std::string> names;
    for (const auto &[name, rule] : rules) {
        names.push_back(name);
    }
    return names;
}

/// Progress that also ends the import when somebody pressed Ctrl-C. The line must outlive it.
[[nodiscard]] importers::Progress progress_to(ProgressLine &line);

[[nodiscard]] nlohmann::ordered_json changes_json(const data::DraftChanges &changes);
[[nodiscard]] bool changes_anything(const data::DraftChanges &changes);

using ChangesByLayer = std::map<std::string, data::DraftChanges>;
using RevisionsByLayer = std::map<std::string, data::Revision>;
/// Publishes the layers that changed, all of them or, where one is refused, none.
[[nodiscard]] RevisionsByLayer publish_changed(data::Store &store, const ChangesByLayer &layers, const Publishing &publishing,
                                               const std::string &file_name);

} // namespace keyaki::server::commands
