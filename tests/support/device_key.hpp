#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace keyaki::test {

/// The key of a phone's keystore (Ed25519). Throws std::runtime_error where OpenSSL has none.
class DeviceKey {
  public:
    explicit DeviceKey(const std::array<std::uint8_t, 32> &secret);

    [[nodiscard]] std::string public_hex() const;
    [[nodiscard]] std::string sign_hex(std::string_view message) const;

  private:
    struct FreeKey {
        void operator()(evp_pkey_st *key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, FreeKey> m_key;
};

} // namespace keyaki::test
