#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"
#include "geo/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace keyaki::test {

/// A migrated database of the test's own. Made by copying one that each process migrates once.
class FreshDatabase {
  public:
    FreshDatabase();
    [[nodiscard]] data::Connection &operator*() noexcept { return m_connection; }
    [[nodiscard]] data::Connection *operator->() noexcept { return &m_connection; }

  private:
    TemporaryFolder m_folder;
    data::Connection m_connection;
};

/// A posted transfer of `amount` points with code "test".
[[nodiscard]] data::TransferRequest request_of(std::string_view id, std::string_view debit, std::string_view credit, std::int64_t amount);

/// issuer:chamber, budget:walk, member:a, member:b, shop:s, redeemed, expired and draw:d, all of unit "nin" and empty.
void make_accounts(data::Connection &connection);

/// Every account with its totals, and the head, as text: equal only where nothing at all has moved.
[[nodiscard]] std::string ledger_state(data::Connection &connection);

/// Runs one transfer in a transaction of its own.
data::TransferResult run_transfer(data::Connection &connection, const data::TransferRequest &request, std::int64_t now_us = 1'000);

/// The kind of the error that an action ends with: one that we tell in a sentence, since the database's own is thrown on. std::logic_error where
/// the action ends well.
[[nodiscard]] geo::ErrorKind kind_of_error(const std::function<void()> &action);

} // namespace keyaki::test
