#include "server/routes/routes.hpp"

#include "server/http/problem.hpp"
#include "server/writing.hpp"

#include <utility>

namespace keyaki::server {

void add_health_routes(http::Router &router, Application &application) {
    // 200 as long as the process answers at all.
    router.add(http::Method::get, "/healthz", [](const http::Request &) { return http::text(200, "ok\n").with_cache_control("no-store"); },
               {.work = http::Work::inline_,
                .name = "healthz",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Whether the server answers at all",
                                .tag = "Operations",
                                .answers = {{200, "It does", {{"text/plain", R"({"type":"string"})"}}}}}});

    // 200 when everything can be done; 503 while the database cannot be asked or written (the map is served all the same).
    router.add(http::Method::get, "/readyz",
               [&application](const http::Request &) {
                   if (auto refusal = why_nothing_is_written(application.store())) {
                       return std::move(*refusal).with_cache_control("no-store");
                   }
                   return application.is_ready() ? http::text(200, "ready\n").with_cache_control("no-store")
                                                 : http::problem(503, "Not Ready", "The database cannot be reached; the map is served from memory.")
                                                       .with_cache_control("no-store");
               },
               {.work = http::Work::inline_,
                .name = "readyz",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Whether everything can be done",
                                .details = "503 with the reason while nothing can be written; the map is served all the same.",
                                .tag = "Operations",
                                .answers = {{200, "It can", {{"text/plain", R"({"type":"string"})"}}}}}});

    router.add(http::Method::get, "/metrics",
               [&application](const http::Request &) {
                   return http::text(200, application.metrics().text(application), "text/plain; version=0.0.4; charset=utf-8")
                       .with_cache_control("no-store");
               },
               {.name = "metrics",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Figures for Prometheus",
                                .tag = "Operations",
                                .answers = {{200, "The figures", {{"text/plain", R"({"type":"string"})"}}}}}});
}

} // namespace keyaki::server
