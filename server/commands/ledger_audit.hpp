#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace keyaki::server::commands {

/// What a night's look at the books found.
struct Audit {
    data::LedgerHead head;
    std::uint64_t entries = 0;         ///< of the ledger
    std::uint64_t newly_copied = 0;    ///< lines that the copy got
    std::vector<std::string> findings; ///< sentences that name entry or account and both values
};

/// Recomputes the whole ledger (`keyaki ledger verify`); compares it with the copy that earlier nights have written, line by line; appends to that
/// copy what is new, one entry as a line of JSON, as `keyaki ledger export` does; and adds up every account and every shop's statement of the last
/// day from the copy's lines alone, by code that shares nothing with the ledger's. While anything is wrong, the copy gets no line. A line that a
/// killed audit had not finished is cut off. Error unavailable where the copy cannot be written, invalid_input, with the line, for a file that is no
/// copy: of one that does not begin as a copy does, no byte is changed.
[[nodiscard]] Audit audit_ledger(data::Store &store, const std::filesystem::path &copy);

/// Adds `keyaki ledger audit`.
void add_ledger_audit(CLI::App &ledger);

} // namespace keyaki::server::commands
