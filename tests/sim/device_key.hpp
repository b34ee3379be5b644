#pragma once

#include "tests/sim/random.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace keyaki::sim {

/// The key of a phone's keystore (Ed25519), made from the person's chances. Throws std::runtime_error where OpenSSL has none.
class DeviceKey {
  public:
    explicit DeviceKey(Random &random);

    [[nodiscard]] std::string public_hex() const;
    [[nodiscard]] std::string signature_hex(std::string_view message) const;

  private:
    struct FreeKey {
        void operator()(evp_pkey_st *key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, FreeKey> m_key;
};

} // namespace keyaki::sim
