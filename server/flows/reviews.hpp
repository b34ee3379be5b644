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

/// Posts what was held and settles what it completes, or voids it and takes the stamp back, also from the run of a course; a sampled check-in is only
/// marked. A rejection stays with the account (a score of 90), an approval clears it. One transaction, once: Error not_found or conflict otherwise.
/// Points whose time ran out meanwhile are not posted: the review lapses, which the outcome says.
[[nodiscard]] ReviewOutcome decide_review(data::Store &store, const Rallies &rallies, std::string_view check_in, bool approve, std::string_view actor,
                                          std::string_view note, std::int64_t now_us);

/// Reviews that nobody decided in time: their points are voided and their stamps taken back, at most `limit` of them; how many it were.
std::size_t lapse_reviews(data::Store &store, std::int64_t now_us, std::size_t limit);

} // namespace keyaki::server
