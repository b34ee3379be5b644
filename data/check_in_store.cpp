#include "data/check_in_store.hpp"

#include "data/blob_text.hpp"
#include "data/identifier.hpp"
#include "data/outbox.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::string_view add_check_in = R"(
    INSERT INTO check_in (id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, evidence_json, answer_json,
                          received_at_us, score, inputs_digest, bundle_hashes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15))";
constexpr std::string_view check_in_by_id = R"(
    SELECT id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, evidence_json, answer_json, received_at_us
    FROM check_in WHERE id = ?1)";
constexpr std::string_view stamp_by_name = R"(
    SELECT rally, spot, member, period, check_in, stamped_at_us FROM stamp
    WHERE rally = ?1 AND spot = ?2 AND member = ?3 AND period = ?4)";
constexpr std::string_view stamps_of_member = R"(
    SELECT rally, spot, member, period, check_in, stamped_at_us FROM stamp WHERE member = ?1
    ORDER BY stamped_at_us DESC, rally, spot, period)";
constexpr std::string_view stamps_of_member_in_rally = R"(
    SELECT rally, spot, member, period, check_in, stamped_at_us FROM stamp WHERE member = ?1 AND rally = ?2
    ORDER BY stamped_at_us DESC, spot, period)";
constexpr std::string_view add_answer = R"(
    INSERT INTO stored_answer (client, route, key, body_hash, status, headers_json, body, stored_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))";
constexpr std::string_view answer_by_name = R"(
    SELECT body_hash, status, headers_json, body FROM stored_answer WHERE client = ?1 AND route = ?2 AND key = ?3)";

/// Runs an INSERT. The table itself says whether the key is there already: looking first would cost every check-in a search that finds nothing.
template <typename Sentence>
void insert_new(Statement &insert, const Sentence &sentence) {
    try {
        insert.run();
    } catch (const DatabaseError &error) {
        if (error.kind() != geo::ErrorKind::conflict) {
            throw;
        }
        throw geo::Error(geo::ErrorKind::conflict, sentence());
    }
}

void require_verdict(std::string_view verdict) {
    static constexpr std::array<std::string_view, 5> verdicts = {"accepted", "held", "more_fixes", "token_required", "refused"};
    if (std::find(verdicts.begin(), verdicts.end(), verdict) == verdicts.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "a check-in's verdict must be accepted, held, more_fixes, token_required or refused, but is '" + std::string(verdict) + "'");
    }
}

Stamp read_stamp(const Statement &row) {
    return {std::string(row.column_text(0)), std::string(row.column_text(1)), std::string(row.column_text(2)),
            std::string(row.column_text(3)), std::string(row.column_text(4)), row.column_int64(5)};
}

std::vector<Stamp> read_stamps(Statement &row) {
    std::vector<Stamp> stamps;
    while (row.step()) {
        stamps.push_back(read_stamp(row));
    }
    return stamps;
}

} // namespace

void insert_check_in(Connection &connection, const CheckIn &check_in) {
    assert(connection.in_transaction());
    require_identifier("the check-in id", check_in.id);
    require_identifier("the member of a check-in", check_in.member);
    require_identifier("the rally of a check-in", check_in.rally);
    require_identifier("the spot of a check-in", check_in.spot);
    require_identifier("the version of the rules of a check-in", check_in.rules);
    if (!check_in.device.empty()) {
        require_identifier("the device of a check-in", check_in.device);
    }
    require_verdict(check_in.verdict);
    if (!(check_in.inside_probability >= 0 && check_in.inside_probability <= 1)) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "a check-in's probability must be 0 to 1, but is " + std::to_string(check_in.inside_probability));
    }
    Statement insert = connection.prepare(add_check_in);
    insert.bind_view(1, check_in.id).bind_view(2, check_in.member).bind_view(3, check_in.rally).bind_view(4, check_in.spot);
    insert.bind_view(5, check_in.device).bind_view(6, check_in.verdict).bind_view(7, check_in.rules);
    insert.bind_int64(8, static_cast<std::int64_t>(check_in.layer_revision)).bind_double(9, check_in.inside_probability);
    if (check_in.evidence_json.empty()) {
        insert.bind_null(10);
    } else {
        insert.bind_view(10, check_in.evidence_json);
    }
    insert.bind_view(11, check_in.answer_json).bind_int64(12, check_in.received_at_us).bind_double(13, check_in.score);
    for (const auto &[index, bytes] : {std::pair(14, &check_in.inputs_digest), std::pair(15, &check_in.bundle_hashes)}) {
        bytes->empty() ? insert.bind_null(index) : insert.bind_blob(index, bytes_of(*bytes));
    }
    insert_new(insert, [&] { return "the check-in '" + check_in.id + "' is there already"; });
}

