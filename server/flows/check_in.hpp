#pragma once

#include "data/store.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/snapshots.hpp"
#include "server/http/accept.hpp"
#include "server/rally/decision.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// The body of `POST /checkins`, read strictly.
struct CheckInRequest {
    std::string member;
    std::string rally;
    std::string spot; ///< "layer/feature-id"
    std::string device;
    rally::Attempt attempt; ///< received_at_us is the caller's to fill
    std::string body_hash;  ///< SHA-256 of the document's canonical text: white space and order of fields do not make another request
};
/// Throws FieldErrors that name every wrong field, or Error for text that is not JSON.
[[nodiscard]] CheckInRequest parse_check_in(std::string_view body);

/// What the caller gets, and gets again for the same key and body.
struct CheckInAnswer {
    int status = 201;
    std::string body;
    std::string location;
    std::string verdict; ///< for the metrics, as is first_reason (empty when accepted without one)
    std::string first_reason;
    bool replayed = false;
    bool key_reused = false; ///< the key came before with another body: nothing was done, nothing else is set
};

/// request → decision (pure) → one transaction { check-in, stamp, transfer, outbox, answer } → answer, exactly once for a key and a body, and at
/// most one award for (rally, spot, member, period) whatever keys are used. Any thread; returns when the answer is durable.
class CheckInFlow {
  public:
    CheckInFlow(data::Store &store, const Snapshots &snapshots, const Rallies &rallies)
        : m_store(store), m_snapshots(snapshots), m_rallies(rallies) {}

    /// `client` is the API key's id. Throws FieldErrors for a rally, layer or spot that is not there.
    [[nodiscard]] CheckInAnswer check_in(std::string_view client, std::string_view idempotency_key, CheckInRequest request, http::Language language,
                                         std::int64_t now_us);

  private:
    data::Store &m_store;
    const Snapshots &m_snapshots;
    const Rallies &m_rallies;
};

} // namespace keyaki::server
