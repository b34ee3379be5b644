#include "server/routes/routes.hpp"

#include "server/features/columns.hpp"
#include "server/features/filtered_items.hpp"
#include "server/filter/queryables_schema.hpp"
#include "server/flows/collection.hpp"
#include "server/links.hpp"
#include "server/openapi.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server {

namespace {

using Routes = std::vector<http::DescribedRoute>;

/// `name=value` for each property of a layer that has values of one kind (Part 3, queryables as query parameters).
std::vector<http::ParameterDescription> property_parameters(Application &application, const ServedLayer &served) {
    const Collection collection{served.layer.spec.id, served.layer.spec, served.snapshot};
    const auto columns = application.columns().of(served.snapshot);
    const nlohmann::ordered_json schema = filter::queryables_schema(queryables_of(collection, *columns), columns->geometries, {}, {});
    std::vector<http::ParameterDescription> parameters;
    for (const auto &[name, property] : schema["properties"].items()) {
        if (!property.contains("type") || !property["type"].is_string()) {
            continue; // the geometry, and what is not of one kind: OpenAPI 3.0 has no list of types
        }
        nlohmann::ordered_json kind{{"type", property["type"]}};
        if (property.contains("format")) {
            kind["format"] = property["format"];
        }
        parameters.push_back({.name = name, .text = "Only features with this value.", .schema = kind.dump()});
    }
    return parameters;
}

std::vector<DescribedLayer> described_layers(Application &application) {
    std::vector<DescribedLayer> layers;
    const auto catalogue = application.snapshots().catalogue();
    for (const ServedLayer &served : catalogue->layers) {
        if (served.layer.spec.visibility == data::Visibility::everyone) {
            layers.push_back({served.layer.spec.id, served.layer.spec.title_ja, property_parameters(application, served)});
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
                       *form == Form::html ? api_page(routes, request, base) : openapi_document(routes, described_layers(application), base).dump(),
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
