#include "data/books.hpp"
#include "data/columns.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::data {

namespace {

constexpr std::string_view columns = "rowid, id, member, rally, spot, device, verdict, rules, layer_revision, score, evidence_json, inputs_digest, "
                                     "bundle_hashes, answer_json, received_at_us";

std::vector<std::uint8_t> blob_of(const Statement &row, int column) {
    const auto bytes = row.column_blob(column);
    return {bytes.begin(), bytes.end()};
}

HistoryBook::Row read_row(const Statement &row) {
    KeptCheckIn kept;
    kept.id = row.column_text(1);
    kept.member = row.column_text(2);
    kept.rally = row.column_text(3);
    kept.spot = row.column_text(4);
    kept.device = row.column_text(5);
    kept.verdict = row.column_text(6);
    kept.rules = row.column_text(7);
    kept.layer_revision = static_cast<std::uint64_t>(row.column_int64(8));
    kept.score = row.column_double(9);
    kept.evidence_json = row.is_null(10) ? std::string() : std::string(row.column_text(10));
    kept.inputs_digest = blob_of(row, 11);
    kept.bundle_hashes = blob_of(row, 12);
    kept.answer_json = row.column_text(13);
    kept.received_at_us = row.column_int64(14);
    return {row.column_int64(0), std::move(kept)};
}

} // namespace

std::optional<KeptCheckIn> HistoryBook::find(std::string_view id) {
    Statement row = m_connection.prepare("SELECT " + std::string(columns) + " FROM check_in WHERE id = ?1");
    row.bind_view(1, id);
    return row.step() ? std::optional(read_row(row).check_in) : std::nullopt;
}

std::vector<HistoryBook::Row> HistoryBook::between(std::int64_t from_us, std::int64_t to_us, std::string_view rally, std::int64_t after,
                                                   std::size_t limit) {
    Statement row = m_connection.prepare("SELECT " + std::string(columns) + R"( FROM check_in
        WHERE rowid > ?1 AND received_at_us >= ?2 AND received_at_us < ?3 AND (?4 = '' OR rally = ?4) ORDER BY rowid LIMIT ?5)");
    row.bind_int64(1, after).bind_int64(2, from_us).bind_int64(3, to_us).bind_view(4, rally).bind_int64(5, static_cast<std::int64_t>(limit));
    std::vector<Row> rows;
    while (row.step()) {
        rows.push_back(read_row(row));
    }
    return rows;
}

std::vector<HistoryBook::Row> HistoryBook::newest(std::size_t count) {
    Statement row = m_connection.prepare(R"(
        SELECT rowid, id, member, rally, spot, device, verdict, bundle_hashes, received_at_us FROM check_in
        ORDER BY rowid DESC LIMIT ?1)");
    row.bind_int64(1, static_cast<std::int64_t>(count));
    std::vector<Row> rows;
    while (row.step()) {
        KeptCheckIn kept;
        kept.id = row.column_text(1);
        kept.member = row.column_text(2);
        kept.rally = row.column_text(3);
        kept.spot = row.column_text(4);
        kept.device = row.column_text(5);
        kept.verdict = row.column_text(6);
        kept.bundle_hashes = blob_of(row, 7);
        kept.received_at_us = row.column_int64(8);
        rows.push_back({row.column_int64(0), std::move(kept)});
    }
    return rows;
}

std::optional<std::string> HistoryBook::rally_json(std::string_view rally, std::uint64_t version) {
    Statement row = m_connection.prepare("SELECT json FROM rally_version WHERE id = ?1 AND version = ?2");
    row.bind_view(1, rally).bind_int64(2, static_cast<std::int64_t>(version));
    return row.step() ? std::optional(std::string(row.column_text(0))) : std::nullopt;
}

void TicketBook::issue(const OfflineTicket &ticket) {
    require_identifier("the id of an offline ticket", ticket.id);
    require_identifier("the member of an offline ticket", ticket.member);
    const std::string spots = nlohmann::json(ticket.spots).dump();
    Statement insert = m_connection.prepare(
        "INSERT INTO offline_ticket (id, rally, member, device_key, spots_json, from_us, until_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    insert.bind_view(1, ticket.id).bind_view(2, ticket.rally).bind_view(3, ticket.member).bind_blob(4, ticket.device_key).bind_view(5, spots);
    insert.bind_int64(6, ticket.from_us).bind_int64(7, ticket.until_us).run();
}

std::optional<OfflineTicket> TicketBook::find(std::string_view id) {
    Statement row =
        m_connection.prepare("SELECT id, rally, member, device_key, spots_json, from_us, until_us, check_in FROM offline_ticket WHERE id = ?1");
    if (!row.bind_view(1, id).step()) {
        return std::nullopt;
    }
    OfflineTicket ticket;
    ticket.id = row.column_text(0);
    ticket.rally = row.column_text(1);
    ticket.member = row.column_text(2);
    ticket.device_key = bytes_of<32>(row, 3, "the device key of ticket '" + ticket.id + "'");
    for (const auto &spot : nlohmann::json::parse(row.column_text(4))) {
        ticket.spots.push_back(spot.get<std::string>());
    }
    ticket.from_us = row.column_int64(5);
    ticket.until_us = row.column_int64(6);
    ticket.check_in = row.is_null(7) ? std::string() : std::string(row.column_text(7));
    return ticket;
}

std::int64_t TicketBook::issued_today(std::string_view member, std::string_view rally, std::int64_t from_us) {
    Statement row = m_connection.prepare("SELECT count(*) FROM offline_ticket WHERE member = ?1 AND rally = ?2 AND from_us >= ?3");
    row.bind_view(1, member).bind_view(2, rally).bind_int64(3, from_us);
    return row.step() ? row.column_int64(0) : 0;
}

void TicketBook::use(std::string_view id, std::string_view check_in) {
    m_connection.prepare("UPDATE offline_ticket SET check_in = ?2 WHERE id = ?1 AND check_in IS NULL").bind_view(1, id).bind_view(2, check_in).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::conflict, "the ticket was used before, or there is none of that id");
    }
}

} // namespace keyaki::data
