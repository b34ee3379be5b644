#pragma once

#include "data/database.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace keyaki::data {

/// As Store::check(). Call inside one read transaction.
[[nodiscard]] std::vector<std::string> check_database(Connection &connection);

/// As Store::backup().
void back_up(Connection &connection, const std::filesystem::path &target);

} // namespace keyaki::data
