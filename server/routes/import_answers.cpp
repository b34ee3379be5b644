#include "server/routes/import_answers.hpp"

#include "geo/error.hpp"
#include "server/http/accept.hpp"
#include "server/http/problem.hpp"
#include "server/imports/report_csv.hpp"
#include "server/imports/report_html.hpp"
#include "server/report_json.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view page_policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// A job's page or table; only staff may have it, and nobody keeps it.
http::Response with_privacy(http::Response &&response) { return std::move(response).with_cache_control("private, no-store"); }

std::string title_of(const imports::Job &job) { return fmt::format("取り込みの報告 {} ← {}", job.subject.layer, job.subject.file_name); }

http::Response rendered(const imports::Job &job, const ImportOutcome &outcome, ReportFormat format, int status) {
    switch (format) {
    case ReportFormat::csv:
        return with_privacy(http::text(status, imports::report_csv(outcome), "text/csv; charset=utf-8")
                                .with("Content-Disposition", fmt::format("attachment; filename=\"import-{}.csv\"", job.id)));
    case ReportFormat::html:
        return with_privacy(http::html(status, imports::report_html(outcome, title_of(job), job.subject.is_dry_run))
                                .with("Content-Security-Policy", std::string(page_policy)));
    case ReportFormat::json: break;
    }
    ordered_json json{{"layer", job.subject.layer}, {"file", job.subject.file_name}, {"dry_run", job.subject.is_dry_run}, {"job", job.id}};
    json.update(outcome_json(outcome));
    return with_privacy(http::json(status, json.dump()));
}

/// What of a failure a client is told: its first line, as the rest repeats the report, and the status.
struct Failure {
    int status = 500;
    std::string sentence;
    std::optional<ImportOutcome> outcome;
};

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

/// Paths of this machine are nobody's business: the file goes by the name that it came with.
std::string without_folder(std::string sentence, const imports::Job &job) {
    const std::string tail = "/" + job.subject.file_name;
    for (std::size_t place = sentence.find(tail); place != std::string::npos; place = sentence.find(tail, place)) {
        std::size_t begin = place;
        while (begin > 0 && sentence[begin - 1] != ' ' && sentence[begin - 1] != '"') {
            --begin;
        }
        sentence.erase(begin, place + 1 - begin);
        place = begin;
    }
    return sentence;
}

int status_of_import(geo::ErrorKind kind) {
    return kind == geo::ErrorKind::invalid_input || kind == geo::ErrorKind::not_found ? 422 : http::status_of(kind);
}

Failure failure_of(const imports::Job &job) {
    try {
        std::rethrow_exception(job.failure);
    } catch (const ImportRefused &refusal) {
        return {status_of_import(refusal.kind()), without_folder(first_line(refusal.what()), job), refusal.outcome()};
    } catch (const geo::Error &error) {
        const int status = status_of_import(error.kind());
        if (status >= 500) {
            spdlog::error("import {} into {}: {}", job.id, job.subject.layer, error.what());
        }
        return {status, status < 500 ? without_folder(first_line(error.what()), job) : "The import could not be done; nothing was changed.",
                std::nullopt};
    } catch (const std::exception &error) {
        spdlog::error("import {} into {}: {}", job.id, job.subject.layer, error.what());
    }
    return {500, "The import could not be done; nothing was changed.", std::nullopt};
}

} // namespace

ReportFormat report_format(const http::Request &request) {
    if (const auto format = request.query.find("f")) {
        if (*format != "json" && *format != "csv" && *format != "html") {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected f to be json, csv or html, found f={}", *format));
        }
        return *format == "csv" ? ReportFormat::csv : *format == "html" ? ReportFormat::html : ReportFormat::json;
    }
    const auto type = http::negotiate_media_type(request, {"application/json", "text/html", "text/csv"});
    return type == "text/html" ? ReportFormat::html : type == "text/csv" ? ReportFormat::csv : ReportFormat::json;
}

http::Response report_response(const imports::Job &job, ReportFormat format) { return rendered(job, *job.outcome, format, 200); }

http::Response failure_response(const imports::Job &job, ReportFormat format) {
    const Failure failure = failure_of(job);
    if (failure.outcome && format != ReportFormat::json) {
        return rendered(job, *failure.outcome, format, failure.status);
    }
    http::Response response = http::problem(failure.status, {}, failure.sentence, "import-refused");
    if (failure.outcome) {
        ordered_json body = ordered_json::parse(response.text());
        body["report"] = outcome_json(*failure.outcome);
        response.body = std::make_shared<const std::string>(body.dump());
    }
    if (failure.status == 503) {
        response.headers.set("Retry-After", "60");
    }
    return with_privacy(std::move(response));
}

http::Response job_response(const imports::Job &job, int status) {
    ordered_json json{{"id", job.id},
                      {"state", imports::job_state_name(job.state)},
                      {"layer", job.subject.layer},
                      {"file", job.subject.file_name},
                      {"dry_run", job.subject.is_dry_run},
                      {"author", job.subject.author},
                      {"made_at", format_rfc3339_jst(job.made_at_us)}};
    json["progress"] = {{"done", job.done}, {"total", job.total == 0 ? ordered_json(nullptr) : ordered_json(job.total)}, {"unit", job.unit}};
    if (job.state == imports::JobState::failed) {
        const Failure failure = failure_of(job);
        json["error"] = {{"status", failure.status}, {"detail", failure.sentence}};
        json["report"] = failure.outcome ? outcome_json(*failure.outcome) : ordered_json(nullptr);
    } else if (job.outcome) {
        json["report"] = outcome_json(*job.outcome);
    }
    return with_privacy(http::json(status, json.dump()));
}

} // namespace keyaki::server
