#pragma once

#include "server/rally/facts.hpp"
#include "server/rally/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Codes that a display at the spot shows for 30 s each, and codes that are printed. Error internal where OpenSSL has no HMAC. Any thread.
namespace keyaki::server::rally {

/// RFC 6238 over HMAC-SHA-1, the one that every authenticator knows: six digits (or more) for the step of `time_s`.
[[nodiscard]] std::string one_time_code(std::string_view secret, std::int64_t time_s, std::int64_t step_s = 30, int digits = 6);

/// Which step's code was given: nothing where it is none that could be valid around the time. `fault` says whether an older step showed it (within
/// ten minutes: somebody was slow, or passed it on) or none did.
struct CodeCheck {
    std::optional<std::int64_t> step;
    TokenFault fault = TokenFault::none;
};
[[nodiscard]] CodeCheck check_code(std::string_view secret, std::string_view code, std::int64_t time_s, const EvidenceRules &rules);

/// What a printed sheet's QR code says for a spot: 80 bits nobody can guess, base 32.
[[nodiscard]] std::string printed_code(std::string_view secret, std::string_view rally, std::string_view spot);
/// RFC 4648, upper case, without padding: how authenticators take secrets.
[[nodiscard]] std::string base32(std::string_view bytes);

} // namespace keyaki::server::rally
