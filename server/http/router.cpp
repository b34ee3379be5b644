#include "server/http/router.hpp"

#include "geo/error.hpp"
#include "server/http/delivery.hpp"
#include "server/http/problem.hpp"
#include "server/http/request_scope.hpp"
#include "server/http/route_pattern.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <spdlog/spdlog.h>
#include <utility>

namespace keyaki::server::http {

namespace {

/// The order in which Allow names them.
constexpr std::array<Method, 7> known_methods{Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_, Method::options};
constexpr std::string_view every_method = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view exposed_headers =
    "ETag, Location, Content-Crs, Link, Keyaki-Revision, Retry-After, RateLimit, X-Request-Id, Idempotent-Replayed, "
    "Accept-Ranges, Content-Range";
constexpr std::string_view allowed_headers =
    "If-Match, If-None-Match, Content-Crs, Content-Type, Authorization, Idempotency-Key, Accept-Language, Content-Disposition, Prefer, Range, "
    "If-Range";

struct Route {
    Method method = Method::get;
    RoutePattern pattern;
    Handler handler;
    RouteOptions options;
    std::string text; ///< the pattern as it was given
};

/// With what a client has to know before it sends a body (RFC 5789, 3.1, and W3C LDP, 7.1).
Response options_response(const Request &request, const Router::Plan &plan) {
    const std::string &allow = plan.allow;
    Response response;
    response.headers.add("Allow", allow);
    if (!plan.accept_post.empty()) {
        response.headers.add("Accept-Post", plan.accept_post);
    }
    if (!plan.accept_patch.empty()) {
        response.headers.add("Accept-Patch", plan.accept_patch);
    }
    if (request.headers.contains("Access-Control-Request-Method")) { // a preflight (Fetch standard, 4.8)
        response.headers.add("Access-Control-Allow-Methods", allow);
        response.headers.add("Access-Control-Allow-Headers", std::string(allowed_headers));
        response.headers.add("Access-Control-Max-Age", "86400");
    }
    return response;
}

void add_media_types(const RouteDescription &description, std::string &out) {
    for (const BodyDescription &body : description.bodies) {
        out += (out.empty() ? "" : ", ") + body.media_type;
    }
}

/// What the handler throws becomes an answer here, and nowhere else.
Response call(const Handler &handler, const Request &request) {
    try {
        return handler(request);
    } catch (const geo::Error &error) {
        if (status_of(error.kind()) >= 500) {
            spdlog::error("{}", error.what());
        }
        return problem_of(error);
    } catch (const std::exception &error) {
        spdlog::error("{}", error.what());
    } catch (...) {
        spdlog::error("an exception that is none of std's");
    }
    return problem_of(geo::Error(geo::ErrorKind::internal, {}));
}

} // namespace

struct Router::Table {
    std::vector<Route> routes; ///< the order in which they are tried
};

Router::Router() : m_table(std::make_unique<Table>()) {}
Router::Router(Router &&) noexcept = default;
Router &Router::operator=(Router &&) noexcept = default;
Router::~Router() = default;

void Router::add(Method method, const std::string &pattern, Handler handler, RouteOptions options) {
    if (method == Method::other || !handler) {
        throw geo::Error(geo::ErrorKind::internal, "the route '" + pattern + "' needs a method that keyaki knows and a handler");
    }
    if (options.name.empty()) {
        options.name = pattern;
    }
    Route route{method, RoutePattern(pattern), std::move(handler), std::move(options), pattern};
    auto &routes = m_table->routes;
    for (const auto &earlier : routes) {
        if (earlier.method == method && earlier.pattern.is_equivalent(route.pattern)) {
            throw geo::Error(geo::ErrorKind::internal, "the route '" + pattern + "' stands already for " + std::string(method_name(method)) +
                                                           " as '" + earlier.options.name + "'");
        }
    }
    const auto place = std::find_if(routes.begin(), routes.end(), [&](const Route &other) { return route.pattern.is_before(other.pattern); });
    routes.insert(place, std::move(route));
}

Router::Plan Router::plan(Request &request) const {
    Plan plan;
    if (request.asterisk) {
        plan.outcome = Plan::Outcome::options;
        plan.allow = every_method;
        return plan;
    }
    std::array<bool, known_methods.size()> allowed{};
    bool head_by_get = false;
    const auto allow = [&](Method method) { allowed[static_cast<std::size_t>(method)] = true; };
    const auto take = [&](std::size_t at, PathParameters &&parameters) {
        const auto &options = m_table->routes[at].options;
        plan = {Plan::Outcome::handler,
                options.body_limit_bytes,
                options.work,
                options.shed_priority,
                options.name,
                at,
                {},
                options.ready != nullptr,
                options.admission != nullptr,
                {},
                {}};
        request.params = std::move(parameters);
        if (options.shed_priority_of) {
            plan.shed_priority = options.shed_priority_of(request);
        }
    };
    for (std::size_t at = 0; at < m_table->routes.size(); ++at) {
        PathParameters parameters;
        const auto &route = m_table->routes[at];
        if (!route.pattern.match(request.path_segments, parameters)) {
            continue;
        }
        allow(route.method);
        allow(Method::options);
        if (route.method == Method::post || route.method == Method::patch) {
            add_media_types(route.options.description, route.method == Method::post ? plan.accept_post : plan.accept_patch);
        }
        if (route.method == Method::get) {
            allow(Method::head);
        }
        const bool free = plan.outcome != Plan::Outcome::handler;
        if (route.method == request.method && (free || head_by_get)) {
            take(at, std::move(parameters));
            head_by_get = false;
        } else if (route.method == Method::get && request.method == Method::head && free) {
            take(at, std::move(parameters));
            head_by_get = true;
        }
    }
    if (plan.outcome == Plan::Outcome::handler) {
        return plan;
    }
    for (const auto method : known_methods) {
        if (allowed[static_cast<std::size_t>(method)]) {
            plan.allow += (plan.allow.empty() ? "" : ", ") + std::string(method_name(method));
        }
    }
    if (request.method == Method::other) {
        plan.outcome = Plan::Outcome::not_implemented;
    } else if (!plan.allow.empty()) {
        plan.outcome = request.method == Method::options ? Plan::Outcome::options : Plan::Outcome::method_not_allowed;
    }
    return plan;
}

std::vector<Router::Name> Router::names() const {
    std::vector<Name> names;
    for (const Route &route : m_table->routes) {
        const std::string_view name = route.options.name;
        if (std::none_of(names.begin(), names.end(), [name](const Name &known) { return known.name == name; })) {
            names.push_back({name, route.text});
        }
    }
    return names;
}

std::vector<DescribedRoute> Router::described() const {
    std::vector<DescribedRoute> described;
    for (const Route &route : m_table->routes) {
        described.push_back({route.method, route.text, route.options.name, route.options.description});
    }
    return described;
}

Response Router::run(const Plan &plan, const Request &request) const {
    const RequestScope scope(request.request_id);
    const auto answer = [&]() -> Response {
        switch (plan.outcome) {
        case Plan::Outcome::handler: return call(m_table->routes[plan.route].handler, request);
        case Plan::Outcome::options: return options_response(request, plan);
        case Plan::Outcome::method_not_allowed:
            return problem(405, {}, request.method_text + " is not for this path; " + plan.allow + " are.").with("Allow", plan.allow);
        case Plan::Outcome::not_implemented: return problem(501, {}, "The method '" + request.method_text + "' is none of keyaki's.");
        case Plan::Outcome::not_found: break;
        }
        return problem(404, {}, "There is nothing at '" + std::string(request.raw_path()) + "'.");
    };
    Response response = answer();
    add_instance(request, response);
    const auto refuse = [&](const geo::Error &error) {
        response = problem_of(error);
        add_instance(request, response);
        prepare_for(request, response);
    };
    try {
        prepare_for(request, response);
    } catch (const geo::Error &error) { // the first piece of a body is made here
        if (status_of(error.kind()) >= 500) {
            spdlog::error("{}", error.what());
        }
        refuse(error);
    } catch (const std::exception &error) {
        spdlog::error("{}", error.what());
        refuse(geo::Error(geo::ErrorKind::internal, {}));
    }
    add_common_headers(request, response);
    return response;
}

std::optional<Response> Router::run_ready(const Plan &plan, const Request &request) const {
    if (plan.outcome != Plan::Outcome::handler || !plan.may_be_ready) {
        return std::nullopt;
    }
    try {
        auto response = m_table->routes[plan.route].options.ready(request);
        if (response) {
            add_instance(request, *response);
            prepare_for(request, *response);
            add_common_headers(request, *response);
        }
        return response;
    } catch (const std::exception &) {
        return std::nullopt; // the handler meets the same, and says it
    }
}

std::optional<Response> Router::admit(const Plan &plan, const Request &request) const {
    const RequestScope scope(request.request_id);
    std::optional<Response> refusal;
    const Handler ask = [&](const Request &asked) {
        refusal = m_table->routes[plan.route].options.admission(asked);
        return Response();
    };
    Response thrown = call(ask, request);
    if (!refusal && thrown.status >= 400) {
        refusal = std::move(thrown);
    }
    if (refusal) {
        add_instance(request, *refusal);
        prepare_for(request, *refusal);
        add_common_headers(request, *refusal);
    }
    return refusal;
}

Response Router::route(Request &request) const { return run(plan(request), request); }

void add_instance(const Request &request, Response &response) {
    if (request.request_id.empty() || response.headers.find("Content-Type") != "application/problem+json" || !response.text().ends_with('}')) {
        return;
    }
    std::string body(response.text().substr(0, response.text().size() - 1));
    body += R"(,"instance":"urn:keyaki:request:)" + percent_encode(request.request_id) + "\"}";
    response.body = std::make_shared<const std::string>(std::move(body));
}

void add_common_headers(const Request &request, Response &response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    response.headers.set("Access-Control-Expose-Headers", std::string(exposed_headers));
    response.headers.set("X-Content-Type-Options", "nosniff");
    if (!request.request_id.empty()) {
        response.headers.set("X-Request-Id", request.request_id);
    }
}

} // namespace keyaki::server::http
