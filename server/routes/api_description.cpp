#include "server/routes/routes.hpp"

#include "server/features/columns.hpp"
#include "server/links.hpp"
#include "server/openapi.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server {

namespace {

using Routes = std::vector<http::DescribedRoute>;

std::vector<DescribedLayer> described_layers(const Catalogue &catalogue) {
    std::vector<DescribedLayer> layers;
    for (const ServedLayer &served : catalogue.layers) {
        if (served.layer.spec.visibility == data::Visibility::everyone) {
            layers.push_back({served.layer.spec.id, served.layer.spec.title_ja, {}}); // {}: where property filters of the layer go
        }
    }
    return layers;
}

void append_operation(std::string &page, const http::DescribedRoute &route) {
    const http::RouteDescription &about = route.description;
    page += "<section><h2>";
    append_html_text(page, std::string(http::method_name(route.method)) + " " + route.pattern);
    page += "</h2><p>";
    append_html_text(page, about.summary + (about.details.empty() ? "" : ". " + about.details));
    page += "</p><table>";
    for (const http::ParameterDescription &parameter : about.parameters) {
        page += R"(<tr><th scope="row">)";
        append_html_text(page, parameter.name);
        page += "</th><td>";
        append_html_text(page, parameter.text + (parameter.is_required ? " (必須 / required)" : ""));
        page += "</td></tr>";
    }
    for (const http::AnswerDescription &answer : about.answers) {
        page += R"(<tr><th scope="row">)" + std::to_string(answer.status) + "</th><td>";
        append_html_text(page, answer.text);
        for (const http::BodyDescription &body : answer.bodies) {
            append_html_text(page, " · " + body.media_type);
        }
        page += "</td></tr>";
    }
    for (const std::string &scope : about.scopes) {
        page += R"(<tr><th scope="row">鍵の権限 / Scope</th><td>)" + html_text(scope) + "</td></tr>";
    }
    page += "</table></section>";
}

std::string api_page(const Routes &routes, const http::Request &request, const std::string &base) {
    const PageFrame frame{base, "APIの説明", "API description", {}, {{address_in_form(request, base, "json"), "OpenAPI 3.0 (JSON)"}}};
    std::string page;
    append_page_begin(page, frame);
    for (const http::DescribedRoute &route : routes) {
        if (!route.description.is_page_file) {
            append_operation(page, route);
        }
    }
    append_page_end(page, frame);
    return page;
}

http::Response answer_api(Application &application, const Routes &routes, const http::Request &request) {
    request.query.require_known({"f"});
    const auto form = requested_form(request, openapi_type);
    if (!form) {
        return not_acceptable(openapi_type);
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    return answer_form(*form,
                       *form == Form::html ? api_page(routes, request, base)
                                           : openapi_document(routes, described_layers(*application.snapshots().catalogue()), base).dump(),
                       std::string(openapi_type));
}

} // namespace

void add_api_description_route(http::Router &router, Application &application) {
    // Filled when this route stands too, before the first request.
    const auto routes = std::make_shared<Routes>();
    router.add(
        http::Method::get, "/api", [&application, routes](const http::Request &request) { return answer_api(application, *routes, request); },
        {.name = "api",
         .description = {.summary = "This description (OpenAPI 3.0)",
                         .tag = "Capabilities",
                         .parameters = {format_parameter()},
                         .answers = {{200, "The description", {{.media_type = std::string(openapi_type)}, {"text/html", R"({"type":"string"})"}}}}}});
    *routes = router.described();
}

} // namespace keyaki::server
