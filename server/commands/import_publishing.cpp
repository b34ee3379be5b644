#include "server/commands/import_publishing.hpp"

#include "server/commands/command.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace keyaki::server::commands {

using nlohmann::ordered_json;

void add_publishing_options(CLI::App &command, Publishing &publishing) {
    command.add_flag("--publish", publishing.publishes, "Publish at once");
    command.add_option("--message", publishing.message, "Why, for the history (the file's name)");
    command.add_flag("--confirm", publishing.confirm, "Publish also when more than a tenth of the layer goes");
}

const std::map<std::string, imports::ConflictRule> &conflict_rules() {
    static const std::map<std::string, imports::ConflictRule> rules{
        {"draft", imports::ConflictRule::draft}, {"file", imports::ConflictRule::file}, {"refuse", imports::ConflictRule::refuse}};
    return rules;
}

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

RevisionsByLayer publish_changed(data::Store &store, const ChangesByLayer &layers, const Publishing &publishing, const std::string &file_name) {
    RevisionsByLayer revisions;
    const std::string message = publishing.message.empty() ? file_name : publishing.message;
    const std::string author = command_line_author();
    store.write([&](data::WriteTransaction &books) {
        for (const auto &[layer, changes] : layers) {
            if (changes_anything(changes)) {
                revisions.emplace(layer, books.publish(layer, author, message, publishing.confirm, now_us()));
            }
        }
    });
    return revisions;
}

} // namespace keyaki::server::commands
