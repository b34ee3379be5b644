#include "data/books.hpp"
#include "data/columns.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

namespace keyaki::data {

EvidenceBook::WrongTries EvidenceBook::wrong_tries(std::string_view member, std::string_view rally, std::string_view spot, std::string_view day) {
    Statement row = m_connection.prepare("SELECT tries, last_at_us FROM wrong_try WHERE member = ?1 AND rally = ?2 AND spot = ?3 AND day = ?4");
    row.bind_view(1, member).bind_view(2, rally).bind_view(3, spot).bind_view(4, day);
    return row.step() ? WrongTries{row.column_int64(0), row.column_int64(1)} : WrongTries{};
}

void EvidenceBook::add_wrong_try(std::string_view member, std::string_view rally, std::string_view spot, std::string_view day, std::int64_t now_us) {
    require_identifier("the member of a try", member);
    require_identifier("the spot of a try", spot);
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO wrong_try (member, rally, spot, day, tries, last_at_us) VALUES (?1, ?2, ?3, ?4, 1, ?5)
        ON CONFLICT (member, rally, spot, day) DO UPDATE SET tries = tries + 1, last_at_us = excluded.last_at_us)");
    upsert.bind_view(1, member).bind_view(2, rally).bind_view(3, spot).bind_view(4, day).bind_int64(5, now_us).run();
}

std::int64_t EvidenceBook::daily_count(std::string_view rally, std::string_view day, std::string_view what) {
    Statement row = m_connection.prepare("SELECT stamps FROM daily_count WHERE rally = ?1 AND day = ?2 AND what = ?3");
    row.bind_view(1, rally).bind_view(2, day).bind_view(3, what);
    return row.step() ? row.column_int64(0) : 0;
}

void EvidenceBook::add_daily_count(std::string_view rally, std::string_view day, std::string_view what) {
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO daily_count (rally, day, what, stamps) VALUES (?1, ?2, ?3, 1)
        ON CONFLICT (rally, day, what) DO UPDATE SET stamps = stamps + 1)");
    upsert.bind_view(1, rally).bind_view(2, day).bind_view(3, what).run();
}

std::optional<EvidenceBook::Standing> EvidenceBook::standing(std::string_view member) {
    Statement row = m_connection.prepare("SELECT score, scored_at_us FROM standing WHERE member = ?1");
    row.bind_view(1, member);
    return row.step() ? std::optional(Standing{row.column_double(0), row.column_int64(1)}) : std::nullopt;
}

void EvidenceBook::put_standing(std::string_view member, const Standing &standing) {
    require_identifier("the member of a standing", member);
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO standing (member, score, scored_at_us) VALUES (?1, ?2, ?3)
        ON CONFLICT (member) DO UPDATE SET score = excluded.score, scored_at_us = excluded.scored_at_us)");
    upsert.bind_view(1, member).bind_double(2, standing.score).bind_int64(3, standing.scored_at_us).run();
}

void EvidenceBook::forget_standing(std::string_view member) {
    m_connection.prepare("DELETE FROM standing WHERE member = ?1").bind_view(1, member).run();
}

std::optional<EvidenceBook::Secret> EvidenceBook::rally_secret(std::string_view rally) {
    Statement row = m_connection.prepare("SELECT secret FROM rally_secret WHERE rally = ?1");
    row.bind_view(1, rally);
    return row.step() ? std::optional(bytes_of<32>(row, 0, "the secret of rally '" + std::string(rally) + "'")) : std::nullopt;
}

void EvidenceBook::put_rally_secret(std::string_view rally, const Secret &secret) {
    require_identifier("the rally of a secret", rally);
    if (rally_secret(rally)) {
        throw geo::Error(geo::ErrorKind::conflict, "the rally has a secret already: sheets that are made from it hang in the city");
    }
    m_connection.prepare("INSERT INTO rally_secret (rally, secret) VALUES (?1, ?2)").bind_view(1, rally).bind_blob(2, secret).run();
}

void EvidenceBook::put_rule_set(std::string_view version, std::string_view json) {
    const auto stored = rule_set(version);
    if (stored && *stored != json) {
        throw geo::Error(geo::ErrorKind::conflict,
                         "the rules " + std::string(version) +
                             " were used with other constants before: rules with changed constants need a version of their own");
    }
    if (!stored) {
        require_identifier("the version of rules", version);
        m_connection.prepare("INSERT INTO rule_set (version, json) VALUES (?1, ?2)").bind_view(1, version).bind_view(2, json).run();
    }
}

std::optional<std::string> EvidenceBook::rule_set(std::string_view version) {
    Statement row = m_connection.prepare("SELECT json FROM rule_set WHERE version = ?1");
    row.bind_view(1, version);
    return row.step() ? std::optional(std::string(row.column_text(0))) : std::nullopt;
}

std::optional<EvidenceBook::Tag> EvidenceBook::tag(const std::array<std::uint8_t, 7> &uid) {
    Statement row = m_connection.prepare("SELECT rally, spot, file_key, last_counter FROM nfc_tag WHERE uid = ?1");
    if (!row.bind_blob(1, uid).step()) {
        return std::nullopt;
    }
    return Tag{uid, std::string(row.column_text(0)), std::string(row.column_text(1)), bytes_of<16>(row, 2, "the key of an NFC tag"),
               row.column_int64(3)};
}

void EvidenceBook::put_tag(const Tag &tag) {
    require_identifier("the rally of a tag", tag.rally);
    require_identifier("the spot of a tag", tag.spot);
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO nfc_tag (uid, rally, spot, file_key) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (uid) DO UPDATE SET rally = excluded.rally, spot = excluded.spot, file_key = excluded.file_key)");
    upsert.bind_blob(1, tag.uid).bind_view(2, tag.rally).bind_view(3, tag.spot).bind_blob(4, tag.file_key).run();
}

void EvidenceBook::count_tag(const std::array<std::uint8_t, 7> &uid, std::int64_t counter) {
    m_connection.prepare("UPDATE nfc_tag SET last_counter = ?2 WHERE uid = ?1 AND last_counter < ?2").bind_blob(1, uid).bind_int64(2, counter).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::conflict, "the counter of a tag goes up, or there is no such tag");
    }
}

} // namespace keyaki::data
