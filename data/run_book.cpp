#include "data/books.hpp"
#include "data/columns.hpp"
#include "data/database.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::data {

namespace {

std::string stamps_json(const std::vector<CourseRun::Stamp> &stamps) {
    auto list = nlohmann::json::array();
    for (const CourseRun::Stamp &stamp : stamps) {
        list.push_back({stamp.spot, stamp.at_us});
    }
    return list.dump();
}

CourseRun read_run(const Statement &row) {
    CourseRun run;
    run.id = row.column_text(0);
    run.rally = row.column_text(1);
    run.course = row.column_text(2);
    run.member = row.column_text(3);
    run.period = row.column_text(4);
    run.started_at_us = row.column_int64(5);
    try {
        for (const auto &stamp : nlohmann::json::parse(row.column_text(6))) {
            run.stamps.push_back({stamp.at(0).get<std::string>(), stamp.at(1).get<std::int64_t>()});
        }
    } catch (const nlohmann::json::exception &) {
        throw geo::Error(geo::ErrorKind::corrupt, "the stamps of the run '" + run.id + "' are stored in no form that is known");
    }
    run.coverage = optional_real_of(row, 7);
    run.finished_at_us = optional_of(row, 8);
    run.fast_mps = optional_real_of(row, 9);
    return run;
}

constexpr std::string_view columns = "id, rally, course, member, period, started_at_us, stamps_json, coverage, finished_at_us, fast_mps";

} // namespace

void RunBook::open(const CourseRun &run) {
    require_identifier("the id of a run", run.id);
    require_identifier("the rally of a run", run.rally);
    require_identifier("the course of a run", run.course);
    require_identifier("the member of a run", run.member);
    Statement insert = m_connection.prepare(
        "INSERT INTO course_run (id, rally, course, member, period, started_at_us, stamps_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '[]')");
    insert.bind_view(1, run.id).bind_view(2, run.rally).bind_view(3, run.course).bind_view(4, run.member).bind_view(5, run.period);
    insert.bind_int64(6, run.started_at_us).run();
    update(run);
}

std::optional<CourseRun> RunBook::find(std::string_view id) {
    Statement row = m_connection.prepare("SELECT " + std::string(columns) + " FROM course_run WHERE id = ?1");
    row.bind_view(1, id);
    return row.step() ? std::optional(read_run(row)) : std::nullopt;
}

std::vector<CourseRun> RunBook::of_member(std::string_view member, std::string_view rally) {
    Statement row =
        m_connection.prepare("SELECT " + std::string(columns) + " FROM course_run WHERE member = ?1 AND rally = ?2 ORDER BY started_at_us DESC, id");
    row.bind_view(1, member).bind_view(2, rally);
    std::vector<CourseRun> runs;
    while (row.step()) {
        runs.push_back(read_run(row));
    }
    return runs;
}

void RunBook::update(const CourseRun &run) {
    const std::string stamps = stamps_json(run.stamps);
    Statement change =
        m_connection.prepare("UPDATE course_run SET stamps_json = ?2, coverage = ?3, finished_at_us = ?4, fast_mps = ?5 WHERE id = ?1");
    change.bind_view(1, run.id).bind_view(2, stamps);
    change.bind_optional(3, run.coverage).bind_optional(4, run.finished_at_us).bind_optional(5, run.fast_mps).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::not_found, "there is no run '" + run.id + "'");
    }
}

bool RunBook::finish(std::string_view member, std::string_view rally, std::string_view what, std::int64_t now_us) {
    require_identifier("the member of a finish", member);
    require_identifier("what was finished", what);
    Statement insert = m_connection.prepare("INSERT OR IGNORE INTO finish (member, rally, what, finished_at_us) VALUES (?1, ?2, ?3, ?4)");
    insert.bind_view(1, member).bind_view(2, rally).bind_view(3, what).bind_int64(4, now_us).run();
    return m_connection.changes() == 1;
}

std::vector<RunBook::Finish> RunBook::finishes(std::string_view member, std::string_view rally) {
    Statement row = m_connection.prepare("SELECT what, finished_at_us FROM finish WHERE member = ?1 AND rally = ?2 ORDER BY finished_at_us, what");
    row.bind_view(1, member).bind_view(2, rally);
    std::vector<Finish> found;
    while (row.step()) {
        found.push_back({std::string(row.column_text(0)), row.column_int64(1)});
    }
    return found;
}

} // namespace keyaki::data
