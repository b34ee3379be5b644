#pragma once

#include "data/api_key.hpp"
#include "data/database.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Keys of programs and persons (data/sql/004-keys-and-configuration.sql): hashes only. Changes write their audit entry and run inside the
/// caller's transaction or savepoint.
namespace keyaki::data {

/// conflict when the id or the hash is taken; invalid_input for a scope with a space, a scope named twice or a hash of zeros.
void create_key(Connection &connection, const ApiKey &key, std::string_view author);
/// not_found for an unknown id; revoking again changes nothing and keeps the first time.
void revoke_key(Connection &connection, std::string_view id, std::string_view author, std::int64_t now_us);
[[nodiscard]] std::vector<ApiKey> keys(Connection &connection);                                ///< oldest first, also revoked ones
[[nodiscard]] std::optional<ApiKey> find_key(Connection &connection, const Hash &secret_hash); ///< also revoked ones

} // namespace keyaki::data
