#include "server/commands/command.hpp"

#include "server/flows/members.hpp"
#include "server/flows/retention.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace keyaki::server::commands {

namespace {

void scrub(const Common &common, bool always) {
    const std::filesystem::path file = common.settings().database;
    const auto store = common.open(); // refuses what is no database of keyaki
    if (scrub_members(*store, file, command_line_author(), now_us(), always)) {
        fmt::print("{} holds what is there and nothing else\n", file.string());
    } else {
        fmt::print("{} is left as it is: nobody was erased since it was written anew (--force does it all the same)\n", file.string());
    }
}

} // namespace

void add_members(CLI::App &keyaki) {
    auto *member = keyaki.add_subcommand("member", "What is known of a member: show it, erase it, and let go what was kept for long enough");
    member->require_subcommand(1);
    const auto common = std::make_shared<Common>();
    const auto id = std::make_shared<std::string>();

    auto *exporting = member->add_subcommand("export", "Everything that is known of a member, as JSON");
    exporting->footer("Example: keyaki member export m-7f3a > m-7f3a.json");
    exporting->add_option("member", *id, "The member's pseudonym")->required();
    add_common_options(*exporting, *common, false);
    exporting->callback([common, id] { fmt::print("{}\n", export_member(*common->open(), require_member(*id), now_us())); });

    auto *erasing = member->add_subcommand("erase", "Erase a member; the pseudonym stays in the ledger alone");
    erasing->footer("Example: keyaki member erase m-7f3a");
    erasing->add_option("member", *id, "The member's pseudonym")->required();
    add_common_options(*erasing, *common, false);
    erasing->callback([common, id] {
        const auto store = common->open();
        fmt::print("{}\n", erase_member(*store, common->settings().database, require_member(*id), command_line_author(), now_us()));
    });

    auto *scrubbing = member->add_subcommand("scrub", "Write the database file anew, so that no byte of what was removed is left in it");
    scrubbing->footer("Example: keyaki member scrub");
    const auto always = std::make_shared<bool>(false);
    scrubbing->add_flag("--force", *always, "Also where nobody was erased since it was done last, and that was less than a week ago");
    add_common_options(*scrubbing, *common, false);
    scrubbing->callback([common, always] { scrub(*common, *always); });

    auto *forgetting = member->add_subcommand("retention", "Remove what has been kept for long enough, as the server does by itself");
    forgetting->footer("Example: keyaki member retention");
    add_common_options(*forgetting, *common, false);
    forgetting->callback([common] { fmt::print("{} rows were kept for long enough\n", forget_what_is_over(*common->open(), now_us())); });
}

} // namespace keyaki::server::commands
