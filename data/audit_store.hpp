#pragma once

#include "data/api_key.hpp"
#include "data/database.hpp"

#include <cstddef>
#include <vector>

namespace keyaki::data {

/// Appends; nothing can change or remove an entry. invalid_input for an actor, action or subject that breaks the rule of identifier.hpp.
void insert_audit(Connection &connection, const AuditEntry &entry);
[[nodiscard]] std::vector<AuditEntry> audit(Connection &connection, std::size_t limit); ///< newest first

} // namespace keyaki::data
