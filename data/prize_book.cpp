#include "data/books.hpp"
#include "data/database.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <algorithm>

namespace keyaki::data {

namespace {

constexpr std::string_view coupon_columns = "code, rally, member, shop, title, check_in, granted_at_us, valid_until_us, redeemed_at_us, redeemed_by";

CouponGrant read_coupon(const Statement &row) {
    CouponGrant coupon;
    coupon.code = row.column_text(0);
    coupon.rally = row.column_text(1);
    coupon.member = row.column_text(2);
    coupon.shop = row.column_text(3);
    coupon.title = row.column_text(4);
    coupon.check_in = row.column_text(5);
    coupon.granted_at_us = row.column_int64(6);
    coupon.valid_until_us = row.column_int64(7);
    if (!row.is_null(8)) {
        coupon.redeemed_at_us = row.column_int64(8);
        coupon.redeemed_by = row.column_text(9);
    }
    return coupon;
}

std::vector<DrawTicket> read_tickets(Statement &row) {
    std::vector<DrawTicket> tickets;
    while (row.step()) {
        tickets.push_back({std::string(row.column_text(0)), std::string(row.column_text(1)), std::string(row.column_text(2)), row.column_int64(3)});
    }
    return tickets;
}

} // namespace

void PrizeBook::grant(const CouponGrant &coupon) {
    require_identifier("the code of a coupon", coupon.code);
    require_identifier("the member of a coupon", coupon.member);
    require_identifier("the shop of a coupon", coupon.shop);
    Statement insert = m_connection.prepare(R"(
        INSERT INTO coupon (code, rally, member, shop, title, check_in, granted_at_us, valid_until_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))");
    insert.bind_view(1, coupon.code).bind_view(2, coupon.rally).bind_view(3, coupon.member).bind_view(4, coupon.shop).bind_view(5, coupon.title);
    insert.bind_view(6, coupon.check_in).bind_int64(7, coupon.granted_at_us).bind_int64(8, coupon.valid_until_us).run();
}

std::optional<CouponGrant> PrizeBook::coupon(std::string_view code) {
    Statement row = m_connection.prepare("SELECT " + std::string(coupon_columns) + " FROM coupon WHERE code = ?1");
    row.bind_view(1, code);
    return row.step() ? std::optional(read_coupon(row)) : std::nullopt;
}

std::vector<CouponGrant> PrizeBook::coupons_of(std::string_view member) {
    Statement row =
        m_connection.prepare("SELECT " + std::string(coupon_columns) + " FROM coupon WHERE member = ?1 ORDER BY granted_at_us DESC, code");
    row.bind_view(1, member);
    std::vector<CouponGrant> coupons;
    while (row.step()) {
        coupons.push_back(read_coupon(row));
    }
    return coupons;
}

void PrizeBook::redeem(std::string_view code, std::string_view by, std::int64_t now_us) {
    require_identifier("who redeems a coupon", by);
    Statement update = m_connection.prepare("UPDATE coupon SET redeemed_at_us = ?2, redeemed_by = ?3 WHERE code = ?1 AND redeemed_at_us IS NULL");
    update.bind_view(1, code).bind_int64(2, now_us).bind_view(3, by).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::conflict, "the coupon was redeemed before, or there is none of that code");
    }
}

