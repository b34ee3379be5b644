#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/http/problem.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

namespace keyaki::server {

namespace {

/// 200 for everybody; 400 for a format that is unknown.
http::Response answer_statistics(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const std::string_view format = request.query.find("f").value_or("json");
    if (format != "json" && format != "csv") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("f: expected json or csv, found \"{}\"", format.substr(0, 40)));
    }
    const auto texts = application.statistics().at(now_us());
    http::Response response = format == "csv" ? http::text(200, texts->csv, "text/csv; charset=utf-8") : http::json(200, texts->json);
    return std::move(response).with_cache_control("public, max-age=300");
}

/// 200 for everybody.
http::Response answer_heat(Application &application, const http::Request &request) {
    request.query.require_known({});
    http::Response response = http::text(200, application.statistics().at(now_us())->heat, "application/geo+json");
    return std::move(response).with_cache_control("public, max-age=300");
}

} // namespace

void add_statistics_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/statistics", [&application](const http::Request &request) { return answer_statistics(application, request); },
               {.name = "statistics",
                .description = {
                    .summary = "What rallies came to, by month",
                    .details = "Participants, stamps of spots, courses completed, points issued, held, spent and expired. Figures about "
                               "fewer than ten people are left out, all are at least an hour old, and in a month that is not over they are "
                               "rounded down.",
                    .tag = "Statistics",
                    .parameters = {{.name = "f", .text = "The format.", .schema = R"({"type":"string","enum":["json","csv"],"default":"json"})"}},
                    .answers = {json_answer("The figures")}}});
    router.add(http::Method::get, "/statistics/heat", [&application](const http::Request &request) { return answer_heat(application, request); },
               {.name = "statistics_heat",
                .description = {.summary = "Where members checked in, by hour of the day, in the last month that is over",
                                .details = "Tiles of a fixed grid (zoom 16) in which at least ten members were given stamps in that hour of the day; "
                                           "their number is rounded down to tens. The first and the last stamp of an outing are left out, and so are "
                                           "spots that are not public.",
                                .tag = "Statistics",
                                .answers = {{200, "The tiles", {{.media_type = "application/geo+json"}}}}}});
}

} // namespace keyaki::server
