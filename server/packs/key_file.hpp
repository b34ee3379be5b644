#pragma once

#include "server/packs/minisign.hpp"

#include <filesystem>

/// The key that signs packs lies in a file of its own, outside of the database: copies of the database go to other machines every night, and who
/// holds one of them must not be able to sign a map. It is no webhook's secret, which the receiver knows anyway.
namespace keyaki::server::packs {

/// Makes a new key and its file, which its owner alone may read (0600), and syncs it. Error conflict where there is such a file, unavailable where
/// it cannot be written.
[[nodiscard]] SecretKey create_key_file(const std::filesystem::path &file);

/// Error not_found; invalid_input for what is no such key, and for a file that others than its owner may read.
[[nodiscard]] SecretKey read_key_file(const std::filesystem::path &file);

} // namespace keyaki::server::packs
