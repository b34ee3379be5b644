#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::data {

/// A key of a program or person; only the hash of its secret is stored (the secret is 256 random bits, so a plain SHA-256 is enough).
struct ApiKey {
    std::string id;
    std::string name;
    std::vector<std::string> scopes; ///< "checkins:write", "layers:write", …
    Hash secret_hash{};
    std::int64_t created_at_us = 0;
    std::optional<std::int64_t> revoked_at_us;
};

/// Who did what, kept for ever.
struct AuditEntry {
    std::int64_t time_us = 0;
    std::string actor;
    std::string action;  ///< "layer.publish", "key.create", "rally.put", …
    std::string subject; ///< the layer, key or rally
    std::string detail_json;
};

} // namespace keyaki::data
