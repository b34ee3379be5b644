#pragma once

#include "data/books.hpp"
#include "data/store.hpp"
#include "server/flows/prizes.hpp"
#include "server/flows/rallies.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// What a review did.
struct ReviewOutcome {
    data::Review review;     ///< as it is now
    std::int64_t points = 0; ///< posted, or given back
    Prizes prizes;           ///< that came due by an approval
};

/// Posts what was held, or voids it and takes the stamp back, also from the run of a course, and settles what waited for it; a sampled check-in is
/// only marked. A rejection stays with the account (a score of 90), an approval clears it. One transaction, once: Error not_found or conflict
/// otherwise. Points that were ended before, by their time or by the ledger's own routes, stay as they were ended, and the review becomes what they
/// did, which the outcome says: approved where they were posted, rejected where voided, lapsed where their time ran out.
[[nodiscard]] ReviewOutcome decide_review(data::Store &store, const Rallies &rallies, std::string_view check_in, bool approve, std::string_view actor,
                                          std::string_view note, std::int64_t now_us);

/// Reviews that nobody decided in time: their points go back and their stamps too, about `limit` of them; how many it were. One that cannot be closed
/// is logged, and the others go on.
std::size_t lapse_reviews(data::Store &store, const Rallies &rallies, std::int64_t now_us, std::size_t limit);

} // namespace keyaki::server
