#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/commands/command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

/// Exit statuses after sysexits.h, so that scripts can tell a wrong file from a busy database.
int exit_status(keyaki::geo::ErrorKind kind) {
    switch (kind) {
    case keyaki::geo::ErrorKind::invalid_input: return 65;
    case keyaki::geo::ErrorKind::not_found: return 66;
    case keyaki::geo::ErrorKind::conflict: return 64;
    case keyaki::geo::ErrorKind::too_large: return 65;
    case keyaki::geo::ErrorKind::unavailable: return 75;
    case keyaki::geo::ErrorKind::corrupt: return 74;
    case keyaki::geo::ErrorKind::internal: return 70;
    }
    return 70;
}

int run(int argc, char **argv) {
    CLI::App keyaki{"keyaki: a city's map and geofencing server", "keyaki"};
    keyaki.require_subcommand(1);
    keyaki.set_version_flag("--version", KEYAKI_VERSION);
    keyaki.footer("Example: keyaki import city data/samples/kiyose/city.json --database city.sqlite");
    namespace commands = keyaki::server::commands;
    commands::add_serve(keyaki);
    commands::add_import(keyaki);
    commands::add_layers(keyaki);
    commands::add_rallies(keyaki);
    commands::add_check_ins(keyaki);
    commands::add_ledger(keyaki);
    commands::add_webhooks(keyaki);
    commands::add_members(keyaki);
    commands::add_keys(keyaki);
    commands::add_tiles(keyaki);
    commands::add_packs(keyaki);
    commands::add_care(keyaki);
    CLI11_PARSE(keyaki, argc, argv);
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    // Set, it would let SQL functions read and write files (SpatiaLite: BlobFromFile and the like).
    unsetenv("SPATIALITE_SECURITY");
    // A reader that went away shows as an error of the write, not as the end of the program.
    (void)std::signal(SIGPIPE, SIG_IGN); // it fails only for a number that is no signal
    try {
        if (keyaki::importers::is_child_reader(argc, argv)) {
            return keyaki::importers::run_child_reader(argc, argv);
        }
        return run(argc, argv);
    } catch (const keyaki::geo::Error &error) {
        fmt::print(stderr, "keyaki: {}\n", error.what());
        return exit_status(error.kind());
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki: an unexpected mistake of the program: {}\n", error.what());
        return 70;
    }
}
