#pragma once

#include "data/database.hpp"

namespace keyaki::data {

/// Brings a database to the version of this program: WAL, SpatiaLite's own tables, then each missing migration in a transaction of its own.
/// Error: conflict for a database of a newer keyaki, corrupt for an SQLite file that is none of ours or, without `create`, empty; neither is
/// touched.
void migrate(Connection &connection, bool create);

} // namespace keyaki::data
