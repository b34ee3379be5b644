#include "data/books.hpp"
#include "data/database.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <limits>

namespace keyaki::data {

namespace {

constexpr std::array<std::string_view, 2> kinds{"held", "sampled"};
constexpr std::array<std::string_view, 4> states{"open", "approved", "rejected", "lapsed"};

template <std::size_t N>
std::size_t place_of(const std::array<std::string_view, N> &names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw geo::Error(geo::ErrorKind::corrupt, "a review is stored with the unknown word '" + std::string(name) + "'");
    }
    return static_cast<std::size_t>(found - names.begin());
}

Review read_review(const Statement &row) {
    Review review;
    review.check_in = row.column_text(0);
    review.member = row.column_text(1);
    review.rally = row.column_text(2);
    review.kind = static_cast<ReviewKind>(place_of(kinds, row.column_text(3)));
    review.state = static_cast<ReviewState>(place_of(states, row.column_text(4)));
    review.opened_at_us = row.column_int64(5);
    review.due_at_us = row.column_int64(6);
    if (!row.is_null(7)) {
        review.decided_at_us = row.column_int64(7);
        review.actor = row.column_text(8);
        review.note = row.column_text(9);
    }
    return review;
}

std::vector<Review> read_reviews(Statement &row) {
    std::vector<Review> reviews;
    while (row.step()) {
        reviews.push_back(read_review(row));
    }
    return reviews;
}

constexpr std::string_view columns = "check_in, member, rally, kind, state, opened_at_us, due_at_us, decided_at_us, actor, note";

} // namespace

std::string_view review_kind_name(ReviewKind kind) noexcept { return kinds.at(static_cast<std::size_t>(kind)); }
std::string_view review_state_name(ReviewState state) noexcept { return states.at(static_cast<std::size_t>(state)); }

void ReviewBook::open(const Review &review) {
    require_identifier("the check-in of a review", review.check_in);
    require_identifier("the member of a review", review.member);
    require_identifier("the rally of a review", review.rally);
    Statement insert = m_connection.prepare(
        "INSERT INTO review (check_in, member, rally, kind, state, opened_at_us, due_at_us) VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6)");
    insert.bind_view(1, review.check_in).bind_view(2, review.member).bind_view(3, review.rally).bind_view(4, review_kind_name(review.kind));
    insert.bind_int64(5, review.opened_at_us).bind_int64(6, review.due_at_us).run();
}

std::optional<Review> ReviewBook::find(std::string_view check_in) {
    Statement row = m_connection.prepare("SELECT " + std::string(columns) + " FROM review WHERE check_in = ?1");
    row.bind_view(1, check_in);
    return row.step() ? std::optional(read_review(row)) : std::nullopt;
}

std::vector<Review> ReviewBook::list(std::int64_t after_due_us, std::string_view after_check_in, std::size_t limit) {
    Statement row =
        m_connection.prepare("SELECT " + std::string(columns) +
                             " FROM review WHERE state = 'open' AND (due_at_us, check_in) > (?1, ?2) ORDER BY due_at_us, check_in LIMIT ?3");
    row.bind_int64(1, after_due_us).bind_view(2, after_check_in).bind_int64(3, static_cast<std::int64_t>(limit));
    return read_reviews(row);
}

std::vector<Review> ReviewBook::due(std::int64_t now_us, const std::optional<Review> &after, std::size_t limit) {
    Statement row = m_connection.prepare(
        "SELECT " + std::string(columns) +
        " FROM review WHERE state = 'open' AND due_at_us <= ?1 AND (due_at_us, check_in) > (?2, ?3) ORDER BY due_at_us, check_in LIMIT ?4");
    row.bind_int64(1, now_us).bind_int64(2, after ? after->due_at_us : std::numeric_limits<std::int64_t>::min());
    row.bind_view(3, after ? std::string_view(after->check_in) : std::string_view()).bind_int64(4, static_cast<std::int64_t>(limit));
    return read_reviews(row);
}

void ReviewBook::decide(std::string_view check_in, ReviewState state, std::string_view actor, std::string_view note, std::int64_t now_us) {
    const auto review = find(check_in);
    if (!review) {
        throw geo::Error(geo::ErrorKind::not_found, "nobody has to look at the check-in '" + std::string(check_in) + "'");
    }
    if (review->state != ReviewState::open) {
        throw geo::Error(geo::ErrorKind::conflict, "the review of the check-in '" + std::string(check_in) + "' was decided before: it is " +
                                                       std::string(review_state_name(review->state)));
    }
    require_identifier("who decides a review", actor);
    Statement update = m_connection.prepare("UPDATE review SET state = ?2, decided_at_us = ?3, actor = ?4, note = ?5 WHERE check_in = ?1");
    update.bind_view(1, check_in).bind_view(2, review_state_name(state)).bind_int64(3, now_us).bind_view(4, actor).bind_view(5, note).run();
}

std::int64_t ReviewBook::open_held(std::string_view member, std::string_view rally) {
    // By the member: those of everybody that wait may be many, and this is asked with every stamp.
    Statement row = m_connection.prepare("SELECT count(*) FROM review INDEXED BY review_of_member"
                                         " WHERE member = ?1 AND rally = ?2 AND kind = 'held' AND state = 'open'");
    row.bind_view(1, member).bind_view(2, rally);
    return row.step() ? row.column_int64(0) : 0;
}

void ReviewBook::remove_stamp_of(std::string_view check_in) {
    m_connection.prepare("DELETE FROM stamp WHERE check_in = ?1 AND (member, rally) IN (SELECT member, rally FROM review WHERE check_in = ?1)")
        .bind_view(1, check_in)
        .run();
}

} // namespace keyaki::data
