#pragma once

#include "data/ledger.hpp"

#include <string>
#include <string_view>

namespace keyaki::data {

/// The bytes that an entry's hash covers, as data/ledger-format.md says: every field in a fixed order, each behind its length.
/// `unit` is that of both accounts. The hash inside `transfer` is not part of it.
[[nodiscard]] std::string canonical_entry(const Transfer &transfer, std::string_view unit);

/// SHA-256(previous hash ‖ canonical entry); the first entry's previous hash is 32 zero bytes.
[[nodiscard]] Hash chain_hash(const Hash &previous, const Transfer &transfer, std::string_view unit);

[[nodiscard]] std::string_view transfer_state_name(TransferState state) noexcept;

} // namespace keyaki::data
