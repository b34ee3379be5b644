#pragma once

#include "data/api_key.hpp"
#include "data/database.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace keyaki::data {

/// The detail of an entry, or of an event, as text; what is no UTF-8 stands as U+FFFD.
[[nodiscard]] std::string audit_detail(const nlohmann::json &json);
/// Appends; nothing can change or remove an entry. invalid_input for an actor, action or subject that breaks the rule of identifier.hpp.
void insert_audit(Connection &connection, const AuditEntry &entry);
[[nodiscard]] std::vector<AuditEntry> audit(Connection &connection, std::size_t limit); ///< newest first

} // namespace keyaki::data
