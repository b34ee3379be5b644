#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/flows/rallies.hpp"
#include "server/limits.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server::commands {

namespace {

void put(const Common &common, const std::string &file) {
    const std::string json = read_text_file(file, max_rally_bytes);
    const auto store = common.open();
    const RallyPut result = put_rally(*store, json, command_line_author(), now_us());
    if (common.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"id", result.stored.id},
                                                  {"version", result.stored.version},
                                                  {"changed", result.changed},
                                                  {"moved_points", result.moved_points}}
                               .dump());
    } else if (!result.changed) {
        fmt::print("rally {} is as it was: version {}\n", result.stored.id, result.stored.version);
    } else {
        fmt::print("rally {} is now version {}; its budget moved by {} points\n", result.stored.id, result.stored.version, result.moved_points);
    }
}

void list(const Common &common) {
    const auto store = common.open();
    auto rallies = nlohmann::ordered_json::array();
    for (const data::Rally &stored : store->rallies()) {
        const rally::Rally rally = rally::parse_rally(stored.json);
        const auto account = store->find_account(rally::budget_account(rally.id));
        const std::int64_t left = account ? account->available() : 0;
        rallies.push_back({{"id", rally.id},
                           {"version", stored.version},
                           {"kind", rally::kind_name(rally.kind)},
                           {"starts", format_rfc3339_jst(rally.starts_us)},
                           {"ends", format_rfc3339_jst(rally.ends_us)},
                           {"budget", rally.budget},
                           {"budget_left", left}});
        if (!common.json) {
            fmt::print("{:<24} version {:<3} {} to {}  budget {} of {} left  {}\n", rally.id, stored.version,
                       format_rfc3339_jst(rally.starts_us).substr(0, 10), format_rfc3339_jst(rally.ends_us).substr(0, 10), left, rally.budget,
                       rally.title_ja);
        }
    }
    if (common.json) {
        fmt::print("{}\n", rallies.dump());
    }
}

} // namespace

void add_rallies(CLI::App &keyaki) {
    auto *rally = keyaki.add_subcommand("rally", "Configure rallies");
    rally->require_subcommand(1);
    auto *putting = rally->add_subcommand("put", "Put a rally's configuration and fund its budget");
    putting->footer("Example: keyaki rally put rallies/preparedness-2026.json");
    const auto common = std::make_shared<Common>();
    const auto file = std::make_shared<std::string>();
    putting->add_option("file", *file, "The configuration (JSON)")->required();
    add_common_options(*putting, *common, true);
    putting->callback([common, file] { put(*common, *file); });

    add_preview(*rally);
    add_rally_prizes(*rally);

    auto *rallies = keyaki.add_subcommand("rallies", "List the rallies");
    rallies->footer("Example: keyaki rallies --database city.sqlite");
    const auto listing = std::make_shared<Common>();
    add_common_options(*rallies, *listing, true);
    rallies->callback([listing] { list(*listing); });
}

} // namespace keyaki::server::commands
