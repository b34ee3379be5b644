#include "server/flows/check_in_case.hpp"

#include "data/sha256.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/prizes.hpp"
#include "server/identifiers.hpp"
#include "server/rally/answer_key.hpp"
#include "server/rally/nfc_tap.hpp"
#include "server/rally/one_time_code.hpp"
#include "server/rally/proofs.hpp"
#include "server/rally/score.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyaki::server {

namespace {

/// What the books say of one attempt; each part reads only what the rally or the request asks for.
class Reader {
  public:
    Reader(data::WriteTransaction &transaction, const CheckInCase &attempt)
        : m_transaction(transaction), m_books(transaction.books()), m_attempt(attempt), m_rally(attempt.rally()), m_request(attempt.request),
          m_day(jst_day(attempt.at_us)) {
        m_say.facts = attempt.facts;
    }

    BooksSay read(const RecentAttempts &recent) {
        read_stamps();
        read_points();
        read_counts();
        read_tries();
        read_token();
        read_device();
        read_answers();
        read_run();
        read_standing();
        RecentAttempts::Attempt remembered = m_attempt.remembered;
        remembered.code_step = m_say.code_step;
        m_say.facts.measures = recent.measure(remembered, m_say.facts.measures);
        if (m_attempt.pays_stay()) {
            m_say.facts.dwell_ms = recent.dwell_ms(remembered, rally::current_rules().stay);
        }
        return std::move(m_say);
    }

  private:
    [[nodiscard]] bool wants_all_stamps() const {
        return m_rally.limits.stamps_per_member_per_day || m_rally.is_locked_at_first(m_request.spot) || m_rally.kind == rally::Kind::walking;
    }

    void read_stamps() {
        rally::Facts &facts = m_say.facts;
        if (!wants_all_stamps()) {
            facts.is_stamped = m_transaction.find_stamp(m_request.rally, m_request.spot, m_request.member, m_attempt.period).has_value();
            return;
        }
        const std::vector<data::Stamp> stamps = m_transaction.stamps_of(m_request.member, m_request.rally);
        facts.is_stamped = std::any_of(stamps.begin(), stamps.end(),
                                       [&](const data::Stamp &stamp) { return stamp.spot == m_request.spot && stamp.period == m_attempt.period; });
        if (!is_open_to(m_rally, m_request.spot, stamps)) {
            refuse_unknown_spot(m_rally, m_request.spot);
        }
        if (m_rally.limits.stamps_per_member_per_day) {
            facts.member_stamps_today =
                std::count_if(stamps.begin(), stamps.end(), [&](const data::Stamp &stamp) { return jst_day(stamp.stamped_at_us) == m_day; });
        }
        if (m_rally.kind == rally::Kind::walking) {
            // The latest first. An offline visit may come after stamps that were given later: then the way on from it counts too.
            const auto before =
                std::find_if(stamps.begin(), stamps.end(), [&](const data::Stamp &stamp) { return stamp.stamped_at_us <= m_attempt.at_us; });
            if (before != stamps.end()) {
                read_walk(*before);
            }
            if (before != stamps.begin()) {
                read_walk(*std::prev(before));
            }
        }
    }

    /// How fast the way between another stamp's spot and this one was, from fence to fence.
    void read_walk(const data::Stamp &other) {
        const auto found = m_attempt.last_spot(other.spot);
        const double seconds = std::max(1.0, static_cast<double>(std::abs(m_attempt.at_us - other.stamped_at_us)) / 1e6);
        if (found && other.spot != m_request.spot) {
            const double way_m = geo::distance_m(found->fence.centre(), m_attempt.spot->fence.centre()) - 2 * reach_m(found->fence) -
                                 2 * reach_m(m_attempt.spot->fence);
            double &stamp_mps = m_say.facts.measures.stamp_mps;
            stamp_mps = std::max(stamp_mps, std::round(std::max(0.0, way_m) / seconds * 10) / 10);
        }
    }

    void read_points() {
        rally::Facts &facts = m_say.facts;
        const std::int64_t day_begins_us = jst_day_start_us(m_attempt.now_us);
        if (m_rally.limits.points_per_member_per_day) {
            facts.points_today = m_transaction.points_awarded(m_request.member, m_request.rally, day_begins_us, day_begins_us + day_us);
        }
        const auto budget = m_transaction.find_account(rally::budget_account(m_request.rally));
        // More than the spot is worth decides nothing more, and would make every attempt's facts differ from the last one's.
        facts.budget_available = std::min(budget ? budget->available() : 0, facts.points);
    }

    void read_counts() {
        if (m_rally.limits.stamps_per_spot_per_day) {
            m_say.facts.spot_stamps_today = m_books.evidence.daily_count(m_request.rally, m_day, "spot/" + m_request.spot);
        }
        if (m_rally.limits.stamps_per_device_per_day && !m_request.device.empty()) {
            m_say.facts.device_stamps_today = m_books.evidence.daily_count(m_request.rally, m_day, "device/" + m_request.device);
        }
    }

