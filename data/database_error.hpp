#pragma once

#include "data/database.hpp"

#include <filesystem>
#include <string_view>

namespace keyaki::data {

/// Throws what SQLite says of its last call: DatabaseError with the code, a sentence, and where a file is the trouble its name.
[[noreturn]] void fail(sqlite3 *database, int result_code, std::string_view sql);

/// The same for a file that could not be opened, so that no connection can be asked.
[[noreturn]] void fail_to_open(const std::filesystem::path &file, int result_code, int system_error);

/// The same for a copy, whose trouble may be the original's or its own.
[[noreturn]] void fail_copy(const std::filesystem::path &original, const std::filesystem::path &copy, int result_code);

} // namespace keyaki::data
