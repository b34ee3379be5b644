#pragma once

#include "data/books.hpp"
#include "data/store.hpp"
#include "server/rally/decision.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Verdicts again: of what was stored by the rules that decided then, by other rules, and by another configuration of the rally.
///
/// A replay needs three things, each kept under a version: the facts of the attempt (probabilities, counts, times and codes, no positions: 180 days),
/// the rally's configuration and the rules' constants (for ever). With the request's body, which the member's phone may still have, it begins at the
/// fixes: then the layer's revision is needed too, and the digest says whether it is the body that was decided upon.
namespace keyaki::server {

struct Replay {
    data::KeptCheckIn check_in;
    rally::Outcome outcome;
    bool is_same = false;   ///< verdict, reasons, score and probability are those of the stored answer
    std::string difference; ///< the first that is not
};

/// Error not_found for no such check-in; conflict where its evidence has left with its retention, or its rules or rally are not kept; corrupt for
/// facts that this program did not write.
[[nodiscard]] Replay replay_check_in(data::Store &store, std::string_view id);

/// Begins at the request's body: whether it is the one that was decided upon, and what its fixes say again.
struct BodyReplay {
    bool is_same_body = false;     ///< the digest says so
    bool is_same_presence = false; ///< the same probabilities come out of the fixes
};
[[nodiscard]] BodyReplay replay_body(data::Store &store, const data::KeptCheckIn &check_in, std::string_view body);

/// What other rules would have decided.
struct ShadowChange {
    std::string id;
    rally::Verdict then = rally::Verdict::refused;
    rally::Verdict now = rally::Verdict::refused;
    std::string reason; ///< the deciding one now; empty when accepted without one
};
struct ShadowReport {
    std::int64_t decided = 0;       ///< check-ins of the period
    std::int64_t without_facts = 0; ///< whose evidence has left, or whose rules or rally are not kept: not counted below
    std::map<std::pair<rally::Verdict, rally::Verdict>, std::int64_t> verdicts; ///< then and now
    std::int64_t points_then = 0;                                               ///< posted or held
    std::int64_t points_now = 0;
    std::vector<ShadowChange> changes; ///< the first of them
};

struct ShadowQuestion {
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
    std::string rally{};                              ///< only of this one; empty: of all
    std::optional<rally::Rules> rules = std::nullopt; ///< instead of those that decided
    std::optional<rally::Rally> configuration =
        std::nullopt; ///< instead of the version that decided: points, limits, hours, evidence; not which spots there are
    std::size_t most_changes = 100;
};
/// Each attempt is decided by itself, from its own facts: an attempt that would have been accepted earlier does not change the facts of a later one.
/// Error conflict where the rules differ in what cannot be applied to what is stored; the sentence names it.
[[nodiscard]] ShadowReport shadow(data::Store &store, const ShadowQuestion &question);

} // namespace keyaki::server
