#include "data/member_book.hpp"

#include "data/check_in_store.hpp"
#include "data/columns.hpp"
#include "data/database.hpp"
#include "data/identifier.hpp"
#include "data/sha256.hpp"

#include <nlohmann/json.hpp>

#include <cassert>
#include <functional>
#include <set>

namespace keyaki::data {

namespace {

/// Where something stands about a member, ?1. What others are found by is read before (Traces): ?2 are the ids of his check-ins, ?3 their devices,
/// ?4 the codes of his coupons, each a list as JSON.
struct Part {
    const char *table;
    const char *condition;
    bool stays; ///< in the books, whoever is erased
};
constexpr Part parts[] = {
    // The answers to requests name no member, but a check-in or a coupon.
    {"stored_answer",
     "CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.id') IN (SELECT value FROM json_each(?2))"
     " OR json_extract(CAST(body AS TEXT), '$.code') IN (SELECT value FROM json_each(?4)) ELSE 0 END",
     false},
    {"daily_count", "what IN (SELECT 'device/' || value FROM json_each(?3))", false},
    // A device's key stays while somebody else checks in by it: anybody could bind the device to another key.
    {"device_key",
     "device IN (SELECT value FROM json_each(?3))"
     " AND device NOT IN (SELECT device FROM check_in WHERE device IN (SELECT value FROM json_each(?3)) AND member <> ?1)",
     false},
    {"webhook_backlog", "subject = ?1", false},
    {"outbox_event", "subject = ?1", false},
    {"wrong_try", "member = ?1", false},
    {"standing", "member = ?1", false},
    {"review", "member = ?1", false},
    {"course_run", "member = ?1", false},
    {"finish", "member = ?1", false},
    {"draw_ticket", "member = ?1", false},
    {"step_day", "member = ?1", false},
    {"offline_ticket", "member = ?1", false},
    {"stamp", "member = ?1", false},
    {"audit_entry", "subject IN (SELECT value FROM json_each(?2)) OR json_extract(detail_json, '$.check_in') IN (SELECT value FROM json_each(?2))",
     true},
    {"coupon", "member = ?1", false},
    {"check_in", "member = ?1", false},
    {"ledger_account", "account_id = 'member:' || ?1 OR substr(account_id, 1, length(?1) + 8) = 'member:' || ?1 || '/'", true},
    {"ledger_entry",
     "debit_account = 'member:' || ?1 OR substr(debit_account, 1, length(?1) + 8) = 'member:' || ?1 || '/'"
     " OR credit_account = 'member:' || ?1 OR substr(credit_account, 1, length(?1) + 8) = 'member:' || ?1 || '/'",
     true},
};

bool is_event_table(const Part &part) { return part.table == std::string_view("webhook_backlog") || part.table == std::string_view("outbox_event"); }

/// What the rows of a member are found by that do not name him, read once: check_in has no index of members, for it is written to all day.
struct Traces {
    explicit Traces(Connection &connection, std::string_view of) : member(of) {
        auto ids = nlohmann::json::array();
        std::set<std::string, std::less<>> found;
        Statement row = connection.prepare("SELECT id, device FROM check_in WHERE member = ?1");
        row.bind_text(1, member);
        while (row.step()) {
            ids.push_back(row.column_text(0));
            if (!row.column_text(1).empty()) {
                found.emplace(row.column_text(1));
            }
        }
        auto codes = nlohmann::json::array();
        Statement coupon = connection.prepare("SELECT code FROM coupon WHERE member = ?1");
        coupon.bind_text(1, member);
        while (coupon.step()) {
            codes.push_back(coupon.column_text(0));
        }
        check_ins = ids.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        devices = nlohmann::json(found).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        coupons = codes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

    void bind(Statement &statement, std::string_view condition) const {
        int number = 0;
        for (const std::string *text : {&member, &check_ins, &devices, &coupons}) {
            if (condition.find("?" + std::to_string(++number)) != std::string_view::npos) {
                statement.bind_view(number, *text);
            }
        }
    }

    std::string member;
    std::string check_ins;
    std::string devices;
    std::string coupons;
};

/// Texts that are JSON stand as JSON.
nlohmann::ordered_json text_value(std::string_view column, std::string text) {
    if (column.ends_with("_json")) {
        nlohmann::ordered_json json = nlohmann::ordered_json::parse(text, nullptr, false);
        if (!json.is_discarded()) {
            return json;
        }
    }
    return text;
}

nlohmann::ordered_json value_of(const Statement &row, int column) {
    switch (row.value_kind(column)) {
    case Statement::ValueKind::nothing: return nullptr;
    case Statement::ValueKind::integer: return row.column_int64(column);
    case Statement::ValueKind::real: return row.column_double(column);
    case Statement::ValueKind::text: return text_value(row.column_name(column), std::string(row.column_text(column)));
    case Statement::ValueKind::blob: return to_hex(row.column_blob(column));
    }
    return nullptr;
}

std::string json_of(const Statement &row) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (int column = 0; column < row.column_count(); ++column) {
        json[std::string(row.column_name(column))] = value_of(row, column);
    }
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Rows that go when their retention is over, and what of them is looked at first, so that a pass reads no more than it removes where it can.
struct Retained {
    const char *statement; ///< with ?1 for the time, or the day of Japan where `is_by_day`, and ?2 for the limit
    std::int64_t MemberBook::Retention::*before_us;
    bool is_by_day;
};
using Retention = MemberBook::Retention;
constexpr Retained retained[] = {
    {"UPDATE check_in SET evidence_json = NULL, bundle_hashes = NULL WHERE rowid IN (SELECT rowid FROM check_in INDEXED BY "
     "check_in_evidence_retention"
     " WHERE evidence_json IS NOT NULL AND received_at_us < ?1 ORDER BY received_at_us LIMIT ?2)",
     &Retention::evidence_us, false},
    // In the order in which they came: the first that is young ends the pass.
    {"DELETE FROM stored_answer WHERE rowid IN (SELECT rowid FROM (SELECT rowid, stored_at_us FROM stored_answer ORDER BY rowid LIMIT ?2)"
     " WHERE stored_at_us < ?1)",
     &Retention::answers_us, false},
    {"DELETE FROM wrong_try WHERE (member, rally, spot, day) IN (SELECT member, rally, spot, day FROM wrong_try WHERE last_at_us < ?1 LIMIT ?2)",
     &Retention::counts_us, false},
    {"DELETE FROM daily_count WHERE (rally, day, what) IN (SELECT rally, day, what FROM daily_count WHERE day < ?1 LIMIT ?2)", &Retention::counts_us,
     true},
    {"DELETE FROM standing WHERE member IN (SELECT member FROM standing WHERE scored_at_us < ?1 LIMIT ?2)", &Retention::evidence_us, false},
    {"DELETE FROM review WHERE check_in IN (SELECT check_in FROM review WHERE decided_at_us < ?1 LIMIT ?2)", &Retention::evidence_us, false},
    {"DELETE FROM course_run WHERE id IN (SELECT id FROM course_run WHERE finished_at_us IS NULL AND started_at_us < ?1 LIMIT ?2)",
     &Retention::evidence_us, false},
    {"DELETE FROM step_day WHERE (member, rally, day) IN (SELECT member, rally, day FROM step_day WHERE reported_at_us < ?1 LIMIT ?2)",
     &Retention::evidence_us, false},
    {"DELETE FROM offline_ticket WHERE id IN (SELECT id FROM offline_ticket WHERE until_us < ?1 LIMIT ?2)", &Retention::evidence_us, false},
};

} // namespace

void MemberBook::read(std::string_view member, const RowVisitor &visit) {
    const Traces traces(m_connection, member);
    for (const Part &part : parts) {
        Statement row = m_connection.prepare(std::string("SELECT * FROM ") + part.table + " WHERE " + part.condition);
        traces.bind(row, part.condition);
        while (row.step()) {
            visit(part.table, json_of(row));
        }
    }
}

std::vector<Stamp> MemberBook::stamps(std::string_view member) { return stamps_of(m_connection, member); }

std::vector<MemberBook::Removed> MemberBook::erase(std::string_view member, std::int64_t now_us) {
    assert(m_connection.in_transaction());
    require_identifier("the member", member);
    const Traces traces(m_connection, member);
    std::vector<Removed> removed;
    for (const Part &part : parts) {
        if (part.stays || is_event_table(part)) {
            continue;
        }
        Statement remove = m_connection.prepare(std::string("DELETE FROM ") + part.table + " WHERE " + part.condition);
        traces.bind(remove, part.condition);
        remove.run();
        if (const auto rows = static_cast<std::uint64_t>(m_connection.changes()); rows > 0) {
            removed.push_back({part.table, rows});
        }
    }
    if (!removed.empty() || has_events(member)) {
        erase_events(member, now_us, removed);
    }
    return removed;
}

/// That somebody was erased is nothing more to erase.
bool MemberBook::has_events(std::string_view member) {
    Statement row = m_connection.prepare("SELECT 1 FROM outbox_event WHERE subject = ?1 AND type <> 'member.erased' LIMIT 1");
    return row.bind_text(1, member).step();
}

/// The new event comes first: the newest number of the outbox must not come again.
void MemberBook::erase_events(std::string_view member, std::int64_t now_us, std::vector<Removed> &removed) {
    insert_event(m_connection, {"erased/" + std::string(member) + "/" + std::to_string(now_us), "member.erased", std::string(member),
                                nlohmann::json{{"member", member}}.dump(), now_us});
    const std::int64_t told = m_connection.last_row_id();
    for (const char *table : {"webhook_backlog", "outbox_event"}) {
        Statement remove = m_connection.prepare(std::string("DELETE FROM ") + table + " WHERE subject = ?1 AND sequence <> ?2");
        remove.bind_text(1, member).bind_int64(2, told).run();
        if (const auto rows = static_cast<std::uint64_t>(m_connection.changes()); rows > 0) {
            removed.push_back({table, rows});
        }
    }
}

std::int64_t MemberBook::last_erasure() {
    return m_connection.query_int64("SELECT coalesce(max(sequence), 0) FROM audit_entry WHERE subject = 'member' AND action = 'member.erase'");
}

std::optional<MemberBook::Scrub> MemberBook::last_scrub() {
    Statement row = m_connection.prepare("SELECT coalesce(json_extract(detail_json, '$.last_erasure'), 0), time_us FROM audit_entry"
                                         " WHERE subject = 'member' AND action = 'member.scrub' ORDER BY sequence DESC LIMIT 1");
    return row.step() ? std::optional(Scrub{row.column_int64(0), row.column_int64(1)}) : std::nullopt;
}

std::size_t MemberBook::forget(const Retention &retention, std::size_t limit) {
    assert(m_connection.in_transaction());
    constexpr std::int64_t japan_us = std::int64_t{9} * 3'600 * 1'000'000;
    std::size_t count = 0;
    for (const Retained &one : retained) {
        const std::int64_t before_us = retention.*one.before_us;
        Statement change = m_connection.prepare(one.statement);
        if (one.is_by_day) {
            Statement day = m_connection.prepare("SELECT date(?1, 'unixepoch')");
            day.bind_int64(1, (before_us + japan_us) / 1'000'000);
            change.bind_text(1, day.step() ? day.column_text(0) : std::string_view());
        } else {
            change.bind_int64(1, before_us);
        }
        change.bind_int64(2, static_cast<std::int64_t>(limit)).run();
        count += static_cast<std::size_t>(m_connection.changes());
    }
    return count;
}

} // namespace keyaki::data
