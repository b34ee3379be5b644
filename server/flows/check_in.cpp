#include "server/flows/check_in.hpp"

#include "geo/error.hpp"
#include "server/flows/check_in_case.hpp"
#include "server/flows/check_in_papers.hpp"
#include "server/flows/prizes.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <optional>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view route = "POST /checkins";

/// The facts as they are unless the books say otherwise, or somebody comes between: no stamp yet, nothing against the member, and enough in the
/// budget.
rally::Facts usual_facts(const CheckInCase &attempt, const RecentAttempts &recent) {
    rally::Facts facts = attempt.facts;
    facts.budget_available = facts.points;
    facts.measures = recent.measure(attempt.remembered, facts.measures);
    if (attempt.pays_stay()) {
        facts.dwell_ms = recent.dwell_ms(attempt.remembered, rally::current_rules().stay);
    }
    return facts;
}

/// Decides and writes one new attempt, all inside the transaction that is given.
class Settlement {
  public:
    Settlement(data::WriteTransaction &transaction, const CheckInCase &attempt, RecentAttempts &recent)
        : m_transaction(transaction), m_books(transaction.books()), m_attempt(attempt), m_request(attempt.request), m_recent(recent),
          m_say(read_books(transaction, attempt, recent)) {}

    /// `papers` are those that were written ahead for `ahead_facts`, and are those of the outcome then.
    CheckInAnswer settle(Papers &papers, const rally::Facts &ahead_facts) {
        decide(papers, ahead_facts);
        m_outcome = &papers.outcome;
        if (m_outcome->stamp) {
            write_stamp_and_award();
        }
        write_course();
        write_doubt();
        write_tries();
        const bool has_more = write_consequences();
        if (has_more) {
            papers.answer = answer_json(m_attempt, m_say.facts, *m_outcome, m_consequences);
        }
        write_events(papers);
        write_check_in(papers);
        remember();
        CheckInAnswer answer;
        answer.location = "/checkins/" + m_attempt.id;
        answer.verdict = rally::verdict_name(m_outcome->verdict);
        answer.first_reason = m_outcome->reasons.empty() ? std::string_view() : rally::reason_code(m_outcome->reasons.front());
        answer.body = papers.answer;
        return answer;
    }

  private:
    [[nodiscard]] bool is_held() const { return m_outcome->verdict == rally::Verdict::held; }
    [[nodiscard]] static std::int64_t hold_timeout_s() { return static_cast<std::int64_t>(rally::current_rules().score.hold_timeout_s); }

    /// What was written ahead serves as far as the books agree: mostly to the verdict, if not to each number.
    void decide(Papers &papers, const rally::Facts &ahead_facts) {
        bool is_as_foreseen = m_say.facts == ahead_facts;
        rally::Outcome outcome = is_as_foreseen ? papers.outcome : rally::decide(m_attempt.rally(), m_say.facts);
        if (outcome.stamp && (m_say.facts.points > 0 || m_attempt.rally().coupon)) { // the ledger is asked only where something would be given
            m_say.facts.award_fault = usual_award_fault(m_transaction, m_attempt);
            if (m_say.facts.award_fault != rally::AwardFault::none) {
                outcome = rally::decide(m_attempt.rally(), m_say.facts);
                is_as_foreseen = false;
            }
        }
        if (is_as_foreseen) {
            return;
        }
        if (outcome == papers.outcome) {
            papers.evidence = evidence_json(m_say.facts); // the other texts are of the outcome, and of what the books do not change
        } else {
            papers = write_papers(m_attempt, m_say.facts, std::move(outcome));
        }
    }

    void write_stamp_and_award() {
        m_transaction.insert_stamp({m_request.rally, m_request.spot, m_request.member, m_attempt.period, m_attempt.id, m_attempt.at_us});
        if (m_outcome->award_points > 0) {
            const std::string id = award_of(m_attempt, *m_outcome);
            give_award(m_transaction, m_attempt.rally(),
                       {id, m_request.member, m_outcome->award_points, "award", m_attempt.id, is_held() ? hold_timeout_s() : 0}, m_attempt.now_us);
            m_consequences.awards.push_back({id, m_outcome->award_points, is_held()});
        }
        const std::string day = jst_day(m_attempt.at_us);
        if (m_attempt.rally().limits.stamps_per_spot_per_day) {
            m_books.evidence.add_daily_count(m_request.rally, day, "spot/" + m_request.spot);
        }
        if (m_attempt.rally().limits.stamps_per_device_per_day && !m_request.device.empty()) {
            m_books.evidence.add_daily_count(m_request.rally, day, "device/" + m_request.device);
        }
    }

