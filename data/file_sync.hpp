#pragma once

#include <filesystem>

namespace keyaki::data {

/// Returns when what a file holds is on the disk. Error unavailable.
void sync_file(const std::filesystem::path &file);
/// Returns when the name of a file, in its folder, is. Error unavailable.
void sync_folder_of(const std::filesystem::path &file);

} // namespace keyaki::data
