#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::data {

/// An attempt, whatever its verdict: a fact, never edited. No raw positions (checkin.md section 6): `evidence_json` holds the coarse cell,
/// probability, sigma, codes and hashes, and leaves after its retention.
struct CheckIn {
    std::string id; ///< ULID
    std::string member;
    std::string rally;
    std::string spot; ///< "layer/feature-id"
    std::string device;
    std::string verdict; ///< accepted, held, more_fixes, token_required, refused
    std::string rules;   ///< version of the rules that decided
    std::uint64_t layer_revision = 0;
    double inside_probability = 0;
    std::string evidence_json;
    std::string answer_json; ///< the body that the caller got
    std::int64_t received_at_us = 0;
    double score = 0;            ///< that decided the band, 0 to 100
    std::string inputs_digest{}; ///< 32 bytes: of everything that was decided upon; may be empty
    std::string bundle_hashes{}; ///< to know the bundle of fixes again; may be empty
};

/// One per (rally, spot, member, period).
struct Stamp {
    std::string rally;
    std::string spot;
    std::string member;
    std::string period; ///< "once", "2026-04-12", "2026-W15"
    std::string check_in;
    std::int64_t stamped_at_us = 0;
};

/// An answer kept under (client, route, key), so that the same request again gets the same bytes.
struct StoredAnswer {
    std::string body_hash; ///< of the request
    int status = 0;
    std::string headers_json;
    std::string body;
};

/// An event for the outside, written in the transaction of what it tells and delivered later, in order per account.
struct OutboxEvent {
    std::string id;   ///< the same at every attempt
    std::string type; ///< "points.awarded", "checkin.accepted", "layer.published", …
    std::string subject;
    std::string data_json;
    std::int64_t time_us = 0;
};

struct Rally {
    std::string id;
    std::uint64_t version = 0; ///< 1, 2, 3 … per put that changes something
    std::string json;          ///< canonical text of the configuration
    std::string author;
    std::int64_t put_at_us = 0;
};

} // namespace keyaki::data
