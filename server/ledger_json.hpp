#pragma once

#include "data/ledger.hpp"

#include <nlohmann/json_fwd.hpp>

/// The ledger's things as HTTP and the command line show them.
namespace keyaki::server {

[[nodiscard]] nlohmann::ordered_json account_json(const data::Account &account);
[[nodiscard]] nlohmann::ordered_json transfer_json(const data::Transfer &transfer);
[[nodiscard]] nlohmann::ordered_json head_json(const data::LedgerHead &head);

} // namespace keyaki::server
