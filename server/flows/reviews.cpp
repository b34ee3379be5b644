#include "server/flows/reviews.hpp"

#include "geo/error.hpp"
#include "server/rally/rules.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace keyaki::server {

namespace {

using nlohmann::json;

/// The held transfer of a check-in, which its answer names; empty where it gave no points.
std::string held_transfer(const data::KeptCheckIn &kept) {
    for (const json &award : json::parse(kept.answer_json).value("awards", json::array())) {
        if (award.value("state", "") == "pending") {
            return award.value("transfer", "");
        }
    }
    return {};
}

bool gave_stamp(const data::KeptCheckIn &kept) { return json::parse(kept.answer_json).value("stamp", json()).is_object(); }

/// What the spot gives was given before the member was erased: the answer said so.
bool was_given_before(const data::KeptCheckIn &kept) {
    const json reasons = json::parse(kept.answer_json).value("reasons", json::array());
    return std::find(reasons.begin(), reasons.end(), rally::reason_code(rally::Reason::awarded_before)) != reasons.end();
}

/// When the member was there: an offline ticket's check-in is kept with that in its facts.
std::int64_t visited_at_us(const data::KeptCheckIn &kept) {
    const json evidence = json::parse(kept.evidence_json, nullptr, false);
    return evidence.is_object() ? evidence.value(json::json_pointer("/facts/visited_at_us"), kept.received_at_us) : kept.received_at_us;
}

/// Takes the stamp of a check-in back: its row, and its place in the run that it belongs to.
void take_stamp_back(data::Books &books, const data::KeptCheckIn &kept) {
    books.reviews.remove_stamp_of(kept.id);
    const std::int64_t at_us = visited_at_us(kept);
    for (data::CourseRun run : books.runs.of_member(kept.member, kept.rally)) {
        const auto place = std::find_if(run.stamps.begin(), run.stamps.end(),
                                        [&](const data::CourseRun::Stamp &stamp) { return stamp.spot == kept.spot && stamp.at_us == at_us; });
        if (place != run.stamps.end()) {
            run.stamps.erase(place, run.stamps.end()); // what came after it was not walked in order
            run.finished_at_us.reset();
            books.runs.update(run);
        }
    }
}

class Decider {
  public:
    Decider(data::WriteTransaction &transaction, const Rallies &rallies, std::string_view check_in, std::string_view actor, std::string_view note,
            std::int64_t now_us)
        : m_transaction(transaction), m_books(transaction.books()), m_rallies(rallies), m_actor(actor), m_note(note), m_now_us(now_us) {
        const auto kept = m_books.history.find(check_in);
        const auto review = m_books.reviews.find(check_in);
        if (!kept || !review) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no check-in \"{}\" that somebody has to look at", check_in));
        }
        m_kept = *kept;
        m_outcome.review = *review;
        m_is_held = review->kind == data::ReviewKind::held;
    }

    ReviewOutcome approve() {
        if (m_is_held) {
            return close_as(end_points(data::Ending::post));
        }
        m_books.evidence.forget_standing(m_kept.member);
        return close(data::ReviewState::approved);
    }

    ReviewOutcome reject() {
        const TransferState points = m_is_held ? end_points(data::Ending::cancel) : TransferState::voided;
        if (points != TransferState::voided) {
            return close_as(points);
        }
        m_books.evidence.put_standing(m_kept.member, {rally::current_rules().score.refuse_from, m_now_us});
        return m_is_held ? take_back(data::ReviewState::rejected) : close(data::ReviewState::rejected);
    }

    ReviewOutcome lapse() { return m_is_held ? close_as(end_points(data::Ending::time_out)) : close(data::ReviewState::lapsed); }

  private:
    using TransferState = data::TransferState;

    /// What became of the held points: mostly what was asked for. The ledger's own routes may have ended them before, or their time.
    TransferState end_points(data::Ending ending) {
        const std::string transfer = held_transfer(m_kept);
        if (transfer.empty()) {
            const bool is_over = m_outcome.review.due_at_us <= m_now_us;
            return ending == data::Ending::cancel ? TransferState::voided : is_over ? TransferState::expired : TransferState::posted;
        }
        const data::EndResult result = m_transaction.end_pending({transfer, ending, {}, m_kept.id}, m_now_us);
        if (!result.transfer) {
            throw geo::Error(geo::ErrorKind::conflict, fmt::format("the held points of check-in {} were not moved: the ledger answered {}", m_kept.id,
                                                                   data::end_outcome_name(result.outcome)));
        }
        if (result.outcome != data::EndOutcome::created && result.outcome != data::EndOutcome::exists) {
            m_note += m_note.empty() ? "the ledger ended its points before" : " (the ledger ended its points before)";
        }
        m_outcome.points = result.transfer->request.amount;
        return result.transfer->state;
    }

    /// A review is what became of its points: nobody's word makes a posted award a rejected one.
    ReviewOutcome close_as(TransferState points) {
        if (points != TransferState::posted) {
            return take_back(points == TransferState::voided ? data::ReviewState::rejected : data::ReviewState::lapsed);
        }
        m_books.evidence.forget_standing(m_kept.member);
        const auto versioned = m_rallies.find(m_kept.rally);
        if (versioned && gave_stamp(m_kept) && !was_given_before(m_kept)) {
            // Always Japanese: who decides is not whose language is known.
            static_cast<void>(grant_coupon(m_transaction, versioned->rally, m_kept.member, m_kept.id, true, m_now_us));
        }
        return close(data::ReviewState::approved);
    }

    ReviewOutcome take_back(data::ReviewState state) {
        take_stamp_back(m_books, m_kept);
        return close(state);
    }

    /// Whatever waited for this review alone comes due, be it by stamps that were never in doubt.
    ReviewOutcome close(data::ReviewState state) {
        m_books.reviews.decide(m_kept.id, state, m_actor, m_note, m_now_us);
        m_outcome.review = *m_books.reviews.find(m_kept.id);
        // Without the note, which may say something of the member: it stands with the review, and leaves with it.
        const json detail{{"state", data::review_state_name(state)}, {"points", m_outcome.points}};
        m_transaction.insert_audit({m_now_us, m_actor, "review.decide", m_kept.id, detail.dump(-1, ' ', false, json::error_handler_t::replace)});
        const auto versioned = m_is_held ? m_rallies.find(m_kept.rally) : nullptr;
        if (versioned) {
            m_outcome.prizes = settle_prizes(m_transaction, versioned->rally, m_kept.member, m_kept.id, m_now_us);
        }
        return std::move(m_outcome);
    }

    data::WriteTransaction &m_transaction;
    data::Books m_books;
    const Rallies &m_rallies;
    data::KeptCheckIn m_kept;
    std::string m_actor;
    std::string m_note;
    std::int64_t m_now_us;
    bool m_is_held = false;
    ReviewOutcome m_outcome;
};

