#include "server/flows/ledger_postings.hpp"

namespace keyaki::server {

namespace {

/// Whether an account may come into being because somebody pays it points of that unit.
bool is_made_on_the_way(data::WriteTransaction &books, std::string_view account, std::string_view unit) {
    const auto kind = data::account_kind_of(account);
    if (!kind || data::unit_of_id(account).value_or(unit) != unit) {
        return false;
    }
    switch (*kind) {
    case data::AccountKind::member:
    case data::AccountKind::redeemed:
    case data::AccountKind::draw: return true;
    case data::AccountKind::shop: return books.is_known_shop(data::owner_of(account));
    case data::AccountKind::issuer:
    case data::AccountKind::budget:
    case data::AccountKind::expired: return false;
    }
    return false;
}

} // namespace

data::TransferResult post_transfer(data::Store &store, const data::TransferRequest &request, std::int64_t now_us) {
    data::TransferResult result;
    store.write([&](data::WriteTransaction &books) {
        const auto debit = books.find_account(request.debit_account);
        const bool is_made = debit && is_made_on_the_way(books, request.credit_account, debit->unit);
        result = books.transfer(request, is_made ? std::string_view(debit->unit) : std::string_view(), now_us);
    });
    return result;
}

data::TransferRequest transfer_of(const Spending &spending) {
    data::TransferRequest request;
    request.id = spending.id;
    request.debit_account = data::account_for("member", spending.member, spending.purpose);
    request.credit_account = data::account_for("shop", spending.shop, spending.purpose);
    request.amount = spending.amount;
    request.code = "spend";
    request.reference = spending.reference;
    request.pending = spending.pending;
    request.timeout_s = spending.timeout_s;
    return request;
}

data::TransferResult fund_budget(data::Store &store, std::string_view id, std::string_view budget, std::int64_t amount, std::string_view purpose,
                                 std::string_view reference, std::int64_t now_us) {
    data::TransferRequest request;
    request.id = id;
    request.debit_account = data::account_for("issuer", "chamber", purpose);
    request.credit_account = budget;
    request.amount = amount;
    request.code = "fund";
    request.reference = reference;
    data::TransferResult result;
    store.write([&](data::WriteTransaction &books) {
        for (const std::string &account : {request.debit_account, request.credit_account}) {
            if (books.find_account(account)) {
                books.ensure_account(account, purpose); // of that unit
            }
        }
        result = books.transfer(request, purpose, now_us);
    });
    return result;
}

} // namespace keyaki::server
