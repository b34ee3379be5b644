#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/query.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>

namespace keyaki::server::commands {

std::unique_ptr<data::Store> Common::open(bool create, std::size_t readers) const {
    data::StoreOptions options;
    options.file = settings().database;
    options.create = create;
    options.readers = readers;
    return data::open_store(options);
}

void add_common_options(CLI::App &command, Common &common, bool has_json) {
    command.add_option("--database", common.given.database, "The city's database (city.sqlite)");
    command.add_option("--config", common.given.config, "Settings (keyaki.toml)");
    if (has_json) {
        command.add_flag("--json", common.json, "Print results as JSON");
    }
}

std::optional<geo::LonLatBox> parse_box_option(const std::string &text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto boxes = parse_bbox(text);
    if (boxes.size() != 1) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("--bbox must not cross the antimeridian, found {}", text));
    }
    return boxes.front();
}

std::string command_line_author() {
    for (const char *variable : {"SUDO_USER", "USER", "LOGNAME"}) {
        if (const char *name = std::getenv(variable); name != nullptr && *name != '\0') {
            return name;
        }
    }
    return "root";
}

} // namespace keyaki::server::commands
