#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Everything that is known of a member, as JSON: the rows of each table. Any thread.
[[nodiscard]] std::string export_member(data::Store &store, std::string_view member, std::int64_t now_us);

/// Removes it, but for the books, in which the member stays as a pseudonym: the ledger and the audit log. As JSON: the rows that went by table, and
/// whether the older pages have left the write-ahead log (else they leave with a later pass of Retention; where the log failed, its sentence is in
/// the server's log). What the file itself may keep between its rows leaves when it is written anew (`keyaki member scrub`). Of somebody unknown or
/// erased before nothing goes, which is no error. Any thread; returns when it is durable.
[[nodiscard]] std::string erase_member(data::Store &store, const std::filesystem::path &database, std::string_view member, std::string_view author,
                                       std::int64_t now_us);

/// Writes the database file anew (data::rebuild_file()) where a member was erased since that was done last, where scrub_interval (limits.hpp) is
/// over, or `always`, and notes it in the audit log; whether it was needed. Error unavailable where the file was written and its log could not be
/// cut: then nothing is noted. Any thread, also beside a server.
bool scrub_members(data::Store &store, const std::filesystem::path &database, std::string_view author, std::int64_t now_us, bool always);

} // namespace keyaki::server
