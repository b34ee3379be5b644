#include "server/routes/routes.hpp"

#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/viewer.hpp"

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
    http::Request asker;
    if (const auto key = request.headers.find("Authorization")) {
        asker.headers.add("Authorization", std::string(*key));
    }
    const IsStaff is_staff = [&store = application.store(), asker](std::string_view layer) { return Viewer(store, asker).is_staff(layer); };
    const auto start = [&application, is_staff, last = std::string(request.header("Last-Event-ID"))](std::shared_ptr<http::StreamWriter> writer) {
        application.events().listen(std::move(writer), is_staff, last);
    };
    return http::streamed("text/event-stream", start)
        .with_cache_control("no-store")
        .with("X-Accel-Buffering", "no"); // nginx would else keep events until it has a buffer full
}

} // namespace

void add_event_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/events", [&application](const http::Request &request) { return answer_events(application, request); },
               {.name = "events"});
}

} // namespace keyaki::server
