#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace keyaki::server {

/// The whole of a small file. Error not_found, invalid_input (a folder, unreadable) or too_large with the path and both sizes.
[[nodiscard]] std::string read_text_file(const std::filesystem::path &file, std::size_t max_bytes);

} // namespace keyaki::server
