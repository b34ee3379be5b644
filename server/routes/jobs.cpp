#include "server/routes/routes.hpp"

#include "server/auth.hpp"
#include "server/http/problem.hpp"
#include "server/imports/limits.hpp"
#include "server/routes/import_answers.hpp"

namespace keyaki::server {

namespace {

/// By the layer that the job is about; a job that is not there is about none, so that a key for one layer learns nothing of others.
Authorisation authorise_for_job(Application &application, const http::Request &request, const std::optional<imports::Job> &job) {
    return authorise(application.access(), request, {"layers:write"}, job ? std::string_view(job->subject.layer) : std::string_view());
}

http::Response no_such_job() { return http::problem(404, "Not Found", "There is no such job; they are kept for an hour after their end."); }

/// 200 with the job, or with the report alone as CSV or a page; 400, 401, 403, 404; 409 for the report of a job that has none.
http::Response answer_job(Application &application, const http::Request &request) {
    const auto job = application.import_jobs().find(request.params.at("id"));
    if (const Authorisation who = authorise_for_job(application, request, job); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"f"});
    const ReportFormat format = report_format(request);
    if (!job) {
        return no_such_job();
    }
    if (format == ReportFormat::json) {
        return job_response(*job, 200);
    }
    if (job->state == imports::JobState::finished) {
        return report_response(*job, format);
    }
    return job->state == imports::JobState::failed ? failure_response(*job, format)
                                                   : http::problem(409, "Conflict", "The job has no report: it has not ended, or was cancelled.");
}

/// 200 with the job that was cancelled, or had ended in the same moment; 202 while it still ends; 204 where one that had ended is forgotten.
http::Response cancel_job(Application &application, const http::Request &request) {
    imports::Jobs &jobs = application.import_jobs();
    const std::string id(request.params.at("id"));
    const auto before = jobs.find(id);
    if (const Authorisation who = authorise_for_job(application, request, before); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!before || !jobs.cancel(id)) {
        return no_such_job();
    }
    if (imports::has_ended(before->state)) {
        return http::no_content();
    }
    const auto job = jobs.wait(id, imports::cancel_patience);
    return job ? job_response(*job, imports::has_ended(job->state) ? 200 : 202) : no_such_job();
}

} // namespace

void add_job_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/jobs/{id}", [&application](const http::Request &request) { return answer_job(application, request); },
               {.name = "job"});
    router.add(http::Method::delete_, "/jobs/{id}", [&application](const http::Request &request) { return cancel_job(application, request); },
               {.name = "job-cancel"});
}

} // namespace keyaki::server
