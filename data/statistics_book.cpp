#include "data/statistics_book.hpp"

#include "data/database.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

namespace keyaki::data {

namespace {

using Figure = StatisticsBook::Figure;

/// Each gives rally, month, what it is of, the number and the different members, from before ?1. `MONTH(column)` is written out when it is prepared.
struct Question {
    Figure figure;
    std::string_view statement;
};
constexpr Question questions[] = {
    {Figure::participants, R"(
        SELECT rally, MONTH(stamped_at_us) AS month, '', count(DISTINCT member), count(DISTINCT member) FROM stamp WHERE stamped_at_us < ?1
        GROUP BY rally, month)"},
    {Figure::stamps, R"(
        SELECT rally, MONTH(stamped_at_us) AS month, spot, count(*), count(DISTINCT member) FROM stamp WHERE stamped_at_us < ?1
        GROUP BY rally, month, spot)"},
    {Figure::courses, R"(
        SELECT rally, MONTH(finished_at_us) AS month, substr(what, 8, instr(what || '@', '@') - 8) AS course, count(*), count(DISTINCT member)
        FROM finish WHERE finished_at_us < ?1 AND substr(what, 1, 7) = 'course/' GROUP BY rally, month, course)"},
    {Figure::completions, R"(
        SELECT rally, MONTH(finished_at_us) AS month, '', count(*), count(DISTINCT member) FROM finish WHERE finished_at_us < ?1 AND what = 'rally'
        GROUP BY rally, month)"},
    {Figure::issued, R"(
        SELECT substr(debit_account, 8) AS rally, MONTH(time_us) AS month, unit, sum(amount), count(DISTINCT credit_account) FROM ledger_entry
        WHERE time_us < ?1 AND state = 'posted' AND substr(debit_account, 1, 7) = 'budget:' AND substr(credit_account, 1, 7) = 'member:'
        GROUP BY rally, month, unit)"},
    {Figure::held, R"(
        SELECT substr(debit_account, 8) AS rally, MONTH(time_us) AS month, unit, sum(amount), count(DISTINCT credit_account)
        FROM ledger_open_pending AS open CROSS JOIN ledger_entry AS entry ON entry.sequence = open.sequence
        WHERE time_us < ?1 AND substr(debit_account, 1, 7) = 'budget:' AND substr(credit_account, 1, 7) = 'member:'
        GROUP BY rally, month, unit)"},
};

// Which budget had given the points says the lot that they were taken from, by the entry that moved them or the pending one that it posted; the rest
// of an entry was in no lot.
constexpr std::string_view moved_points = R"(
    WITH moved AS (
      SELECT sequence, resolves, debit_account AS member, amount, time_us, unit FROM ledger_entry
      WHERE time_us < ?1 AND state = 'posted' AND substr(debit_account, 1, 7) = 'member:' AND CREDIT
    ), from_lots AS (
      SELECT moved.sequence, moved.member, moved.time_us, moved.unit, substr(lot.debit_account, 8) AS rally, sum(used.amount) AS amount
      FROM moved CROSS JOIN ledger_lot_use AS used ON used.entry IN (moved.sequence, moved.resolves)
      CROSS JOIN ledger_entry AS lot ON lot.sequence = used.lot
      WHERE substr(lot.debit_account, 1, 7) = 'budget:' GROUP BY moved.sequence, rally
    ), parts AS (
      SELECT rally, member, time_us, unit, amount FROM from_lots WHERE amount > 0
      UNION ALL
      SELECT '', member, time_us, unit, amount - coalesce((SELECT sum(amount) FROM from_lots WHERE sequence = moved.sequence), 0) AS rest FROM moved
      WHERE rest > 0
    )
    SELECT rally, MONTH(time_us) AS month, unit, sum(amount), count(DISTINCT member) FROM parts GROUP BY rally, month, unit)";
constexpr std::string_view to_shops = "substr(credit_account, 1, 5) = 'shop:'";
constexpr std::string_view to_expired = "(credit_account = 'expired' OR substr(credit_account, 1, 8) = 'expired/')";

// Each stamp with the member's stamps before and after it, whatever rally they are of; a member's stamps of a month are few.
constexpr std::string_view inner_stamps = R"(
    WITH walked AS (
      SELECT member, spot, check_in, stamped_at_us, stamped_at_us - lag(stamped_at_us) OVER outing AS since_us,
             lead(stamped_at_us) OVER outing - stamped_at_us AS until_us
      FROM stamp WHERE stamped_at_us >= ?1 - ?3 AND stamped_at_us < ?2 + ?3
      WINDOW outing AS (PARTITION BY member ORDER BY stamped_at_us)
    )
    SELECT json_extract(evidence_json, '$.cell') AS cell, walked.spot, (stamped_at_us / 1000000 + 32400) / 3600 % 24, walked.member
    FROM walked CROSS JOIN check_in ON check_in.id = walked.check_in
    WHERE stamped_at_us >= ?1 AND stamped_at_us < ?2 AND since_us <= ?3 AND until_us <= ?3 AND cell IS NOT NULL)";

