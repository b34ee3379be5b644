#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/imports/limits.hpp"
#include "server/imports/parameters.hpp"
#include "server/imports/upload.hpp"
#include "server/routes/import_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/web/assets.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace keyaki::server {

namespace {

/// Whether this request may bring a file into this layer; the client's key where it may.
Authorisation admit_import(Application &application, const http::Request &request) {
    Authorisation who = authorise(application.access(), request, {"layers:write"});
    if (who.refusal) {
        return who;
    }
    const std::string_view layer = request.params.at("layer");
    if (!data::is_layer_id(layer) || !application.store().find_layer(layer)) {
        who.refusal = http::problem(404, "Not Found", fmt::format("There is no layer \"{}\"; POST /collections makes one.", layer));
    } else if (auto refusal = why_nothing_is_written(application.store())) {
        who.refusal = std::move(refusal);
    }
    return who;
}

/// The import itself, and its line in the audit log. Holds the file until it has ended.
struct LayerImportWork {
    Application *application;
    std::shared_ptr<imports::UploadPlace> place;
    LayerImport import;
    std::string file_name;
    std::string message;

    ImportOutcome operator()(const importers::Progress &progress, const std::stop_token &stop) const {
        ImportOutcome outcome = import_layer(application->store(), import, progress, stop);
        if (!import.is_dry_run) {
            const nlohmann::ordered_json detail{{"file", file_name},
                                                {"message", message},
                                                {"rows", outcome.report.rows_read},
                                                {"refused", outcome.report.refused},
                                                {"added", outcome.changes.added},
                                                {"changed", outcome.changes.changed},
                                                {"removed", outcome.changes.removed}};
            write_audit(detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)); // a file's name may be anything
        }
        return outcome;
    }

  private:
    /// The draft is there already: an audit log that cannot be written must not let the import look as if it had not been.
    void write_audit(const std::string &detail) const {
        try {
            application->store().write([&](data::WriteTransaction &books) {
                books.insert_audit({now_us(), import.author, "layer.import", import.layer.id, detail});
            });
        } catch (const geo::Error &error) {
            spdlog::error("an import into {} has no line in the audit log: {}", import.layer.id, error.what());
        }
    }
};

std::string start_job(Application &application, const http::Request &request, const std::string &author) {
    imports::Upload upload = imports::receive_upload(request, application.uploads());
    imports::ImportParameters parameters = imports::parse_parameters(request.query, upload.fields);
    LayerImportWork work{&application, std::move(upload.place), std::move(parameters.import), upload.file_name, std::move(parameters.message)};
    work.import.layer.id = request.params.at("layer");
    work.import.file = upload.file;
    work.import.author = author;
    imports::JobSubject subject{work.import.layer.id, upload.file_name, author, work.import.is_dry_run};
    return application.import_jobs().start(std::move(subject), std::move(work));
}

/// How long this request waits for its import: not at all where it says so (RFC 7240), or where others wait already.
class Patience {
  public:
    explicit Patience(const http::Request &request)
        : m_waits(++waiting <= imports::waiting_requests && request.header("Prefer").find("respond-async") == std::string_view::npos) {}
    ~Patience() { --waiting; }
    Patience(const Patience &) = delete;
    Patience &operator=(const Patience &) = delete;
    [[nodiscard]] std::chrono::milliseconds time() const { return m_waits ? imports::request_patience : std::chrono::milliseconds(0); }

  private:
    static inline std::atomic<std::size_t> waiting = 0;
    bool m_waits;
};

/// 200 with the report; 202 with the job where it takes longer; 400 for parameters and bodies that are wrong in themselves, 401, 403, 404 for a layer
/// that is not there, 409 while another import into it runs, 413, 422 for a file that cannot be taken, with the reason and the report, 503.
http::Response answer_import(Application &application, const http::Request &request) {
    const Authorisation who = admit_import(application, request);
    if (who.refusal) {
        return *who.refusal;
    }
    const ReportFormat format = report_format(request);
    const std::string id = start_job(application, request, who.author);
    const Patience patience(request);
    const auto job = application.import_jobs().wait(id, patience.time());
    if (job && job->state == imports::JobState::finished) {
        return report_response(*job, format);
    }
    if (job && job->state == imports::JobState::failed) {
        return failure_response(*job, format);
    }
    if (!job) {
        throw geo::Error(geo::ErrorKind::unavailable, "the import has been forgotten while it was waited for");
    }
    return job_response(*job, 202).with("Location", "/jobs/" + id).with("Retry-After", "1");
}

/// The page from which staff upload a file. It holds no data: who has no key gets nothing from it.
http::Response import_page(const web::Asset &page) {
    return http::html(200, std::string(page.bytes))
        .with_etag(http::quoted_etag(page.etag))
        .with_cache_control("public, max-age=60")
        .with("Content-Security-Policy", std::string(web::content_security_policy));
}

http::RouteDescription import_description() {
    http::RouteDescription description{
        .summary = "Reads a file into the layer's draft and reports what became of every row",
        .details = "What takes longer than a few seconds goes on as a job: 202 with its address in Location.",
        .tag = "Imports",
        .parameters = {layer_parameter()},
        .bodies = {{"multipart/form-data", R"({"type":"object","properties":{"file":{"type":"string","format":"binary"}}})"},
                   {"application/octet-stream", R"({"type":"string","format":"binary"})"}},
        .answers = {json_answer("The report"), json_answer("The job", R"({"type":"object"})", 202), {409, "Another import into the layer runs"}},
        .scopes = {"layers:write"}};
    for (const std::string_view name : imports::parameter_names()) {
        description.parameters.push_back({.name = std::string(name), .text = "As the option of `keyaki import layer` of that name."});
    }
    return description;
}

} // namespace

void add_import_routes(http::Router &router, Application &application) {
    router.add(http::Method::post, "/collections/{layer}/imports",
               [&application](const http::Request &request) { return answer_import(application, request); },
               {.body_limit_bytes = imports::max_upload_bytes,
                .name = "import",
                .shed_priority = http::ShedPriority::essential,
                .description = import_description(),
                .admission = [&application](const http::Request &request) { return admit_import(application, request).refusal; }});
    if (const auto page = web::find_asset("staff/import.html")) {
        router.add(http::Method::get, "/staff/import", [asset = *page](const http::Request &) { return import_page(asset); },
                   {.name = "import-page", .description = {.summary = "The page from which staff upload a file", .is_page_file = true}});
    }
}

} // namespace keyaki::server
