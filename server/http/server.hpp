#pragma once

#include "server/http/limits.hpp"
#include "server/http/request.hpp"
#include "server/http/router.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace keyaki::server::http {

/// One answered (or broken) request, for metrics and the access log.
struct RequestSummary {
    Method method = Method::other;
    std::string_view route_name; ///< "" when no route was met; valid during the call
    std::string_view target;     ///< valid during the call
    std::string_view request_id;
    std::string_view remote_address;
    int status = 0;
    std::uint64_t bytes = 0;             ///< of the body, as sent
    std::chrono::nanoseconds duration{}; ///< from the end of the head to the answer's hand-over to the socket
};

struct ServerOptions {
    std::string address = "127.0.0.1"; ///< numeric IPv4, or IPv6 with or without brackets
    std::uint16_t port = 0;            ///< 0: the system chooses; ask port()
    std::size_t event_threads = std::max(std::size_t{1}, std::thread::hardware_concurrency() / limits::cores_per_event_thread);
    std::size_t pool_threads = limits::pool_threads;
    std::size_t sheddable_queue = limits::sheddable_queue;
    std::size_t essential_queue = limits::essential_queue;
    std::size_t connections = limits::connections;
    std::size_t buffered_input_bytes = limits::buffered_input_bytes;
    std::size_t unsent_answer_bytes = limits::unsent_answer_bytes;
    std::string spool_folder = "/tmp"; ///< where large bodies wait, without a name: the system takes them away however the process ends
    std::chrono::milliseconds head_deadline = limits::head_deadline;
    std::chrono::milliseconds body_deadline = limits::body_deadline;
    std::chrono::milliseconds write_deadline = limits::write_deadline;
    std::chrono::milliseconds idle_deadline = limits::idle_deadline;
    std::chrono::milliseconds linger_deadline = limits::linger_deadline;
    /// Called once per answer, on the thread that made it: keep it short; it must not throw.
    std::function<void(const RequestSummary &)> on_request;
};

struct ServerStatistics {
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0; ///< over the cap
    std::uint64_t connections_open = 0;
    std::uint64_t requests = 0;       ///< well-formed requests that got an answer
    std::uint64_t malformed = 0;      ///< answered 4xx/5xx by the adapter and closed
    std::uint64_t shed_sheddable = 0; ///< 503 because the queue was full
    std::uint64_t shed_shelters = 0;
    std::uint64_t shed_essential = 0;
    std::uint64_t readers_cut = 0;      ///< because too much waited for them, see limits::unsent_answer_bytes
    std::uint64_t deadlines_missed = 0; ///< connections ended by a deadline, idle ones not counted
    std::uint64_t in_flight = 0;
    std::uint64_t buffered_input_bytes = 0;
    std::uint64_t bodies_refused = 0;       ///< 503 because limits::buffered_input_bytes were under way
    std::size_t connection_limit = 0;       ///< the option's, lowered to what the process may open
    std::size_t sheddable_queue_length = 0; ///< waiting for a pool thread now
    std::size_t sheddable_queue_limit = 0;  ///< that for shelters, too
    std::size_t shelters_queue_length = 0;
    std::size_t essential_queue_length = 0;
    std::size_t essential_queue_limit = 0;
    std::uint64_t unsent_answer_bytes = 0; ///< of answers made for one reader who has not taken them yet, each counted whole
    bool is_out_of_descriptors = false;    ///< new clients are turned away
};

/// HTTP/1.1 over Pistache's listener and event threads. Signals stay with the caller (ignore SIGPIPE is not needed).
class Server {
  public:
    Server(ServerOptions options, Router router);
    /// Stops at once if it still runs.
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    /// Binds and listens; throws geo::Error(unavailable) when the address is taken or wrong.
    void start();
    [[nodiscard]] std::uint16_t port() const;
    /// Accepts no new connection, answers what is in flight (with Connection: close), ends idle connections, and returns when all is done or the
    /// patience is over; what is then still open is cut. Idempotent.
    void drain_and_stop(std::chrono::milliseconds patience);
    [[nodiscard]] ServerStatistics statistics() const;

  private:
    class Implementation;
    std::unique_ptr<Implementation> m_implementation;
};

} // namespace keyaki::server::http
