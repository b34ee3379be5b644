#include "data/ledger_reports.hpp"

#include "data/ledger_purposes.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_store.hpp"
#include "geo/error.hpp"

#include <string>

namespace keyaki::data {
namespace {

// What is pending is what was reserved less what was ended; an end names in `resolves` how much that was.
constexpr std::string_view sums_of_side = R"(
    SELECT coalesce(sum(CASE WHEN entry.state = 'posted' THEN entry.amount ELSE 0 END), 0),
           coalesce(sum(CASE WHEN entry.state = 'pending' THEN entry.amount ELSE 0 END), 0) -
           coalesce(sum((SELECT pending.amount FROM ledger_entry AS pending WHERE pending.sequence = entry.resolves)), 0)
    FROM ledger_entry AS entry WHERE )";

void add_side(Connection &connection, std::string_view column, std::string_view account_id, std::int64_t at_us, std::int64_t &posted,
              std::int64_t &pending) {
    Statement row = connection.prepare(std::string(sums_of_side) + std::string(column) + " = ?1 AND entry.time_us <= ?2");
    row.bind_text(1, account_id).bind_int64(2, at_us);
    if (row.step()) {
        posted = row.column_int64(0);
        pending = row.column_int64(1);
    }
}

std::vector<Transfer> postings_of(Connection &connection, std::string_view account_id, std::int64_t from_us, std::int64_t to_us, std::size_t room) {
    static const std::string sql = "SELECT " + entry_columns("entry") +
                                   " FROM ledger_entry AS entry WHERE (debit_account = ?1 OR credit_account = ?1) AND state = 'posted'"
                                   " AND time_us >= ?2 AND time_us < ?3 ORDER BY sequence LIMIT ?4";
    std::vector<Transfer> lines;
    Statement row = connection.prepare(sql);
    row.bind_text(1, account_id).bind_int64(2, from_us).bind_int64(3, to_us).bind_int64(4, static_cast<std::int64_t>(room + 1));
    while (row.step()) {
        lines.push_back(read_entry(row));
    }
    if (lines.size() > room) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the statement has more than " + std::to_string(statement_lines_max) +
                                                            " lines, which is the most of one: ask for a shorter time");
    }
    return lines;
}

std::vector<Account> accounts_of_shop(Connection &connection, std::string_view shop) {
    std::vector<Account> found;
    const std::string plain = account_for("shop", shop, "nin");
    Statement row = connection.prepare("SELECT " + std::string(account_columns) + R"( FROM ledger_account
        WHERE account_id = ?1 OR (account_id > ?1 || '/' AND account_id < ?1 || '0') ORDER BY account_id)"); // '0' comes after '/'
    row.bind_text(1, plain);
    while (row.step()) {
        found.push_back(read_account(row));
    }
    return found;
}

} // namespace

std::optional<Account> account_at(Connection &connection, std::string_view account_id, std::int64_t at_us) {
    std::optional<Account> account = find_account(connection, account_id);
    if (account) {
        add_side(connection, "debit_account", account_id, at_us, account->debits_posted, account->debits_pending);
        add_side(connection, "credit_account", account_id, at_us, account->credits_posted, account->credits_pending);
    }
    return account;
}

ShopStatement shop_statement(Connection &connection, std::string_view shop, std::int64_t from_us, std::int64_t to_us) {
    ShopStatement statement{std::string(shop), from_us, to_us, {}};
    std::size_t room = statement_lines_max;
    for (const Account &account : accounts_of_shop(connection, shop)) {
        const std::optional<Account> before = account_at(connection, account.id, from_us - 1);
        const std::optional<Account> after = account_at(connection, account.id, to_us - 1);
        statement.accounts.push_back({account.id, account.unit, before->posted(), after->posted(), after->credits_pending,
                                      postings_of(connection, account.id, from_us, to_us, room)});
        room -= statement.accounts.back().lines.size();
    }
    return statement;
}

} // namespace keyaki::data
