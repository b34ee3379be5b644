#include "server/routes/routes.hpp"

#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/viewer.hpp"

#include <memory>

namespace keyaki::server {

namespace {

/// 200 with server-sent events until one side ends it; 503 while too many listen, who then ask now and then. Events about layers of the staff go to
/// requests with a key of theirs.
http::Response answer_events(Application &application, const http::Request &request) {
    request.query.require_known({});
    if (!application.events().has_room()) {
        return http::problem(503, {}, "Too many listen already; ask for the layers now and then instead.", "too-many-listeners")
            .with("Retry-After", "60");
    }
    // Outlives the request: what is left of it is what says who asks.
    const auto asker = std::make_shared<http::Request>();
    asker->headers = request.headers;
    asker->remote_address = request.remote_address;
    asker->request_id = request.request_id;
    const EventHub::AskWho ask_who = [&access = application.access(), asker]() -> IsStaff {
        return [viewer = std::make_shared<Viewer>(access, *asker), asker](std::string_view layer) { return viewer->is_staff(layer); };
    };
    const auto start = [&application, ask_who, last = std::string(request.header("Last-Event-ID"))](std::shared_ptr<http::StreamWriter> writer) {
        application.events().listen(std::move(writer), ask_who, last);
    };
    return http::streamed("text/event-stream", start)
        .with_cache_control("no-store")
        .with("X-Accel-Buffering", "no"); // nginx would else keep events until it has a buffer full
}

} // namespace

void add_event_routes(http::Router &router, Application &application) {
    router.add(
        http::Method::get, "/events", [&application](const http::Request &request) { return answer_events(application, request); },
        {.name = "events",
         .description = {.summary = "Server-sent events: what is published, and which tiles it changed",
                         .details = "layer-published has layer, before, revision and tiles: for each zoom the tiles whose bytes differ, or \"all\" "
                                    "with a reason; archive-replaced has archive, version and tiles alike. state has every archive's version and "
                                    "every layer's revision, for who has "
                                    "missed something. Layers of the staff are "
                                    "told to their keys.",
                         .tag = "Events",
                         .answers = {{200, "Events without end", {{.media_type = "text/event-stream", .schema = R"({"type":"string"})"}}}}}});
}

} // namespace keyaki::server
