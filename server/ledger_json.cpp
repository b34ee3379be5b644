#include "server/ledger_json.hpp"

#include "data/sha256.hpp"
#include "server/time.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

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
    return {{"sequence", transfer.sequence},
            {"id", transfer.request.id},
            {"debit", transfer.request.debit_account},
            {"credit", transfer.request.credit_account},
            {"amount", transfer.request.amount},
            {"code", transfer.request.code},
            {"reference", transfer.request.reference},
            {"state", transfer.state == data::TransferState::posted ? "posted" : "pending"},
            {"time", format_rfc3339_jst(transfer.time_us)},
            {"hash", data::to_hex(transfer.hash)}};
}

nlohmann::ordered_json head_json(const data::LedgerHead &head) { return {{"sequence", head.sequence}, {"hash", data::to_hex(head.hash)}}; }

} // namespace keyaki::server
