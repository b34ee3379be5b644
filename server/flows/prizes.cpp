#include "server/flows/prizes.hpp"

#include "data/limits.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

/// Ids of awards for what was finished: "award/<rally>/completion/<member>", "award/<rally>/course:<course>[@<period>]/<member>". A spot's has a part
/// more, whatever its layer is called. Where one is longer than the ledger's ids may be, its hash stands in.
std::string finish_award_id(const rally::Rally &rally, std::string_view what, std::string_view member) {
    std::string name(what == "rally" ? "completion" : what);
    std::replace(name.begin(), name.end(), '/', ':');
    std::string id = fmt::format("award/{}/{}/{}", rally.id, name, member);
    return id.size() <= data::identifier_bytes_max ? id : fmt::format("award/{}/sha256:{}", rally.id, data::to_hex(data::sha256(id)));
}

constexpr std::string_view unit_of_awards = "nin";

/// By the ledger's time where points that live from now on would be over by it: it is ahead of a clock that stepped back.
std::optional<std::int64_t> expiry_of(data::WriteTransaction &books, const rally::Rally &rally, std::int64_t now_us) {
    const auto expires_at_us = rally::expiry_us(rally, now_us);
    const std::int64_t ledger_us = expires_at_us ? books.ledger_time_us(now_us) : 0;
    return expires_at_us && *expires_at_us <= ledger_us ? rally::expiry_us(rally, ledger_us) : expires_at_us;
}

data::TransferRequest transfer_of(data::WriteTransaction &books, const rally::Rally &rally, const Award &award, std::int64_t now_us) {
    data::TransferRequest transfer;
    transfer.id = award.id;
    transfer.debit_account = rally::budget_account(rally.id);
    transfer.credit_account = rally::member_account(award.member);
    transfer.amount = award.points;
    transfer.code = award.code;
    transfer.reference = award.reference;
    transfer.pending = award.timeout_s > 0;
    transfer.timeout_s = award.timeout_s;
    transfer.expires_at_us = expiry_of(books, rally, now_us);
    return transfer;
}

class Settler {
  public:
    Settler(data::WriteTransaction &transaction, const rally::Rally &rally, std::string_view member, std::string_view reference, std::int64_t now_us)
        : m_transaction(transaction), m_books(transaction.books()), m_rally(rally), m_member(member), m_reference(reference), m_now_us(now_us) {}

    Prizes settle() {
        if ((m_rally.courses.empty() && !m_rally.completion) || m_books.reviews.open_held(m_member, m_rally.id) > 0) {
            return {};
        }
        settle_courses();
        if (m_rally.completion) {
            settle_completion(*m_rally.completion);
        }
        return std::move(m_prizes);
    }

  private:
    void settle_courses() {
        if (m_rally.courses.empty()) {
            return;
        }
        for (const data::CourseRun &run : m_books.runs.of_member(m_member, m_rally.id)) {
            const rally::Course *course = m_rally.find_course(run.course);
            if (course == nullptr || !run.finished_at_us) {
                continue;
            }
            m_finished_courses.insert(course->id);
            const std::string what = run.period == "once" ? "course/" + run.course : fmt::format("course/{}@{}", run.course, run.period);
            if (finish(what, course->points, "course")) {
                tell("rally.course_completed", what, {{"course", course->id}, {"run", run.id}});
            }
        }
    }

    void settle_completion(const rally::Completion &completion) {
        const bool has_courses = static_cast<std::int64_t>(m_finished_courses.size()) >= completion.courses;
        if (!has_courses || (completion.spots > 0 && stamped_spots() < completion.spots) || !finish("rally", completion.points, "completion")) {
            return;
        }
        // Who completes the rally after its draw was closed, by a late review, has the points and no chance: the list is published.
        const bool is_closed = completion.draw_tickets > 0 && m_books.prizes.draw(m_rally.id).has_value();
        for (std::int64_t i = 0; i < (is_closed ? 0 : completion.draw_tickets); ++i) {
            const data::DrawTicket ticket{m_member, fmt::format("completion/{}", i + 1), make_prize_code(m_now_us), m_now_us};
            m_prizes.draw_tickets += m_books.prizes.give_ticket(m_rally.id, ticket) ? 1 : 0;
        }
        tell("rally.completed", "rally", {{"draw_tickets", m_prizes.draw_tickets}});
    }

    /// Different spots; the same one on two days is one.
    std::int64_t stamped_spots() {
        std::set<std::string> spots;
        for (const data::Stamp &stamp : m_transaction.stamps_of(m_member, m_rally.id)) {
            spots.insert(stamp.spot);
        }
        return static_cast<std::int64_t>(spots.size());
    }

    /// Notes the finish and gives its points; false where both happened before.
    bool finish(const std::string &what, std::int64_t points, const char *code) {
        if (!m_books.runs.finish(m_member, m_rally.id, what, m_now_us)) {
            return false;
        }
        m_prizes.finished.push_back(what);
        const auto budget = m_transaction.find_account(rally::budget_account(m_rally.id));
        const std::string id = finish_award_id(m_rally, what, m_member);
        const Award award{id, m_member, points, code, m_reference, 0};
        const bool is_given =
            points > 0 && budget && budget->available() >= points && award_fault(m_transaction, m_rally, award, m_now_us) == rally::AwardFault::none;
        const std::int64_t given = is_given ? points : 0;
        if (is_given) {
            give_award(m_transaction, m_rally, award, m_now_us);
            tell_award(what, id, given);
        }
        if (points > 0) {
            m_prizes.awards.push_back({id, given, false});
        }
        return true;
    }

