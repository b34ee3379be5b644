#include "server/commands/file_tiles.hpp"

#include "server/commands/progress.hpp"
#include "server/report_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server::commands {

void build_file_archive(const std::string &archive, const FileTilesOptions &options, ArchiveFile::Existing existing, const std::string &progress,
                        bool as_json) {
    using nlohmann::ordered_json;
    const Interruption interruption;
    FileTilesOutcome outcome;
    {
        ProgressLine line(archive, parse_progress_style(progress));
        outcome = build_file_tiles(archive, options, existing, [&](std::uint64_t done, std::uint64_t total, std::string_view unit) {
            Interruption::check();
            line.update(done, total, unit);
        });
    }
    if (as_json) {
        const ordered_json json{{"tiles", outcome.archive.tiles},
                                {"contents", outcome.archive.contents},
                                {"bytes", outcome.archive.bytes},
                                {"layer", outcome.layer},
                                {"report", report_json(outcome.report)}};
        fmt::print("{}\n", json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
        return;
    }
    fmt::print("{}\n{}: {} tiles, {} of them different, {} bytes (layer {})\n", importers::describe(outcome.report), archive, outcome.archive.tiles,
               outcome.archive.contents, outcome.archive.bytes, outcome.layer);
}

} // namespace keyaki::server::commands