std::optional<CheckIn> find_check_in(Connection &connection, std::string_view id) {
    Statement row = connection.prepare(check_in_by_id);
    if (!row.bind_text(1, id).step()) {
        return std::nullopt;
    }
    CheckIn found;
    found.id = row.column_text(0);
    found.member = row.column_text(1);
    found.rally = row.column_text(2);
    found.spot = row.column_text(3);
    found.device = row.column_text(4);
    found.verdict = row.column_text(5);
    found.rules = row.column_text(6);
    found.layer_revision = static_cast<std::uint64_t>(row.column_int64(7));
    found.inside_probability = row.column_double(8);
    if (!row.is_null(9)) {
        found.evidence_json = row.column_text(9);
    }
    found.answer_json = row.column_text(10);
    found.received_at_us = row.column_int64(11);
    return found;
}

void insert_stamp(Connection &connection, const Stamp &stamp) {
    assert(connection.in_transaction());
    require_identifier("the rally of a stamp", stamp.rally);
    require_identifier("the spot of a stamp", stamp.spot);
    require_identifier("the member of a stamp", stamp.member);
    require_identifier("the period of a stamp", stamp.period);
    require_identifier("the check-in of a stamp", stamp.check_in);
    Statement insert = connection.prepare("INSERT INTO stamp (rally, spot, member, period, check_in, stamped_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    insert.bind_view(1, stamp.rally).bind_view(2, stamp.spot).bind_view(3, stamp.member).bind_view(4, stamp.period);
    insert.bind_view(5, stamp.check_in).bind_int64(6, stamp.stamped_at_us);
    insert_new(insert, [&] {
        return "the member has the stamp of '" + stamp.spot + "' in the rally '" + stamp.rally + "' for the period '" + stamp.period + "' already";
    });
}

std::optional<Stamp> find_stamp(Connection &connection, std::string_view rally, std::string_view spot, std::string_view member,
                                std::string_view period) {
    Statement row = connection.prepare(stamp_by_name);
    row.bind_view(1, rally).bind_view(2, spot).bind_view(3, member).bind_view(4, period);
    return row.step() ? std::optional(read_stamp(row)) : std::nullopt;
}

std::vector<Stamp> stamps_of(Connection &connection, std::string_view member) {
    Statement row = connection.prepare(stamps_of_member);
    return read_stamps(row.bind_text(1, member));
}

std::vector<Stamp> stamps_of(Connection &connection, std::string_view member, std::string_view rally) {
    Statement row = connection.prepare(stamps_of_member_in_rally);
    return read_stamps(row.bind_text(1, member).bind_text(2, rally));
}

std::optional<StoredAnswer> find_answer(Connection &connection, std::string_view client, std::string_view route, std::string_view key) {
    Statement row = connection.prepare(answer_by_name);
    if (!row.bind_view(1, client).bind_view(2, route).bind_view(3, key).step()) {
        return std::nullopt;
    }
    return StoredAnswer{std::string(row.column_text(0)), static_cast<int>(row.column_int64(1)), std::string(row.column_text(2)),
                        text_of(row.column_blob(3))};
}

void store_answer(Connection &connection, std::string_view client, std::string_view route, std::string_view key, const StoredAnswer &answer,
                  std::int64_t now_us) {
    assert(connection.in_transaction());
    require_identifier("the client of an answer", client);
    require_identifier("the route of an answer", route);
    require_identifier("the Idempotency-Key", key);
    require_identifier("the body hash of an answer", answer.body_hash);
    if (answer.status < 100 || answer.status > 599) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the status of an answer must be 100 to 599, but is " + std::to_string(answer.status));
    }
    Statement insert = connection.prepare(add_answer);
    insert.bind_view(1, client).bind_view(2, route).bind_view(3, key).bind_view(4, answer.body_hash).bind_int64(5, answer.status);
    insert.bind_view(6, answer.headers_json).bind_blob(7, bytes_of(answer.body)).bind_int64(8, now_us);
    insert_new(insert, [] { return std::string("the Idempotency-Key has an answer already: an answer is never replaced"); });
}

void insert_event(Connection &connection, const OutboxEvent &event) {
    assert(connection.in_transaction());
    require_identifier("the id of an event", event.id);
    if (std::find(event_types.begin(), event_types.end(), event.type) == event_types.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "the event '" + event.id + "' is of type '" + event.type + "', which nobody can ask to be told of");
    }
    require_identifier("the subject of an event", event.subject);
    Statement insert = connection.prepare("INSERT INTO outbox_event (id, type, subject, data_json, time_us) VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind_view(1, event.id).bind_view(2, event.type).bind_view(3, event.subject).bind_view(4, event.data_json);
    insert.bind_int64(5, event.time_us).run();
}

} // namespace keyaki::data
