#pragma once

#include "data/store.hpp"
#include "server/access/claims.hpp"
#include "server/access/failed_attempts.hpp"
#include "server/access/options.hpp"
#include "server/access/token_verifier.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/telemetry/striped_counters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace keyaki::server::access {

/// Who asks, by the bearer key or token of a request (RFC 6750). Any thread.
///
/// A key is asked for in the database each time, so a revoked one is refused from the next request on. Answers do not tell whether a key exists: the
/// same words, and the same work up to a comparison of hashes in constant time. What an attacker could learn from the time of the database's search
/// is the beginning of a hash of a secret with 256 random bits.
class Access {
  public:
    /// Error for options that cannot be used: a file of keys that is not there or holds none. `store` outlives this.
    Access(data::Store &store, Options options, KeySourceTimes times = {});

    /// Who it is; else the answer to give: 401 with WWW-Authenticate, 429 with Retry-After and RateLimit, 503 while the issuer's keys are not there.
    [[nodiscard]] std::variant<Identity, http::Response> identify(const http::Request &request);

    /// The answer for somebody who is known and may not do that: 403, counted.
    http::Response refuse_scope(const http::Request &request);

    [[nodiscard]] std::uint64_t refusals(Refusal refusal) const noexcept { return m_refusals.sum(static_cast<std::size_t>(refusal)); }
    /// All 0 where no issuer is set.
    [[nodiscard]] KeySourceFigures figures() const;

  private:
    struct Credential {
        std::string_view text;
        bool is_key = true; ///< else a token, which has full stops
    };
    [[nodiscard]] static std::variant<Credential, Refusal> credential_of(const http::Request &request);
    [[nodiscard]] std::variant<Identity, Refusal> look_up(const Credential &credential);
    [[nodiscard]] std::variant<Identity, Refusal> look_up_key(std::string_view secret);
    [[nodiscard]] http::Response answer_failure(Refusal refusal, const Address &client, const FailedAttempts::Attempt &attempt, std::int64_t now_us);
    void note(Refusal refusal, const std::string &from);

    data::Store &m_store;
    const Options m_options;
    std::optional<TokenVerifier> m_tokens; ///< none: no issuer is set
    FailedAttempts m_attempts;
    telemetry::StripedCounters m_refusals{refusal_count};
};

} // namespace keyaki::server::access
