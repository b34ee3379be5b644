#include "tests/data/ledger_fixture.hpp"

#include "data/ledger_store.hpp"
#include "data/schema.hpp"
#include "data/sha256.hpp"

#include <stdexcept>

namespace keyaki::test {
namespace {

std::filesystem::path copy_of_template(const std::filesystem::path &target) {
    static const TemporaryFolder folder;
    static data::Connection connection = [] {
        data::Connection made(folder / "template.sqlite", data::Access::create);
        data::migrate(made, true);
        return made;
    }();
    connection.copy_to(target);
    return target;
}

} // namespace

FreshDatabase::FreshDatabase() : m_connection(copy_of_template(m_folder / "city.sqlite"), data::Access::write) {}

data::TransferRequest request_of(std::string_view id, std::string_view debit, std::string_view credit, std::int64_t amount) {
    data::TransferRequest request;
    request.id = id;
    request.debit_account = debit;
    request.credit_account = credit;
    request.amount = amount;
    request.code = "test";
    return request;
}

void make_accounts(data::Connection &connection) {
    data::Transaction transaction(connection);
    for (const std::string_view account : {"issuer:chamber", "budget:walk", "member:a", "member:b", "shop:s", "redeemed", "expired", "draw:d"}) {
        data::ensure_account(connection, account, "nin");
    }
    transaction.commit();
}

data::TransferResult run_transfer(data::Connection &connection, const data::TransferRequest &request, std::int64_t now_us) {
    data::Transaction transaction(connection);
    data::TransferResult result = data::transfer(connection, request, now_us);
    transaction.commit();
    return result;
}

std::string ledger_state(data::Connection &connection) {
    std::string state;
    for (const data::Account &account : data::accounts(connection)) {
        state += account.id + " " + account.unit;
        for (const std::int64_t total : {account.debits_posted, account.debits_pending, account.credits_posted, account.credits_pending}) {
            state += " " + std::to_string(total);
        }
        state += "\n";
    }
    const data::LedgerHead head = data::ledger_head(connection);
    return state + std::to_string(head.sequence) + " " + data::to_hex(head.hash);
}

geo::ErrorKind kind_of_error(const std::function<void()> &action) {
    try {
        action();
    } catch (const data::DatabaseError &) {
        throw;
    } catch (const geo::Error &error) {
        return error.kind();
    }
    throw std::logic_error("no error");
}

} // namespace keyaki::test