bool PrizeBook::give_ticket(std::string_view rally, const DrawTicket &ticket) {
    require_identifier("the member of a ticket", ticket.member);
    Statement insert =
        m_connection.prepare("INSERT OR IGNORE INTO draw_ticket (rally, member, reason, ticket, given_at_us) VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind_view(1, rally).bind_view(2, ticket.member).bind_view(3, ticket.reason).bind_view(4, ticket.ticket);
    insert.bind_int64(5, ticket.given_at_us).run();
    return m_connection.changes() == 1;
}

std::vector<DrawTicket> PrizeBook::tickets(std::string_view rally) {
    Statement row = m_connection.prepare("SELECT member, reason, ticket, given_at_us FROM draw_ticket WHERE rally = ?1 ORDER BY ticket");
    row.bind_view(1, rally);
    return read_tickets(row);
}

std::vector<DrawTicket> PrizeBook::tickets_of(std::string_view rally, std::string_view member) {
    Statement row = m_connection.prepare(
        "SELECT member, reason, ticket, given_at_us FROM draw_ticket WHERE rally = ?1 AND member = ?2 ORDER BY given_at_us, reason");
    row.bind_view(1, rally).bind_view(2, member);
    return read_tickets(row);
}

void PrizeBook::close_draw(const Draw &draw) {
    require_identifier("the rally of a draw", draw.rally);
    if (this->draw(draw.rally)) {
        throw geo::Error(geo::ErrorKind::conflict, "the draw of the rally '" + draw.rally + "' is closed already");
    }
    Statement insert = m_connection.prepare(R"(
        INSERT INTO draw (rally, winners_wanted, entries_hash, seed_announced, closed_at_us, document_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6))");
    insert.bind_view(1, draw.rally).bind_int64(2, draw.winners_wanted).bind_blob(3, draw.entries_hash).bind_view(4, draw.seed_announced);
    insert.bind_int64(5, draw.closed_at_us).bind_view(6, draw.document_json).run();
}

std::optional<Draw> PrizeBook::draw(std::string_view rally) {
    Statement row = m_connection.prepare(
        "SELECT rally, winners_wanted, entries_hash, seed_announced, closed_at_us, seed, drawn_at_us, document_json FROM draw WHERE rally = ?1");
    if (!row.bind_view(1, rally).step()) {
        return std::nullopt;
    }
    Draw draw;
    draw.rally = row.column_text(0);
    draw.winners_wanted = row.column_int64(1);
    const auto hash = row.column_blob(2);
    std::copy_n(hash.begin(), std::min(hash.size(), draw.entries_hash.size()), draw.entries_hash.begin());
    draw.seed_announced = row.column_text(3);
    draw.closed_at_us = row.column_int64(4);
    if (!row.is_null(5)) {
        draw.seed = row.column_text(5);
        draw.drawn_at_us = row.column_int64(6);
    }
    draw.document_json = row.column_text(7);
    return draw;
}

void PrizeBook::put_seed(const Draw &draw) {
    Statement update = m_connection.prepare("UPDATE draw SET seed = ?2, drawn_at_us = ?3, document_json = ?4 WHERE rally = ?1 AND seed IS NULL");
    update.bind_view(1, draw.rally).bind_view(2, draw.seed).bind_int64(3, draw.drawn_at_us.value_or(0)).bind_view(4, draw.document_json).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::conflict, "the draw of the rally '" + draw.rally + "' was drawn before, or is not closed yet");
    }
}

std::optional<StepDay> PrizeBook::steps(std::string_view member, std::string_view rally, std::string_view day) {
    Statement row =
        m_connection.prepare("SELECT source, steps, paid_points, reported_at_us FROM step_day WHERE member = ?1 AND rally = ?2 AND day = ?3");
    row.bind_view(1, member).bind_view(2, rally).bind_view(3, day);
    return row.step() ? std::optional(StepDay{std::string(row.column_text(0)), row.column_int64(1), row.column_int64(2), row.column_int64(3)})
                      : std::nullopt;
}

void PrizeBook::put_steps(std::string_view member, std::string_view rally, std::string_view day, const StepDay &steps) {
    require_identifier("the member of steps", member);
    require_identifier("the source of steps", steps.source);
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO step_day (member, rally, day, source, steps, paid_points, reported_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (member, rally, day) DO UPDATE SET steps = excluded.steps, paid_points = excluded.paid_points, reported_at_us = excluded.reported_at_us)");
    upsert.bind_view(1, member).bind_view(2, rally).bind_view(3, day).bind_view(4, steps.source).bind_int64(5, steps.steps);
    upsert.bind_int64(6, steps.paid_points).bind_int64(7, steps.reported_at_us).run();
}

} // namespace keyaki::data