    void write_course() {
        if (!m_outcome->course_stamp || !m_say.run) {
            return;
        }
        data::CourseRun run = *m_say.run;
        run.stamps.push_back({m_request.spot, m_attempt.at_us});
        if (m_outcome->finishes_course) {
            run.finished_at_us = m_attempt.at_us;
        }
        m_request.run.empty() ? m_books.runs.open(run) : m_books.runs.update(run);
        m_consequences.run = run.id;
    }

    void write_doubt() {
        if (is_held() || m_outcome->is_sampled) {
            data::Review review;
            review.check_in = m_attempt.id;
            review.member = m_request.member;
            review.rally = m_request.rally;
            review.kind = is_held() ? data::ReviewKind::held : data::ReviewKind::sampled;
            review.opened_at_us = m_attempt.now_us;
            review.due_at_us = m_attempt.now_us + hold_timeout_s() * 1'000'000;
            m_books.reviews.open(review);
        }
        if (m_outcome->own_score >= rally::current_rules().score.sample_from && m_outcome->own_score >= m_say.facts.measures.carried) {
            m_books.evidence.put_standing(m_request.member, {m_outcome->own_score, m_attempt.now_us});
        }
    }

    void write_tries() {
        if (m_attempt.ticket && (m_outcome->stamp || m_outcome->course_stamp)) {
            m_books.tickets.use(m_attempt.ticket->id, m_attempt.id);
        }
        if (m_outcome->is_wrong_try) {
            m_books.evidence.add_wrong_try(m_request.member, m_request.rally, m_request.spot, jst_day(m_attempt.now_us), m_attempt.now_us);
        }
        if (m_say.has_proof) {
            m_books.devices.count(m_request.device, m_request.proof->key, m_request.proof->counter);
        }
        // A tap that passed is used up, whatever became of the attempt: its address may be known to others now.
        if (m_say.has_tap) {
            m_books.evidence.count_tag(m_request.nfc->uid, static_cast<std::int64_t>(m_request.nfc->counter));
        }
    }

    /// True where the answer has more to say than its papers do.
    bool write_consequences() {
        const bool counts = m_outcome->stamp || m_outcome->course_stamp;
        if (counts && !is_held()) {
            Prizes prizes = settle_prizes(m_transaction, m_attempt.rally(), m_request.member, m_attempt.id, m_attempt.now_us);
            m_consequences.awards.insert(m_consequences.awards.end(), prizes.awards.begin(), prizes.awards.end());
            m_consequences.finished = std::move(prizes.finished);
            m_consequences.draw_tickets = prizes.draw_tickets;
        }
        if (m_outcome->stamp) {
            if (const rally::Riddle *riddle = m_attempt.rally().riddle_of(m_request.spot)) {
                m_consequences.opens = riddle->opens;
            }
            if (!is_held() && m_say.facts.award_fault != rally::AwardFault::given_before) {
                m_consequences.coupon = grant_coupon(m_transaction, m_attempt.rally(), m_request.member, m_attempt.id,
                                                     m_attempt.language == http::Language::ja, m_attempt.now_us);
            }
        }
        return !m_consequences.run.empty() || !m_consequences.finished.empty() || !m_consequences.opens.empty() || m_consequences.coupon;
    }

    void write_events(const Papers &papers) {
        if (!papers.accepted.empty()) {
            m_transaction.insert_event(
                {m_attempt.id + "/accepted", is_held() ? "checkin.held" : "checkin.accepted", m_request.member, papers.accepted, m_attempt.now_us});
        }
        if (!papers.awarded.empty()) {
            m_transaction.insert_event(
                {m_attempt.id + "/awarded", is_held() ? "points.held" : "points.awarded", m_request.member, papers.awarded, m_attempt.now_us});
        }
    }

