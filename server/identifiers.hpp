#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// A new ULID: 48 bits of milliseconds, 80 random bits from the kernel, as 26 characters of Crockford's base 32
/// (github.com/ulid/spec). Sorts by time; cannot be guessed. Any thread.
[[nodiscard]] std::string make_ulid(std::int64_t time_us);

/// A new secret for an API key: "keyaki_" and 256 random bits in base64url. Any thread.
[[nodiscard]] std::string make_api_secret();

/// 256 random bits from the kernel, for what others are made from. Any thread.
[[nodiscard]] std::array<std::uint8_t, 32> make_secret();

/// Pseudonyms of members and devices, and Idempotency-Keys stand in derived ids, so what parts them may not occur:
/// 1 to 64 of A-Z a-z 0-9 . _ : -
[[nodiscard]] bool is_pseudonym(std::string_view text) noexcept;
/// The member that a request names. Error invalid_input for what is no pseudonym.
[[nodiscard]] std::string require_member(std::string_view text);

/// The award's id is derived, not chosen by a client, so that it can be given only once (ledger.md, I8):
/// "award/<rally>/<layer>/<feature>/<member>", with "@<period>" when the spot may be stamped more than once. Where that is longer than the
/// ledger's ids may be, the SHA-256 of it stands in for the spot and what follows.
[[nodiscard]] std::string award_id(std::string_view rally, std::string_view spot, std::string_view member, std::string_view period);

/// Of an award that waits for a review: "award/<rally>/held/<check-in>". Where it is voided or its time runs out, the same spot may be stamped again
/// in the period, and the ledger never takes an id twice. That it is given once is the stamp's doing, which stands as long as the award is not void.
[[nodiscard]] std::string held_award_id(std::string_view rally, std::string_view check_in);

/// How the ids begin that the server derives for its own transfers: awards of spots, courses and rallies ("award/"), points for steps, and the
/// budgets of rallies. An id that the ledger refused once stays refused for ever, so nobody else may use them, not even in vain.
inline constexpr std::array<std::string_view, 4> own_transfer_prefixes = {"award/", "steps/", "fund/", "return/"};

/// Why a client may not give a new transfer this id; nothing where it may. What the ledger keeps for itself ("post/", …) the ledger refuses.
[[nodiscard]] std::optional<std::string> refused_client_transfer_id(std::string_view id);

} // namespace keyaki::server