    void tell(const char *type, const std::string &what, const ordered_json &more) {
        ordered_json data{{"member", m_member}, {"rally", m_rally.id}};
        data.update(more);
        m_transaction.insert_event({fmt::format("{}/finished/{}", m_reference, what), type, m_member, data.dump(), m_now_us});
    }
    void tell_award(const std::string &what, const std::string &id, std::int64_t points) {
        const ordered_json data{{"transfer", id}, {"member", m_member}, {"rally", m_rally.id}, {"points", points}};
        m_transaction.insert_event({fmt::format("{}/awarded/{}", m_reference, what), "points.awarded", m_member, data.dump(), m_now_us});
    }

    data::WriteTransaction &m_transaction;
    data::Books m_books;
    const rally::Rally &m_rally;
    std::string m_member;
    std::string m_reference;
    std::int64_t m_now_us;
    std::set<std::string> m_finished_courses;
    Prizes m_prizes;
};

} // namespace

Prizes settle_prizes(data::WriteTransaction &books, const rally::Rally &rally, std::string_view member, std::string_view reference,
                     std::int64_t now_us) {
    return Settler(books, rally, member, reference, now_us).settle();
}

namespace {

bool is_in_ledger(data::TransferOutcome outcome) {
    using Outcome = data::TransferOutcome;
    return outcome == Outcome::exists || outcome == Outcome::id_already_failed ||
           (outcome >= Outcome::exists_with_different_debit_account && outcome <= Outcome::exists_with_different_expiry);
}

} // namespace

rally::AwardFault award_fault(data::WriteTransaction &books, const rally::Rally &rally, const Award &award, std::int64_t now_us) {
    using Outcome = data::TransferOutcome;
    const Outcome outcome = books.foresee_transfer(transfer_of(books, rally, award, now_us), unit_of_awards, now_us);
    if (outcome == Outcome::created || outcome == Outcome::exceeds_budget) {
        return rally::AwardFault::none;
    }
    return is_in_ledger(outcome) ? rally::AwardFault::given_before : rally::AwardFault::refused;
}

void give_award(data::WriteTransaction &books, const rally::Rally &rally, const Award &award, std::int64_t now_us) {
    const data::TransferResult result = books.transfer(transfer_of(books, rally, award, now_us), unit_of_awards, now_us);
    if (result.outcome != data::TransferOutcome::created) {
        // Without the award's id: this sentence goes to the log, and the id names the member.
        throw geo::Error(geo::ErrorKind::internal, fmt::format("the award of check-in {} was answered {} by the ledger", award.reference,
                                                               data::transfer_outcome_name(result.outcome)));
    }
}

void use_up_awards(data::WriteTransaction &books, std::string_view member, std::int64_t now_us) {
    std::set<std::string> with_coupon;
    for (const data::CouponGrant &coupon : books.books().prizes.coupons_of(member)) {
        with_coupon.insert(coupon.check_in);
    }
    for (const data::Stamp &stamp : books.books().members.stamps(member)) {
        data::TransferRequest request;
        request.code = "award";
        request.id = held_award_id(stamp.rally, stamp.check_in);
        const bool was_held = is_in_ledger(books.foresee_transfer(request, {}, now_us));
        request.id = award_id(stamp.rally, stamp.spot, member, stamp.period);
        if ((was_held || with_coupon.contains(stamp.check_in)) && !is_in_ledger(books.foresee_transfer(request, {}, now_us))) {
            request.debit_account = rally::budget_account(stamp.rally);
            request.credit_account = rally::member_account(member);
            static_cast<void>(books.transfer(request, now_us)); // of no points: refused, and an id is refused for ever
        }
    }
}

std::optional<data::CouponGrant> grant_coupon(data::WriteTransaction &books, const rally::Rally &rally, std::string_view member,
                                              std::string_view check_in, bool is_japanese, std::int64_t now_us) {
    if (!rally.coupon) {
        return std::nullopt;
    }
    data::CouponGrant grant;
    grant.code = make_prize_code(now_us);
    grant.rally = rally.id;
    grant.member = member;
    grant.shop = rally.coupon->shop;
    grant.title = is_japanese ? rally.coupon->title.ja : rally.coupon->title.en;
    grant.check_in = check_in;
    grant.granted_at_us = now_us;
    grant.valid_until_us = now_us + rally.coupon->valid_days * day_us;
    books.books().prizes.grant(grant);
    // Without the code: who reads events is not who may use it.
    const ordered_json data{{"check_in", check_in}, {"member", member}, {"rally", rally.id}, {"shop", grant.shop}};
    books.insert_event({grant.check_in + "/coupon", "coupon.granted", grant.member, data.dump(), now_us});
    return grant;
}

std::string make_prize_code(std::int64_t now_us) { return make_ulid(now_us).substr(10); }

} // namespace keyaki::server
