#pragma once

#include "data/check_in.hpp"
#include "data/database.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Versions of rallies (data/sql/004-keys-and-configuration.sql), each kept for ever.
namespace keyaki::data {

[[nodiscard]] std::optional<Rally> find_rally(Connection &connection, std::string_view id); ///< the newest version
[[nodiscard]] std::vector<Rally> rallies(Connection &connection);                           ///< the newest version of each, by id
/// The newest version when it has this very text; otherwise a new version with an audit entry. Inside the caller's transaction.
Rally put_rally(Connection &connection, std::string_view id, std::string_view json, std::string_view author, std::int64_t now_us);

} // namespace keyaki::data
