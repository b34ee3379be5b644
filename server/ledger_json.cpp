#include "server/ledger_json.hpp"

#include "data/sha256.hpp"
#include "server/imports/report_csv.hpp"
#include "server/time.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace keyaki::server {

namespace {

std::string csv_line(const std::vector<std::string> &cells) {
    std::string line;
    for (const std::string &cell : cells) {
        line += (line.empty() ? "" : ",") + imports::csv_cell(cell);
    }
    return line + "\r\n";
}

std::string expiry_of(const data::Transfer &transfer) {
    return transfer.request.expires_at_us ? format_rfc3339_jst(*transfer.request.expires_at_us) : "";
}

} // namespace

std::string_view state_name(data::TransferState state) noexcept {
    switch (state) {
    case data::TransferState::posted: return "posted";
    case data::TransferState::pending: return "pending";
    case data::TransferState::voided: return "voided";
    case data::TransferState::expired: return "expired";
    }
    return "unknown";
}

nlohmann::ordered_json account_json(const data::Account &account) {
    return {{"id", account.id},
            {"unit", account.unit},
            {"posted", account.posted()},
            {"pending", {{"debits", account.debits_pending}, {"credits", account.credits_pending}}},
            {"available", account.available()},
            {"debits_posted", account.debits_posted},
            {"credits_posted", account.credits_posted}};
}

nlohmann::ordered_json transfer_json(const data::Transfer &transfer) {
    nlohmann::ordered_json json{{"sequence", transfer.sequence},
                                {"id", transfer.request.id},
                                {"debit", transfer.request.debit_account},
                                {"credit", transfer.request.credit_account},
                                {"unit", transfer.unit},
                                {"amount", transfer.request.amount},
                                {"code", transfer.request.code},
                                {"reference", transfer.request.reference},
                                {"state", state_name(transfer.state)},
                                {"time", format_rfc3339_jst(transfer.time_us)},
                                {"time_us", transfer.time_us}};
    if (transfer.request.timeout_s > 0) {
        json["timeout_s"] = transfer.request.timeout_s;
    }
    if (transfer.request.expires_at_us) {
        json["expires_at"] = expiry_of(transfer);
        json["expires_at_us"] = *transfer.request.expires_at_us;
    }
    if (transfer.resolves) {
        json["resolves"] = *transfer.resolves;
    }
    json["hash"] = data::to_hex(transfer.hash);
    return json;
}

nlohmann::ordered_json head_json(const data::LedgerHead &head) { return {{"sequence", head.sequence}, {"hash", data::to_hex(head.hash)}}; }

nlohmann::ordered_json statement_json(const data::ShopStatement &statement) {
    auto accounts = nlohmann::ordered_json::array();
    for (const data::ShopAccountStatement &account : statement.accounts) {
        auto lines = nlohmann::ordered_json::array();
        for (const data::Transfer &line : account.lines) {
            lines.push_back(transfer_json(line));
        }
        accounts.push_back({{"account", account.account},
                            {"unit", account.unit},
                            {"opening", account.opening},
                            {"closing", account.closing},
                            {"pending", account.pending},
                            {"lines", std::move(lines)}});
    }
    return {{"shop", statement.shop},
            {"from", format_rfc3339_jst(statement.from_us)},
            {"to", format_rfc3339_jst(statement.to_us)},
            {"accounts", std::move(accounts)}};
}

std::string transfer_csv_header() {
    return "sequence,time,id,debit,credit,unit,amount,code,reference,state,timeout_s,expires_at_us,resolves,time_us,hash\r\n";
}

std::string transfer_csv(const data::Transfer &transfer) {
    const data::TransferRequest &request = transfer.request;
    return csv_line({std::to_string(transfer.sequence), format_rfc3339_jst(transfer.time_us), request.id, request.debit_account,
                     request.credit_account, transfer.unit, std::to_string(request.amount), request.code, request.reference,
                     std::string(state_name(transfer.state)), std::to_string(request.timeout_s),
                     request.expires_at_us ? std::to_string(*request.expires_at_us) : "", transfer.resolves ? std::to_string(*transfer.resolves) : "",
                     std::to_string(transfer.time_us), data::to_hex(transfer.hash)});
}

/// Each account begins with its opening and ends with its closing balance; the amounts between are what the shop got, below zero what it gave.
std::string statement_csv(const data::ShopStatement &statement) {
    std::string csv = "\xEF\xBB\xBF"
                      "account,unit,time,entry,id,other_account,code,reference,amount,balance\r\n";
    for (const data::ShopAccountStatement &account : statement.accounts) {
        std::int64_t balance = account.opening;
        csv +=
            csv_line({account.account, account.unit, format_rfc3339_jst(statement.from_us), "", "opening", "", "", "", "", std::to_string(balance)});
        for (const data::Transfer &line : account.lines) {
            const bool is_credit = line.request.credit_account == account.account;
            const std::int64_t amount = is_credit ? line.request.amount : -line.request.amount;
            balance += amount;
            csv += csv_line({account.account, account.unit, format_rfc3339_jst(line.time_us), std::to_string(line.sequence), line.request.id,
                             is_credit ? line.request.debit_account : line.request.credit_account, line.request.code, line.request.reference,
                             std::to_string(amount), std::to_string(balance)});
        }
        csv += csv_line(
            {account.account, account.unit, format_rfc3339_jst(statement.to_us), "", "closing", "", "", "", "", std::to_string(account.closing)});
    }
    return csv;
}

} // namespace keyaki::server