    [[nodiscard]] bool has_tries() const {
        return m_rally.spots.needs_quiz || m_rally.spots.needs_riddle || m_rally.spots.is_hidden || m_request.code || m_request.qr || m_request.nfc;
    }

    void read_tries() {
        if (has_tries()) {
            m_tries = m_books.evidence.wrong_tries(m_request.member, m_request.rally, m_request.spot, jst_day(m_attempt.now_us));
            m_say.facts.wait_until_us = wait_until_us(m_rally, m_tries, rally::current_rules());
            m_say.facts.empty_tries = m_tries.tries;
        }
    }

    void offer(rally::Token token) { m_say.facts.token = std::max(m_say.facts.token, token); }
    void fault(rally::TokenFault what) {
        if (m_say.facts.token_fault == rally::TokenFault::none) {
            m_say.facts.token_fault = what;
        }
    }

    void read_token() {
        if (m_attempt.ticket) {
            const auto ticket = m_books.tickets.find(m_attempt.ticket->id);
            m_say.facts.token_fault = ticket && ticket->check_in.empty() ? rally::TokenFault::none : rally::TokenFault::ticket_used;
        }
        if (m_request.staff) {
            offer(rally::Token::staff);
        }
        if (m_request.code || m_request.qr) {
            const auto secret = m_books.evidence.rally_secret(m_request.rally);
            read_codes(secret ? spot_secret(*secret, m_request.rally, m_request.spot) : std::string());
        }
        if (m_request.nfc) {
            read_tap(*m_request.nfc);
        }
    }

    /// A device that has signed once signs always: leaving the signature out is no way past it. An offline ticket has a signature of its own.
    void read_device() {
        const auto known = m_request.device.empty() ? std::nullopt : m_books.devices.find(m_request.device);
        rally::DeviceFault &fault = m_say.facts.device_fault;
        if (!m_request.proof) {
            fault = known && !m_attempt.ticket ? rally::DeviceFault::bad_signature : rally::DeviceFault::none;
        } else if (!m_attempt.is_proof_signed || (known && known->public_key != m_request.proof->key)) {
            fault = rally::DeviceFault::bad_signature;
        } else if (known && m_request.proof->counter <= known->last_counter) {
            fault = rally::DeviceFault::counter_back;
        } else {
            m_say.has_proof = true;
        }
    }

    void read_codes(const std::string &secret) {
        if (m_request.code) {
            const rally::CodeCheck check = rally::check_code(secret, *m_request.code, m_attempt.now_us / 1'000'000, rally::current_rules().evidence);
            if (check.step && !secret.empty()) {
                m_say.code_step = check.step;
                offer(rally::Token::code);
            } else {
                fault(secret.empty() ? rally::TokenFault::wrong_code : check.fault);
            }
        }
        if (m_request.qr) {
            if (!secret.empty() && rally::is_same_secret(rally::printed_code(secret, m_request.rally, m_request.spot), *m_request.qr)) {
                offer(rally::Token::qr);
            } else {
                fault(rally::TokenFault::wrong_code);
            }
        }
    }

    void read_tap(const SentTap &tap) {
        const auto tag = m_books.evidence.tag(tap.uid);
        if (!tag || tag->rally != m_request.rally || tag->spot != m_request.spot || !rally::is_tap_of(tag->file_key, tap.uid, tap.counter, tap.mac)) {
            fault(rally::TokenFault::wrong_tag);
        } else if (static_cast<std::int64_t>(tap.counter) <= tag->last_counter) {
            fault(rally::TokenFault::counter_back);
        } else {
            m_say.has_tap = true;
            offer(rally::Token::nfc);
        }
    }

    void read_answers() {
        rally::Facts &facts = m_say.facts;
        if (m_rally.spots.needs_quiz && m_request.quiz) {
            // The one that was asked on the day when the member was there.
            const bool is_today = m_day == jst_day(m_attempt.now_us);
            const auto tries = is_today ? m_tries : m_books.evidence.wrong_tries(m_request.member, m_request.rally, m_request.spot, m_day);
            const rally::Question *question = question_for(m_rally, m_request.spot, m_request.member, m_day, tries.tries);
            const bool is_right = question != nullptr && rally::is_right_answer(*m_request.quiz, question->answers);
            facts.quiz = is_right ? rally::Proof::right : rally::Proof::wrong;
        }
        if (m_rally.spots.needs_riddle) {
            const rally::Riddle *riddle = m_rally.riddle_of(m_request.spot);
            if (riddle == nullptr) {
                facts.riddle = rally::Proof::right; // a spot without a riddle of its own asks for none
            } else if (m_request.riddle) {
                facts.riddle = rally::is_right_answer(*m_request.riddle, riddle->answers) ? rally::Proof::right : rally::Proof::wrong;
            }
        }
    }

