#include "server/telemetry/request_counters.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace keyaki::server::telemetry {

namespace {

/// Seconds: tiles from memory take tens of microseconds, a check-in a millisecond or two, an overloaded server seconds.
constexpr std::array duration_bounds_s{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};
constexpr std::size_t bucket_count = duration_bounds_s.size() + 1;

constexpr std::size_t method_count = static_cast<std::size_t>(http::Method::other) + 1;

/// The statuses that keyaki answers with; one that is missing here is counted as "other", and a test that looks finds it.
constexpr std::array known_statuses{200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408,
                                    409, 410, 411, 412, 413, 414, 415, 417, 422, 428, 429, 431, 500, 501, 502, 503, 504, 505};
constexpr std::size_t status_count = known_statuses.size() + 1;
constexpr std::size_t highest_status = 599;

/// Place of a status in known_statuses by its number; known_statuses.size() for others.
constexpr auto status_places = [] {
    std::array<std::uint8_t, highest_status + 1> places{};
    places.fill(static_cast<std::uint8_t>(known_statuses.size()));
    for (std::size_t place = 0; place < known_statuses.size(); ++place) {
        places.at(static_cast<std::size_t>(known_statuses.at(place))) = static_cast<std::uint8_t>(place);
    }
    return places;
}();

std::size_t place_of_status(int status) noexcept {
    const auto number = static_cast<std::size_t>(status < 0 ? 0 : status);
    return number <= highest_status ? status_places[number] : known_statuses.size();
}

std::string status_text(std::size_t place) { return place < known_statuses.size() ? std::to_string(known_statuses.at(place)) : "other"; }

std::size_t bucket_of(double seconds) noexcept {
    return static_cast<std::size_t>(std::lower_bound(duration_bounds_s.begin(), duration_bounds_s.end(), seconds) - duration_bounds_s.begin());
}

constexpr std::size_t request_place(std::size_t route, std::size_t method, std::size_t status) noexcept {
    return (route * method_count + method) * status_count + status;
}

} // namespace

RequestCounters::RequestCounters(const std::vector<http::Router::Name> &routes)
    : m_requests((routes.size() + 1) * method_count * status_count), m_durations((routes.size() + 1) * bucket_count),
      m_nanoseconds(routes.size() + 1), m_bytes(routes.size() + 1) {
    m_routes.push_back({"none", "none"});
    for (const http::Router::Name &route : routes) {
        m_routes.push_back({std::string(route.name), std::string(route.pattern)});
    }
    for (std::size_t place = 0; place < m_routes.size(); ++place) {
        m_positions.emplace(m_routes[place].name, place);
    }
}

std::size_t RequestCounters::index_of(std::string_view name) const noexcept {
    const auto found = m_positions.find(name);
    return found == m_positions.end() ? 0 : found->second;
}

void RequestCounters::count(const http::RequestSummary &summary) noexcept {
    const std::size_t route = index_of(summary.route_name);
    m_requests.add(request_place(route, static_cast<std::size_t>(summary.method), place_of_status(summary.status)));
    m_durations.add(route * bucket_count + bucket_of(std::chrono::duration<double>(summary.duration).count()));
    m_nanoseconds.add(route, static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(summary.duration.count(), 0)));
    m_bytes.add(route, summary.bytes);
}

std::string_view RequestCounters::pattern_of(const http::RequestSummary &summary) const noexcept {
    return m_routes[index_of(summary.route_name)].pattern;
}

