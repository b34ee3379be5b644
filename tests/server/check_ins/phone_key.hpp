#pragma once

#include "tests/server/check_ins/small_city.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <span>
#include <string>

namespace keyaki::test {

/// A phone's key in its keystore.
class PhoneKey {
  public:
    PhoneKey();
    ~PhoneKey();
    PhoneKey(const PhoneKey &) = delete;
    PhoneKey &operator=(const PhoneKey &) = delete;

    [[nodiscard]] std::string public_hex() const;
    [[nodiscard]] std::string sign_hex(const std::string &message) const;

  private:
    EVP_PKEY *m_key;
};

/// An offline ticket of the rally "r", as the server gives it.
[[nodiscard]] std::string ticket_for(SmallCity &city, const PhoneKey &key, const std::string &member, const nlohmann::json &spots);
/// A visit that was made without a network: signed by the phone when it was there.
[[nodiscard]] nlohmann::json signed_body(SmallCity &city, const PhoneKey &key, const std::string &ticket, const Visit &visit);

} // namespace keyaki::test
