#pragma once

#include "data/sha256.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace keyaki::server::packs {

/// Shows a file's bytes piece by piece. Error unavailable where it cannot be read.
void read_pieces(const std::filesystem::path &file, const std::function<void(std::string_view)> &see);

struct FileHash {
    std::uint64_t bytes = 0;
    data::Hash sha256{};
};

/// Of a whole file, of which a small piece is in memory at a time. Error not_found, unavailable where it cannot be read.
[[nodiscard]] FileHash hash_file(const std::filesystem::path &file);

} // namespace keyaki::server::packs
