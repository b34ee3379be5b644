#pragma once

#include "server/access/claims.hpp"
#include "server/access/key_source.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace keyaki::server::access {

/// Says whose a token is, by the keys and the rules of one issuer (RFC 7519, RFC 8725). Any thread.
///
/// Our own two hundred lines over OpenSSL, because of what Debian has: libjwt 1.10 and cpp-jwt 1.4 take the algorithm from the token (each has an
/// open or late-mended confusion of RSA keys with shared secrets), know no key sets, and libjwt no Ed25519; cjose and jose (Ed25519 in neither) take
/// members that come twice and leave claims to the caller; rhonabwy fetches keys from addresses that a token names, and brings a second TLS library.
class TokenVerifier {
  public:
    explicit TokenVerifier(IssuerOptions options, KeySourceTimes times = {})
        : m_options(std::move(options)), m_keys(m_options.keys_at, m_options.ca_file, times) {}

    /// Form, algorithm and key first, then the signature, then what is claimed: nothing unsigned is believed.
    [[nodiscard]] std::variant<Identity, Refusal> verify(std::string_view token, std::int64_t now_us);
    [[nodiscard]] KeySourceFigures figures() const { return m_keys.figures(); }

  private:
    const IssuerOptions m_options;
    KeySource m_keys;
};

} // namespace keyaki::server::access
