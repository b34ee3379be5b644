#pragma once

#include "server/access/token.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::access {

/// The public keys of an issuer, as its JSON Web Key Set names them (RFC 7517). Immutable; any thread.
class KeySet {
  public:
    /// Takes from the set what a token may be signed with: RSA keys of 2048 to 8192 bits with an odd exponent of at least 65537, points of P-256 that
    /// lie on it, and Ed25519 keys, where `use`, `key_ops` and `alg` allow it. Others are left out, weak, private and shared ones with a sentence in
    /// notes(). Error invalid_input for what is no key set, for one with more than limits::keys, and where nothing is left.
    explicit KeySet(std::string_view text);
    ~KeySet();
    KeySet(KeySet &&) noexcept;
    KeySet &operator=(KeySet &&) noexcept;

    enum class Judgement : std::uint8_t {
        good,
        forged,     ///< a key of this name is there, and did not make this signature
        unknown_key ///< no key of this name is for this algorithm; or, for a token that names none, not just one
    };
    /// Verifies the signature with the key that the token names, which has to be of the algorithm's kind (RFC 8725, 3.1): a public key is never
    /// taken for a shared secret.
    [[nodiscard]] Judgement judge(const Token &token) const;

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] const std::vector<std::string> &notes() const noexcept { return m_notes; }

  private:
    struct Key;
    std::vector<Key> m_keys;
    std::vector<std::string> m_notes;
};

} // namespace keyaki::server::access
