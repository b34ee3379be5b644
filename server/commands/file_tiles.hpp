#pragma once

#include "server/flows/archive_file.hpp"
#include "server/flows/file_tiles.hpp"

#include <string>

namespace keyaki::server::commands {

/// Makes tiles of a file's features and prints what came of it.
void build_file_archive(const std::string &archive, const FileTilesOptions &options, ArchiveFile::Existing existing, const std::string &progress,
                        bool as_json);

} // namespace keyaki::server::commands
