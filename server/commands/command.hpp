#pragma once

#include "data/store.hpp"
#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"
#include "server/settings.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

/// The commands of `keyaki`, one file each. A command adds its subcommand and what runs it; errors are thrown, and main() says them.
namespace keyaki::server::commands {

/// What every command takes.
struct Common {
    GivenSettings given;
    bool json = false; ///< results for programs on standard output

    [[nodiscard]] Settings settings() const { return load_settings(given); }
    /// Opens the database of the settings; `create` makes a new one where there is none. A command needs one reading connection, the server more.
    [[nodiscard]] std::unique_ptr<data::Store> open(bool create = false, std::size_t readers = 1) const;
};

/// Adds --database and --config (and --json where the command prints results).
void add_common_options(CLI::App &command, Common &common, bool has_json);

/// Adds what a person may know better than a file of city data: --encoding, --crs, --key and so on.
void add_reading_options(CLI::App &command, importers::ImportOptions &options);

/// What --bbox says: west,south,east,north; nothing for an empty text. Error invalid_input for anything else, and across the antimeridian.
[[nodiscard]] std::optional<geo::LonLatBox> parse_box_option(const std::string &text);

/// Who is recorded as the author of what is done at the command line: the login name, "root" without one.
[[nodiscard]] std::string command_line_author();

void add_serve(CLI::App &keyaki);
void add_import(CLI::App &keyaki);
void add_layers(CLI::App &keyaki);
void add_rallies(CLI::App &keyaki);
void add_check_ins(CLI::App &keyaki);   ///< checkin and review
void add_preview(CLI::App &rally);      ///< rally preview
void add_rally_prizes(CLI::App &rally); ///< rally draw, code and sheets
void add_ledger(CLI::App &keyaki);
void add_keys(CLI::App &keyaki);
void add_webhooks(CLI::App &keyaki);
void add_members(CLI::App &keyaki); ///< member
void add_tiles(CLI::App &keyaki);
void add_packs(CLI::App &keyaki); ///< pack
void add_care(CLI::App &keyaki);  ///< backup and check

} // namespace keyaki::server::commands
