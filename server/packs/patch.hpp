#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Bytes told as what differs from other bytes: a frame of Zstandard (RFC 8878) whose window begins with those, as `zstd --patch-from` makes it.
namespace keyaki::server::packs {

/// Both are in memory, and tables of some 100 MB. The same bytes give the same patch with the same libzstd. Error internal where libzstd fails.
[[nodiscard]] std::string make_patch(std::string_view before, std::string_view after);

/// What after was: exactly so many bytes. Error invalid_input for a patch that is none, is of other bytes than `before`, or makes another number.
[[nodiscard]] std::string apply_patch(std::string_view before, std::string_view patch, std::uint64_t bytes);

} // namespace keyaki::server::packs
