#pragma once

#include "server/commands/command.hpp"

#include <string>

namespace keyaki::server::commands {

/// What `keyaki tiles build ARCHIVE --from EXTRACT` takes.
struct BaseMapArguments {
    std::string archive;
    std::string extract;
    std::string ocean; ///< "" for the extract's coastline
    std::string progress = "auto";
    unsigned threads = 1;
    bool replaces = false; ///< an archive that is there
    bool json = false;
};

/// Builds the base map and prints what came of it.
void build_base_map_archive(const BaseMapArguments &arguments);

} // namespace keyaki::server::commands
