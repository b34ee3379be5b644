#pragma once

#include "server/http/request.hpp"

#include <string>
#include <vector>

/// What a route says about itself. It stands in RouteOptions, beside the handler that keeps it, and is all that /api (OpenAPI 3.0) knows of the
/// route: there is no second list. To describe a route:
///
///     router.add(http::Method::post, "/collections/{layer}/imports", handler,
///                {.name = "imports",
///                 .description = {.summary = "Reads a file into the layer's draft",
///                                 .tag = "Imports",
///                                 .parameters = {layer_parameter(), {.name = "dry-run", .text = "…", .schema = R"({"type":"boolean"})"}},
///                                 .bodies = {{.media_type = "application/geo+json"}, {.media_type = "multipart/form-data"}},
///                                 .answers = {{200, "The report", {{.media_type = "application/json"}}}, {202, "A job was made"}},
///                                 .scopes = {"layers:write"}}});
///
/// server/routes/parameters.hpp has the parameters that several routes share. Each {name} of the pattern needs a parameter with place = path;
/// problems (RFC 9457), 401 and 403 are added from what is said here. Schemas are OpenAPI 3.0 Schema Objects, written as JSON. openapi_test refuses a
/// route without a summary, a wrong schema, and a {name} without its parameter.
namespace keyaki::server::http {

struct ParameterDescription {
    enum class Place { query, path, header } place = Place::query;
    std::string name{};
    std::string text{}; ///< a sentence: what it means, with unit and default
    std::string schema = R"({"type":"string"})";
    bool is_required = false; ///< a path's parameter always is
    bool is_shared = false;   ///< stands once among the document's components, under its name, and is the same wherever it is used
};

/// A request's or an answer's body in one media type.
struct BodyDescription {
    std::string media_type{};
    std::string schema = R"({"type":"object"})";
};

struct AnswerDescription {
    int status = 200;
    std::string text{};
    std::vector<BodyDescription> bodies{}; ///< empty: none
};

struct RouteDescription {
    std::string summary{}; ///< one line
    std::string details{}; ///< what a caller must know beyond it; may be empty
    std::string tag{};     ///< the heading under which it stands
    std::vector<ParameterDescription> parameters{};
    std::vector<BodyDescription> bodies{}; ///< that it takes, one of them; empty: none
    std::vector<AnswerDescription> answers{};
    std::vector<std::string> scopes{}; ///< a key with any one of them may call it; empty: everybody may
    bool is_page_file = false;         ///< a file of a page, no part of the interface: left out of the document
};

/// A route as the router has it.
struct DescribedRoute {
    Method method = Method::get;
    std::string pattern;
    std::string name;
    RouteDescription description;
};

} // namespace keyaki::server::http
