#pragma once

namespace CLI {
class App;
}

namespace keyaki::server::commands {

/// Adds to `keyaki ledger` what keeps the books: fund, export, reverse, shop, purpose, shops, statement, reconcile.
void add_ledger_books(CLI::App &ledger);

} // namespace keyaki::server::commands
