#pragma once

#include "server/access/token.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace keyaki::server::access {

/// One public key that signatures of one algorithm are verified with. Immutable; any thread. The one place where OpenSSL is asked.
class PublicKey {
  public:
    /// Of a JSON Web Key: RFC 7518, 6.2 and 6.3; RFC 8037, 2. Else the reason why it is none for us, as the end of a sentence: "has 1024 bits, …".
    [[nodiscard]] static std::variant<PublicKey, std::string> from_jwk(const nlohmann::json &jwk);

    ~PublicKey();
    PublicKey(PublicKey &&) noexcept;
    PublicKey &operator=(PublicKey &&) noexcept;

    [[nodiscard]] Algorithm algorithm() const noexcept { return m_algorithm; }
    /// Whether this key made the signature, in the form that JSON Web Signatures have.
    [[nodiscard]] bool verifies(std::string_view signed_text, std::string_view signature) const;

  private:
    struct Handle;
    PublicKey(Algorithm algorithm, std::unique_ptr<Handle> handle);
    Algorithm m_algorithm;
    std::unique_ptr<Handle> m_handle;
};

} // namespace keyaki::server::access
