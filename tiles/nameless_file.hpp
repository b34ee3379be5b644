#pragma once

#include <filesystem>

namespace keyaki::tiles {

/// Opens a new file without a name in the folder, to write and to read: gone when it is closed. \return its descriptor, or -1 with errno
[[nodiscard]] int open_nameless_file(const std::filesystem::path &folder);

} // namespace keyaki::tiles
