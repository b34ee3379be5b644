#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::data {

/// SHA-256 (FIPS 180-4) of the bytes of `first`, then those of `second`. Error internal when OpenSSL has none. Any thread.
[[nodiscard]] Hash sha256(std::string_view first, std::string_view second = {});

/// The same of bytes that come piece by piece. One thread.
class RunningHash {
  public:
    RunningHash();
    ~RunningHash();
    RunningHash(const RunningHash &) = delete;
    RunningHash &operator=(const RunningHash &) = delete;

    void add(std::string_view bytes);
    /// The last call.
    [[nodiscard]] Hash finish();

  private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

/// Lower-case hexadecimal digits, two for each byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

} // namespace keyaki::data
