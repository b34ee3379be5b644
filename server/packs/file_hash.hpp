#pragma once

#include "data/sha256.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace keyaki::server::packs {

/// SHA-256 of bytes that come piece by piece. One thread. Error internal when OpenSSL has none.
class RunningHash {
  public:
    RunningHash();
    ~RunningHash();
    RunningHash(RunningHash &&) noexcept;
    RunningHash &operator=(RunningHash &&) noexcept;

    void add(std::string_view bytes);
    /// The last call.
    [[nodiscard]] data::Hash finish();

  private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

struct FileHash {
    std::uint64_t bytes = 0;
    data::Hash sha256{};
};

/// Of a whole file, of which a small piece is in memory at a time. Error not_found, unavailable where it cannot be read.
[[nodiscard]] FileHash hash_file(const std::filesystem::path &file);

} // namespace keyaki::server::packs
