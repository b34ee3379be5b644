#pragma once

#include "data/store.hpp"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::commands {

/// What somebody's own copy of the ledger and the ledger say of one another.
struct Reconciliation {
    std::uint64_t lines = 0;           ///< of the copy
    std::uint64_t last = 0;            ///< sequence of the copy's last entry
    std::uint64_t newer = 0;           ///< entries after the copy's last one
    std::vector<std::string> findings; ///< sentences that name the entry or account and both values; at most 100
};

/// Compares an export (`keyaki ledger export --format jsonl`) that was kept elsewhere, line by line, with the ledger; and of every shop the sum of
/// its postings with its stored total. Error invalid_input, with the line, for what is no export.
[[nodiscard]] Reconciliation reconcile(data::Store &store, std::istream &copy);

} // namespace keyaki::server::commands
