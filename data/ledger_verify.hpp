#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

namespace keyaki::data {

/// Recomputes the chain, the totals and the invariants from the entries alone, and compares with the accounts, the head and the failed
/// ids. Shares no code with what writes them (only SHA-256 itself), so that a mistake there is found here. Call inside one read
/// transaction. Memory grows with the number of accounts, not of entries.
[[nodiscard]] LedgerReport verify_ledger(Connection &connection);

} // namespace keyaki::data
