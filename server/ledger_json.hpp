#pragma once

#include "data/ledger.hpp"
#include "data/ledger_report.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace keyaki::server {

/// The ledger's values as the API and the command line show them.
[[nodiscard]] nlohmann::ordered_json account_json(const data::Account &account);
[[nodiscard]] nlohmann::ordered_json transfer_json(const data::Transfer &transfer);
[[nodiscard]] nlohmann::ordered_json head_json(const data::LedgerHead &head);
[[nodiscard]] nlohmann::ordered_json statement_json(const data::ShopStatement &statement);

/// "posted", "pending", "voided" or "expired"
[[nodiscard]] std::string_view state_name(data::TransferState state) noexcept;

/// Lines for spreadsheets (RFC 4180, each with its line end; no cell that a spreadsheet would run). The first line of a file is the header.
[[nodiscard]] std::string transfer_csv_header();
[[nodiscard]] std::string transfer_csv(const data::Transfer &transfer);
[[nodiscard]] std::string statement_csv(const data::ShopStatement &statement);

} // namespace keyaki::server
