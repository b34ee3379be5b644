#pragma once

#include "data/database.hpp"

#include <string>
#include <vector>

namespace keyaki::data {

/// As Store::check(). Call inside one read transaction.
[[nodiscard]] std::vector<std::string> check_database(Connection &connection);

/// For a database whose last user was killed: what its log holds has been played back in memory, not yet into the file. A log has no mark of the
/// database that it belongs to, and a restored backup may lie beside the log of what it replaces. Error corrupt when they do not fit; then the
/// file and the log are as they were found.
void refuse_damage_after_crash(Connection &connection);

} // namespace keyaki::data
