#pragma once

#include "server/http/limits.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/http/route_description.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::http {

/// Where a handler runs: on the event thread (microseconds, never blocks, no lock that waits) or in the bounded pool.
enum class Work { inline_, pool };
/// Who is turned away first when the pool is full, and waits longest until then: tiles and pages, then what somebody needs who looks for a shelter,
/// then check-ins and edits.
enum class ShedPriority { sheddable, shelters, essential };
inline constexpr std::size_t shed_priorities = 3;

/// A pure function of the request. What it throws becomes a problem: geo::Error by its kind, anything else a 500 without text, logged with the
/// request's id.
using Handler = std::function<Response(const Request &)>;
/// The answer when it lies ready in memory, else nothing. Runs on the event thread: microseconds, no lock that waits. What it throws counts as
/// nothing.
using ReadyHandler = std::function<std::optional<Response>(const Request &)>;
/// Asked with the head alone, in the pool, before any of the body is read: an answer refuses the request, nothing lets it come. What it throws
/// becomes an answer like a handler's.
using Admission = std::function<std::optional<Response>(const Request &)>;

struct RouteOptions {
    std::size_t body_limit_bytes = limits::default_body_bytes; ///< past it 413, and the connection ends
    Work work = Work::pool;
    std::string name{}; ///< for metrics and log; the pattern when empty
    ShedPriority shed_priority = ShedPriority::sheddable;
    /// Where it depends on the request instead. Runs on the event thread: microseconds, no lock that waits; throws nothing.
    std::function<ShedPriority(const Request &)> shed_priority_of{};
    ReadyHandler ready{};           ///< asked before work goes to the pool; the handler must be able to give the same answer
    RouteDescription description{}; ///< for /api
    /// For large bodies, which then go to a file (Request::body_file) instead of memory, and only for those who may send them. A request without a
    /// body is not asked about.
    Admission admission{};
};

/// Routes and everything about an answer that needs no socket. Filled before the server starts, then read by all threads without locks.
class Router {
  public:
    Router();
    Router(Router &&) noexcept;
    Router &operator=(Router &&) noexcept;
    ~Router();

    /// The pattern's segments are literals ("tiles"), parameters ("{id}"), parameters within literals ("{y}.mvt", "{layers}.json",
    /// "{layer}@draft"), or, last, "{rest...}" which takes everything that follows (at least one segment; decoded, joined by '/').
    /// One parameter a segment. A literal beats a parameter with literals, which beats a plain one, which beats "{rest...}", from left to right.
    /// Patterns that are wrong or stand twice for a method: geo::Error(internal). HEAD and OPTIONS come of themselves; adding them is possible.
    void add(Method method, const std::string &pattern, Handler handler, RouteOptions options = {});

    /// What stands for a route in the log and in metrics. The texts live as long as the router, however it is moved.
    struct Name {
        std::string_view name;
        std::string_view pattern;
    };
    /// Every name once, in the order of their routes.
    [[nodiscard]] std::vector<Name> names() const;
    /// What every route says about itself, in their order.
    [[nodiscard]] std::vector<DescribedRoute> described() const;

    /// The whole answer: route, handler, errors as problems, HEAD (no body, Content-Length kept), OPTIONS with the exact Allow, CORS preflight,
    /// 404 and 405, gzip, ETag by encoding and 304. Any thread. Fills request.params.
    [[nodiscard]] Response route(Request &request) const;
    [[nodiscard]] Response route(Request &&request) const { return route(request); }

    /// What the server has to know when it has seen only the head.
    struct Plan {
        enum class Outcome { handler, options, not_found, method_not_allowed, not_implemented } outcome = Outcome::not_found;
        std::size_t body_limit_bytes = limits::default_body_bytes;
        Work work = Work::inline_;
        ShedPriority shed_priority = ShedPriority::essential;
        std::string_view route_name; ///< lives as long as the router
        std::size_t route = 0;       ///< meaningful for Outcome::handler
        std::string allow;           ///< "GET, HEAD, OPTIONS", when the path is known and its handler does not answer
        bool may_be_ready = false;   ///< ask run_ready first
        bool asks_admission = false; ///< ask admit before the body, which goes to a file
        std::string accept_post{};   ///< media types that POST takes here, and PATCH, as the routes are described; for OPTIONS
        std::string accept_patch;
    };
    /// Fills request.params.
    [[nodiscard]] Plan plan(Request &request) const;
    [[nodiscard]] Response run(const Plan &plan, const Request &request) const;
    /// The whole answer where the route has it ready, else nothing: then `run` makes it.
    [[nodiscard]] std::optional<Response> run_ready(const Plan &plan, const Request &request) const;
    /// The refusal of a request whose body has not been read, whole, or nothing.
    [[nodiscard]] std::optional<Response> admit(const Plan &plan, const Request &request) const;

  private:
    struct Table;
    std::unique_ptr<Table> m_table;
};

/// RFC 9457, 3.1.5: which occurrence of the problem this was. Answers that are no problem stay as they are.
void add_instance(const Request &request, Response &response);

/// CORS, X-Content-Type-Options, the request's id: on every answer, also on those that never met a route.
void add_common_headers(const Request &request, Response &response);

} // namespace keyaki::server::http
