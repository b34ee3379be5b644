#pragma once

#include "data/store.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/recent_attempts.hpp"
#include "server/flows/snapshots.hpp"
#include "server/flows/spot_sets.hpp"
#include "server/http/accept.hpp"
#include "server/rally/bundle.hpp"
#include "server/rally/decision.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// What an NFC tag puts into the address that a tap opens, decoded (rally/nfc_tap.hpp).
struct SentTap {
    std::array<std::uint8_t, 7> uid{};
    std::uint32_t counter = 0;
    std::array<std::uint8_t, 8> mac{};
};

/// An offline ticket, and the device key's signature over it and the fixes (rally/device_proof.hpp).
struct SentTicket {
    std::string id;
    std::array<std::uint8_t, 64> signature{};
};

/// The device's own key, and its signature over a number of its own and the fixes (rally/device_proof.hpp).
struct SentProof {
    std::array<std::uint8_t, 32> key{};
    std::int64_t counter = 0;
    std::array<std::uint8_t, 64> signature{};
};

/// The body of `POST /checkins`, read strictly.
struct CheckInRequest {
    std::string member;
    std::string rally;
    std::string spot; ///< "layer/feature-id"
    std::string device;
    geo::Platform platform = geo::Platform::unknown;
    std::vector<rally::SentFix> fixes;
    std::optional<bool> integrity; ///< whether the phone passed the client's attestation; nothing where it was not asked

    std::optional<std::string> quiz;
    std::optional<std::string> riddle;
    std::optional<std::string> code; ///< rotating
    std::optional<std::string> qr;   ///< printed
    std::optional<SentTap> nfc;
    bool staff = false; ///< whoever may say so: the route asks for the scope

    std::optional<SentProof> proof;   ///< of a device that signs what it sends
    std::optional<SentTicket> ticket; ///< the check-in was made without a network, and comes now

    std::string course; ///< empty: of none
    std::string run;    ///< empty: opens one

    std::string body_hash; ///< SHA-256 of the document's canonical text: white space and order of fields do not make another request

    [[nodiscard]] std::vector<geo::Fix> plain_fixes() const;
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

/// request → decision (pure) → one transaction { check-in, stamp, transfers, run, review, outbox, answer } → answer, exactly once for a key and a
/// body, and at most one award for (rally, spot, member, period) whatever keys are used. Any thread; returns when the answer is durable.
class CheckInFlow {
  public:
    CheckInFlow(data::Store &store, const Snapshots &snapshots, const Rallies &rallies, RecentAttempts &recent);

    /// Decides, and writes down the constants that it decides by with the first of them. `client` is the API key's id. Throws FieldErrors for a
    /// rally, layer, spot or course that is not there.
    [[nodiscard]] CheckInAnswer check_in(std::string_view client, std::string_view idempotency_key, CheckInRequest request, http::Language language,
                                         std::int64_t now_us);
    [[nodiscard]] SpotSets &spots() noexcept { return m_spots; }

  private:
    void write_rules(data::WriteTransaction &transaction) const;

    data::Store &m_store;
    const Snapshots &m_snapshots;
    const Rallies &m_rallies;
    std::atomic<bool> m_are_rules_written = false;
    RecentAttempts &m_recent;
    SpotSets m_spots;
};

} // namespace keyaki::server