    void read_run() {
        if (m_attempt.course == nullptr) {
            return;
        }
        rally::Leg leg;
        leg.course = m_request.course;
        leg.run = m_request.run;
        const rally::Course &course = *m_attempt.course;
        leg.needs_track = course.mode == rally::CourseMode::track;
        if (m_request.run.empty()) {
            open_run(course, leg);
        } else {
            go_on(course, leg);
        }
        m_say.facts.leg = std::move(leg);
    }

    [[nodiscard]] std::string finish_name(const rally::Course &course) const {
        const std::string period = rally::period_key(course.per, m_attempt.at_us);
        return period == "once" ? "course/" + course.id : fmt::format("course/{}@{}", course.id, period);
    }

    void open_run(const rally::Course &course, rally::Leg &leg) {
        leg.is_next = course.order == rally::CourseOrder::ordered ? course.spots.front() == m_request.spot : course.has_spot(m_request.spot);
        const auto finishes = m_books.runs.finishes(m_request.member, m_request.rally);
        leg.is_over = std::any_of(finishes.begin(), finishes.end(), [&](const auto &finish) { return finish.what == finish_name(course); });
        leg.finishes = course.needed == 1;
        data::CourseRun run;
        run.id = m_attempt.id;
        run.rally = m_request.rally;
        run.course = course.id;
        run.member = m_request.member;
        run.period = rally::period_key(course.per, m_attempt.at_us);
        run.started_at_us = m_attempt.at_us;
        m_say.run = std::move(run);
    }

    void go_on(const rally::Course &course, rally::Leg &leg) {
        auto run = m_books.runs.find(m_request.run);
        leg.is_known = run && run->member == m_request.member && run->rally == m_request.rally && run->course == course.id && !run->stamps.empty();
        if (!leg.is_known) {
            return;
        }
        leg.is_over = run->finished_at_us.has_value();
        const auto place_of = [&course](const std::string &spot) {
            return static_cast<std::size_t>(std::find(course.spots.begin(), course.spots.end(), spot) - course.spots.begin());
        };
        const std::size_t here = place_of(m_request.spot);
        const std::size_t last = place_of(run->stamps.back().spot);
        const bool was_here = std::any_of(run->stamps.begin(), run->stamps.end(), [&](const auto &stamp) { return stamp.spot == m_request.spot; });
        leg.is_next = here < course.spots.size() && !was_here && (course.order != rally::CourseOrder::ordered || here == run->stamps.size());
        leg.run_s = static_cast<double>(m_attempt.at_us - run->started_at_us) / 1e6;
        leg.is_same_day = jst_day(run->started_at_us) == m_day;
        leg.leg_s = static_cast<double>(m_attempt.at_us - run->stamps.back().at_us) / 1e6;
        leg.least_leg_s = leg.is_next && last < course.spots.size() ? m_attempt.plan->least_leg_s(last, here) : 0;
        leg.finishes = run->stamps.size() + 1 >= course.needed;
        if (run->coverage) {
            leg.coverage = std::floor(*run->coverage * 1000) / 1000;
            leg.track_paces = std::round(run->fast_mps.value_or(0) / rally::pace_mps(course.pace) * 100) / 100;
        }
        m_say.run = std::move(run);
    }

    void read_standing() {
        if (const auto standing = m_books.evidence.standing(m_request.member)) {
            const double days = static_cast<double>(m_attempt.now_us - standing->scored_at_us) / static_cast<double>(day_us);
            m_say.facts.measures.carried = std::round(rally::faded(standing->score, days, rally::current_rules().score) * 10) / 10;
        }
    }

    data::WriteTransaction &m_transaction;
    data::Books m_books;
    const CheckInCase &m_attempt;
    const rally::Rally &m_rally;
    const CheckInRequest &m_request;
    std::string m_day;
    data::EvidenceBook::WrongTries m_tries;
    BooksSay m_say;
};

} // namespace

std::string spot_secret(const data::EvidenceBook::Secret &secret, std::string_view rally, std::string_view spot) {
    const data::Hash hash = data::sha256(std::string(secret.begin(), secret.end()), fmt::format("\n{}\n{}", rally, spot));
    return {hash.begin(), hash.begin() + 20};
}

rally::AwardFault usual_award_fault(data::WriteTransaction &transaction, const CheckInCase &attempt) {
    const CheckInRequest &request = attempt.request;
    const std::string id = award_id(request.rally, request.spot, request.member, attempt.period);
    const Award award{id, request.member, std::max<std::int64_t>(attempt.facts.points, 1), "award", attempt.id, 0};
    return award_fault(transaction, attempt.rally(), award, attempt.now_us);
}

BooksSay read_books(data::WriteTransaction &transaction, const CheckInCase &attempt, const RecentAttempts &recent) {
    return Reader(transaction, attempt).read(recent);
}

} // namespace keyaki::server
