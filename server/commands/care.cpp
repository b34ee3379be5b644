#include "server/commands/command.hpp"

#include "geo/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server::commands {

namespace {

void check(const Common &common) {
    const auto store = common.open();
    const std::vector<std::string> problems = store->check();
    if (common.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"problems", problems}}.dump());
    } else {
        for (const std::string &problem : problems) {
            fmt::print("  {}\n", problem);
        }
    }
    if (!problems.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("{} has {} problems", common.settings().database.string(), problems.size()));
    }
    if (!common.json) {
        fmt::print("{} is whole: the file, the spatial index, the revisions and the ledger\n", common.settings().database.string());
    }
}

} // namespace

void add_care(CLI::App &keyaki) {
    auto *backup = keyaki.add_subcommand("backup", "Copy the database, also while it is served");
    backup->footer("Example: keyaki backup /backup/city-2026-11-23.sqlite");
    const auto common = std::make_shared<Common>();
    const auto target = std::make_shared<std::string>();
    backup->add_option("file", *target, "The copy; must not exist yet")->required();
    add_common_options(*backup, *common, false);
    backup->callback([common, target] {
        common->open()->backup(*target);
        fmt::print("{} is a copy of {}\n", *target, common->settings().database.string());
    });

    auto *checking = keyaki.add_subcommand("check", "Whether the database is whole");
    checking->footer("Example: keyaki check --database city.sqlite");
    const auto checked = std::make_shared<Common>();
    add_common_options(*checking, *checked, true);
    checking->callback([checked] { check(*checked); });
}

} // namespace keyaki::server::commands
