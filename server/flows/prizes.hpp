#pragma once

#include "data/books.hpp"
#include "data/store.hpp"
#include "server/rally/facts.hpp"
#include "server/rally/rally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// An award as an answer shows it.
struct AwardLine {
    std::string transfer;
    std::int64_t points = 0;
    bool is_pending = false;
};

/// What a member has won by what stands in the books now.
struct Prizes {
    std::vector<AwardLine> awards;
    std::vector<std::string> finished; ///< "rally", "course/<id>…"
    std::int64_t draw_tickets = 0;
};

/// Gives what is due for finished courses and for the rally's completion, each once, with its events; nothing while a stamp of the member in this
/// rally waits for a review. Called whenever a stamp, a finish or a review came in. `reference` is the check-in behind it. Points that the budget has
/// not, or that were given before the member was erased, are not given, and that is told by an award of no points.
[[nodiscard]] Prizes settle_prizes(data::WriteTransaction &books, const rally::Rally &rally, std::string_view member, std::string_view reference,
                                   std::int64_t now_us);

/// One award from the rally's budget: posted, or pending with a timeout.
struct Award {
    std::string id;
    std::string member;
    std::int64_t points = 0;
    std::string code; ///< "award", "course", "completion", "steps"
    std::string reference;
    std::int64_t timeout_s = 0; ///< 0: posted
};
/// Whether the ledger would take it. To be asked before it is promised: the id of an award is derived, and may have been used by a member who was
/// erased and has come back under the same pseudonym. The budget is not what this is about.
[[nodiscard]] rally::AwardFault award_fault(data::WriteTransaction &books, const rally::Rally &rally, const Award &award, std::int64_t now_us);
/// \pre award_fault() found none and the budget holds the points, in this transaction. Error internal where the ledger does not create it all the
/// same.
void give_award(data::WriteTransaction &books, const rally::Rally &rally, const Award &award, std::int64_t now_us);

/// Before a member is erased: uses up the ids of awards that the ledger does not show by themselves, those of stamps that were held and of stamps
/// that gave a coupon, so that nothing comes twice when somebody comes back under the same pseudonym. Of a stamp without either nothing is written.
void use_up_awards(data::WriteTransaction &books, std::string_view member, std::int64_t now_us);

/// The coupon of an event's stamp, with its event; nothing where the rally has none.
[[nodiscard]] std::optional<data::CouponGrant> grant_coupon(data::WriteTransaction &books, const rally::Rally &rally, std::string_view member,
                                                            std::string_view check_in, bool is_japanese, std::int64_t now_us);

/// Random, in capitals and digits that are not taken for one another: of coupons and tickets.
[[nodiscard]] std::string make_prize_code(std::int64_t now_us);

} // namespace keyaki::server
