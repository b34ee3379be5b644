#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace keyaki::server {

/// The whole of a small file. Error not_found, invalid_input (a folder, unreadable) or too_large with the path and both sizes.
[[nodiscard]] std::string read_text_file(const std::filesystem::path &file, std::size_t max_bytes);

/// Puts a file there as a whole, in place of one of that name. Error invalid_input where it cannot be written.
void write_text_file(const std::filesystem::path &file, std::string_view text);

} // namespace keyaki::server
