#pragma once

#include "data/store.hpp"

#include <filesystem>
#include <optional>

namespace keyaki::server {

/// The ledger's head in a file outside the database, one line: "keyaki-ledger-head 41 <hash>". Whoever keeps that file elsewhere (another disk,
/// another machine) finds out a database that was put back to an older state, or another history.
class PublishedHead {
  public:
    /// Off where the path is empty.
    explicit PublishedHead(std::filesystem::path file) : m_file(std::move(file)) {}

    [[nodiscard]] bool is_on() const noexcept { return !m_file.empty(); }
    /// What the file says; nothing where it is not there (yet). Error corrupt for a file that says something else.
    [[nodiscard]] std::optional<data::LedgerHead> read() const;
    /// Error conflict with both facts where the ledger is behind what the file says, or has another entry at that place.
    void require_no_step_back(data::Store &store) const;
    /// Writes the head where it is another than was written last: into a file beside it, synced, then renamed, and the folder synced. Error
    /// unavailable with the reason.
    void publish(data::Store &store);

  private:
    std::filesystem::path m_file;
    std::optional<data::LedgerHead> m_written;
};

} // namespace keyaki::server