/// The tile of heat_zoom that holds "18/232799/103246"; nothing for a text of another form, or a tile that is larger.
std::optional<std::pair<std::uint32_t, std::uint32_t>> heat_tile(std::string_view cell) {
    std::uint32_t numbers[3] = {};
    const char *at = cell.data();
    const char *end = at + cell.size();
    for (std::uint32_t &number : numbers) {
        const auto read = std::from_chars(at, end, number);
        const bool is_last = &number == &numbers[2];
        if (read.ec != std::errc() || (is_last ? read.ptr != end : read.ptr == end || *read.ptr != '/')) {
            return std::nullopt;
        }
        at = is_last ? end : read.ptr + 1;
    }
    if (numbers[0] < StatisticsBook::heat_zoom || numbers[0] > 30) {
        return std::nullopt;
    }
    const std::uint32_t shift = numbers[0] - StatisticsBook::heat_zoom;
    return std::pair(numbers[1] >> shift, numbers[2] >> shift);
}

std::string replaced(std::string text, std::string_view word, std::string_view by) {
    const std::size_t place = text.find(word);
    return place == std::string::npos ? text : text.replace(place, word.size(), by);
}

/// MONTH(x) as SQLite's expression for the month of Japan, nine hours ahead.
std::string with_month(std::string statement) {
    const std::size_t begin = statement.find("MONTH(") + 6;
    const std::string column = statement.substr(begin, statement.find(')', begin) - begin);
    return replaced(std::move(statement), "MONTH(" + column + ")", "strftime('%Y-%m', " + column + " / 1000000 + 32400, 'unixepoch')");
}

void ask(Connection &connection, Figure figure, const std::string &statement, std::int64_t before_us, std::vector<StatisticsBook::Count> &counts) {
    Statement row = connection.prepare(statement);
    row.bind_int64(1, before_us);
    while (row.step()) {
        counts.push_back({std::string(row.column_text(0)), std::string(row.column_text(1)), figure, std::string(row.column_text(2)),
                          row.column_int64(3), row.column_int64(4)});
    }
}

} // namespace

std::vector<StatisticsBook::Heat> StatisticsBook::heat(std::int64_t from_us, std::int64_t to_us, std::int64_t outing_gap_us,
                                                       const std::set<std::string> &layers) {
    std::map<std::tuple<std::uint32_t, std::uint32_t, int>, std::set<std::string>> members;
    Statement row = m_connection.prepare(inner_stamps);
    row.bind_int64(1, from_us).bind_int64(2, to_us).bind_int64(3, outing_gap_us);
    while (row.step()) {
        const auto tile = heat_tile(row.column_text(0));
        const std::string_view spot = row.column_text(1);
        if (tile && layers.contains(std::string(spot.substr(0, spot.find('/'))))) {
            members[{tile->first, tile->second, static_cast<int>(row.column_int64(2))}].emplace(row.column_text(3));
        }
    }
    std::vector<Heat> found;
    for (const auto &[place, different] : members) {
        const auto &[x, y, hour] = place;
        found.push_back({x, y, hour, static_cast<std::int64_t>(different.size())});
    }
    return found;
}

std::vector<StatisticsBook::Count> StatisticsBook::counts(std::int64_t before_us) {
    std::vector<Count> found;
    for (const Question &question : questions) {
        ask(m_connection, question.figure, with_month(std::string(question.statement)), before_us, found);
    }
    ask(m_connection, Figure::spent, with_month(replaced(std::string(moved_points), "CREDIT", to_shops)), before_us, found);
    ask(m_connection, Figure::expired, with_month(replaced(std::string(moved_points), "CREDIT", to_expired)), before_us, found);
    return found;
}

} // namespace keyaki::data
