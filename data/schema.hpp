#pragma once

#include "data/database.hpp"

namespace keyaki::data {

/// Error: conflict for a database of a newer keyaki, corrupt for an SQLite file that is none of ours or, without `create`, empty. Only reads.
void refuse_wrong_database(Connection &connection, bool create);

[[nodiscard]] bool is_of_this_version(Connection &connection);

/// For a database that nothing may be written to. Error unavailable when it would have to be migrated.
void require_this_version(Connection &connection);

/// Brings a database to the version of this program: WAL, SpatiaLite's own tables, then each missing migration in a transaction of its own.
/// Errors as refuse_wrong_database(), and then nothing is touched.
void migrate(Connection &connection, bool create);

/// Makes a new database, which appears under its name when it is whole. Somebody else's that appeared meanwhile stays. Error corrupt where the log
/// of one that is gone lies there.
void create_database(const std::filesystem::path &file);

} // namespace keyaki::data
