#pragma once

#include "data/database.hpp"

#include <filesystem>

namespace keyaki::data {

/// As Store::backup().
void back_up(Connection &connection, const std::filesystem::path &target);

} // namespace keyaki::data