void require_open(const data::Review &review) {
    if (review.state != data::ReviewState::open) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the review of check-in {} was decided before: it is {}", review.check_in,
                                                               data::review_state_name(review.state)));
    }
}

/// False where it cannot be closed now, which the log tells and which keeps no other one waiting.
bool lapse(data::Store &store, const Rallies &rallies, const data::Review &review, std::int64_t now_us) {
    try {
        store.write([&](data::WriteTransaction &transaction) {
            const auto now = transaction.books().reviews.find(review.check_in);
            if (now && now->state == data::ReviewState::open) {
                Decider decider(transaction, rallies, review.check_in, "keyaki", "nobody looked at it in time", now_us);
                static_cast<void>(decider.lapse());
            }
        });
        return true;
    } catch (const geo::Error &error) {
        spdlog::error("the review of check-in {} does not lapse: {}", review.check_in, error.what());
        return false;
    }
}

} // namespace

ReviewOutcome decide_review(data::Store &store, const Rallies &rallies, std::string_view check_in, bool approve, std::string_view actor,
                            std::string_view note, std::int64_t now_us) {
    ReviewOutcome outcome;
    store.write([&](data::WriteTransaction &transaction) {
        if (const auto review = transaction.books().reviews.find(check_in)) {
            require_open(*review);
        }
        Decider decider(transaction, rallies, check_in, actor, note, now_us);
        outcome = approve ? decider.approve() : decider.reject();
    });
    return outcome;
}

std::size_t lapse_reviews(data::Store &store, const Rallies &rallies, std::int64_t now_us, std::size_t limit) {
    std::size_t closed = 0;
    std::optional<data::Review> last;
    for (std::size_t found = limit; found == limit && closed < limit;) {
        std::vector<data::Review> due;
        store.read_books([&](data::Books &books) { due = books.reviews.due(now_us, last, limit); });
        found = due.size();
        for (const data::Review &review : due) {
            closed += lapse(store, rallies, review, now_us) ? 1U : 0U;
            last = review;
        }
    }
    return closed;
}

} // namespace keyaki::server