    void write_check_in(const Papers &papers) {
        data::CheckIn check_in;
        check_in.id = m_attempt.id;
        check_in.member = m_request.member;
        check_in.rally = m_request.rally;
        check_in.spot = m_request.spot;
        check_in.device = m_request.device;
        check_in.verdict = rally::verdict_name(m_outcome->verdict);
        check_in.rules = m_attempt.rules;
        check_in.layer_revision = m_attempt.spot->layer_revision;
        check_in.inside_probability = m_say.facts.seen.exact_probability;
        check_in.evidence_json = papers.evidence;
        check_in.answer_json = papers.answer;
        check_in.received_at_us = m_attempt.now_us;
        check_in.score = m_outcome->score;
        check_in.inputs_digest = m_attempt.inputs_digest;
        check_in.bundle_hashes = rally::pack_bundle(m_attempt.remembered.begins_ms, m_attempt.remembered.hashes);
        m_transaction.insert_check_in(check_in);
    }

    void remember() {
        RecentAttempts::Attempt remembered = m_attempt.remembered;
        remembered.code_step = m_say.code_step;
        remembered.is_stamped = m_outcome->stamp;
        m_recent.note(remembered);
    }

    data::WriteTransaction &m_transaction;
    data::Books m_books;
    const CheckInCase &m_attempt;
    const CheckInRequest &m_request;
    RecentAttempts &m_recent;
    BooksSay m_say;
    const rally::Outcome *m_outcome = nullptr;
    Consequences m_consequences;
};

/// The answer that is there already for this key, or nothing.
std::optional<CheckInAnswer> earlier_answer(data::WriteTransaction &books, std::string_view client, std::string_view key,
                                            const CheckInRequest &request) {
    const auto stored = books.find_answer(client, route, key);
    if (!stored) {
        return std::nullopt;
    }
    CheckInAnswer answer;
    answer.replayed = stored->body_hash == request.body_hash;
    answer.key_reused = !answer.replayed;
    if (answer.replayed) {
        answer.status = stored->status;
        answer.body = stored->body;
        answer.location = nlohmann::json::parse(stored->headers_json).value("Location", "");
        answer.verdict = nlohmann::json::parse(stored->body).value("verdict", "");
    }
    return answer;
}

} // namespace

CheckInFlow::CheckInFlow(data::Store &store, const Snapshots &snapshots, const Rallies &rallies, RecentAttempts &recent)
    : m_store(store), m_snapshots(snapshots), m_rallies(rallies), m_recent(recent), m_spots(m_snapshots) {}

/// With the first check-in and not at the start: a server must come up while another process holds the database.
void CheckInFlow::write_rules(data::WriteTransaction &transaction) const {
    if (!m_are_rules_written) {
        const rally::Rules &rules = rally::current_rules();
        transaction.books().evidence.put_rule_set(rules.version, rally::rules_json(rules));
    }
}

CheckInAnswer CheckInFlow::check_in(std::string_view client, std::string_view idempotency_key, CheckInRequest request, http::Language language,
                                    std::int64_t now_us) {
    // A request that came before gets its answer again, whatever has become of the rally or the spot since: so a refusal waits for the look-up.
    std::optional<CheckInCase> attempt;
    Papers papers;
    rally::Facts facts;
    std::exception_ptr refusal;
    try {
        attempt.emplace(prepare_case(m_store, m_spots, m_rallies, request, language, now_us));
        facts = usual_facts(*attempt, m_recent);
        papers = write_papers(*attempt, facts, rally::decide(attempt->rally(), facts));
    } catch (const geo::Error &) {
        refusal = std::current_exception();
    }
    CheckInAnswer answer;
    bool is_new = false;
    m_store.write([&](data::WriteTransaction &books) {
        // A client that repeats a request while the first is in flight waits here for the writer, and then finds the first one's answer.
        if (auto earlier = earlier_answer(books, client, idempotency_key, request)) {
            answer = std::move(*earlier);
            return;
        }
        if (refusal) {
            std::rethrow_exception(refusal);
        }
        write_rules(books);
        answer = Settlement(books, *attempt, m_recent).settle(papers, facts);
        books.store_answer(client, route, idempotency_key, {request.body_hash, answer.status, papers.answer_headers, answer.body}, now_us);
        is_new = true;
    });
    m_are_rules_written = m_are_rules_written || is_new; // committed by now
    return answer;
}

} // namespace keyaki::server