void RequestCounters::write(MetricText &text, const http::ServerStatistics &statistics) const {
    write_requests(text);
    write_durations(text);
    write_refusals(text, statistics);
    text.gauge("keyaki_http_connections_open", "Connections that are open now.").value(static_cast<double>(statistics.connections_open));
    text.gauge("keyaki_http_connections_limit", "Connections that may be open at once; more are closed unanswered.")
        .value(static_cast<double>(statistics.connection_limit));
    text.counter("keyaki_http_connections_accepted_total", "Connections that were taken.")
        .value(static_cast<double>(statistics.connections_accepted));
    text.gauge("keyaki_http_requests_in_flight", "Requests that are being answered now, waiting ones included.")
        .value(static_cast<double>(statistics.in_flight));
    text.gauge("keyaki_http_input_buffered_bytes", "Bodies and waiting input of all connections.")
        .value(static_cast<double>(statistics.buffered_input_bytes));
    text.gauge("keyaki_http_queue_length",
               "Requests that wait for a thread of the pool: sheddable ones are tiles and pages, essential ones check-ins, between them what shows "
               "shelters.")
        .value(static_cast<double>(statistics.sheddable_queue_length), {{"class", "sheddable"}})
        .value(static_cast<double>(statistics.shelters_queue_length), {{"class", "shelters"}})
        .value(static_cast<double>(statistics.essential_queue_length), {{"class", "essential"}});
    text.gauge("keyaki_http_unsent_answer_bytes", "Answers whose readers have not taken them yet, each counted whole.")
        .value(static_cast<double>(statistics.unsent_answer_bytes));
    text.gauge("keyaki_http_out_of_descriptors", "1 while new clients are turned away because the process may open no more files.")
        .value(statistics.is_out_of_descriptors ? 1 : 0);
    text.gauge("keyaki_http_queue_limit", "Requests that may wait; more are answered 503.")
        .value(static_cast<double>(statistics.sheddable_queue_limit), {{"class", "sheddable"}})
        .value(static_cast<double>(statistics.sheddable_queue_limit), {{"class", "shelters"}})
        .value(static_cast<double>(statistics.essential_queue_limit), {{"class", "essential"}});
}

void RequestCounters::write_requests(MetricText &text) const {
    text.counter("keyaki_http_requests_total", "Answered requests by route, method and status; route \"none\" met no route.");
    for (std::size_t route = 0; route < m_routes.size(); ++route) {
        for (std::size_t method = 0; method < method_count; ++method) {
            for (std::size_t status = 0; status < status_count; ++status) {
                if (const auto count = m_requests.sum(request_place(route, method, status)); count > 0) {
                    text.value(static_cast<double>(count), {{"route", m_routes[route].name},
                                                            {"method", http::method_name(static_cast<http::Method>(method))},
                                                            {"status", status_text(status)}});
                }
            }
        }
    }
    text.counter("keyaki_http_response_body_bytes_total", "Bytes of bodies as sent, by route.");
    for (std::size_t route = 0; route < m_routes.size(); ++route) {
        text.value(static_cast<double>(m_bytes.sum(route)), {{"route", m_routes[route].name}});
    }
}

void RequestCounters::write_durations(MetricText &text) const {
    text.histogram("keyaki_http_request_duration_seconds",
                   "From the end of a request's head to the hand-over of its answer to the socket, by route.");
    for (std::size_t route = 0; route < m_routes.size(); ++route) {
        std::array<std::uint64_t, bucket_count> counts{};
        for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
            counts.at(bucket) = m_durations.sum(route * bucket_count + bucket);
        }
        text.distribution(duration_bounds_s, counts, static_cast<double>(m_nanoseconds.sum(route)) / 1e9, {{"route", m_routes[route].name}});
    }
}

std::uint64_t RequestCounters::answered(std::initializer_list<int> statuses) const {
    std::uint64_t sum = 0;
    for (std::size_t route = 0; route < m_routes.size(); ++route) {
        for (std::size_t method = 0; method < method_count; ++method) {
            for (const int status : statuses) {
                sum += m_requests.sum(request_place(route, method, place_of_status(status)));
            }
        }
    }
    return sum;
}

void RequestCounters::write_refusals(MetricText &text, const http::ServerStatistics &statistics) const {
    const auto refused = [&text](std::string_view reason, std::uint64_t count) { text.value(static_cast<double>(count), {{"reason", reason}}); };
    text.counter("keyaki_http_refused_total",
                 "Requests and connections that were turned away by reason; deadline counts connections that were too slow to ask or to read.");
    refused("bad_request", answered({400, 405, 411, 415, 417, 422, 428, 501, 505}));
    refused("unauthorised", answered({401}));
    refused("forbidden", answered({403}));
    refused("too_large", answered({413, 414, 431}));
    refused("deadline", statistics.deadlines_missed);
    refused("too_many_connections", statistics.connections_refused);
    refused("too_many_bodies", statistics.bodies_refused);
    refused("shed_sheddable", statistics.shed_sheddable);
    refused("shed_shelters", statistics.shed_shelters);
    refused("shed_essential", statistics.shed_essential);
}

} // namespace keyaki::server::telemetry
