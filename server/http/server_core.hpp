#pragma once

#include "server/http/descriptor_reserve.hpp"
#include "server/http/router.hpp"
#include "server/http/sender.hpp"
#include "server/http/server.hpp"
#include "server/http/work_pool.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace keyaki::server::http {

/// What all connections share. Outlives them: each holds it.
struct ServerCore {
    ServerCore(ServerOptions the_options, Router the_router);

    const ServerOptions options;
    const Router router;
    const std::size_t connection_limit; ///< options.connections, lowered to what RLIMIT_NOFILE carries
    WorkPool pool;
    std::atomic<bool> draining{false}; ///< every answer is the last of its connection
    std::atomic<bool> cutting{false};  ///< nobody is admitted any more

    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> malformed{0};
    std::array<std::atomic<std::uint64_t>, shed_priorities> shed{}; ///< by priority
    std::atomic<std::uint64_t> deadlines_missed{0};
    std::atomic<std::uint64_t> readers_cut{0};
    std::atomic<std::uint64_t> in_flight{0};
    std::atomic<std::uint64_t> bodies_refused{0};
    std::atomic<std::size_t> buffered_input_bytes{0};
    std::atomic<std::size_t> unsent_answer_bytes{0};
    DescriptorReserve reserve{limits::descriptors_in_reserve};

    void count_shed(ShedPriority priority) noexcept { ++shed[static_cast<std::size_t>(priority)]; }
    /// False when the cap is reached, no descriptor is left, or the server is at its end.
    [[nodiscard]] bool admit(const std::shared_ptr<Connection> &connection);
    void forget(const std::shared_ptr<Connection> &connection);
    [[nodiscard]] std::vector<std::shared_ptr<Connection>> connections();
    [[nodiscard]] std::size_t connection_count();
    /// Past the limit of unsent answers, those who have been reading for the longest lose their connections.
    void cut_slowest_readers();
    /// Pistache holds a descriptor of its own from its onConnection to its onDisconnection.
    void peer_came();
    void peer_went();
    /// Until no connection is left or the time has come.
    void wait_until_empty(std::chrono::steady_clock::time_point deadline);
    void wait_until_peers_went(std::chrono::steady_clock::time_point deadline);

    /// The client's own X-Request-Id when it is short and plain, else a new one.
    [[nodiscard]] std::string request_id(std::string_view offered);

  private:
    std::mutex m_mutex;
    std::condition_variable m_emptied;
    std::unordered_set<std::shared_ptr<Connection>> m_connections;
    std::size_t m_peers = 0;
    const std::string m_id_prefix;
    std::atomic<std::uint64_t> m_next_id{0};

  public:
    Sender sender; ///< last: its thread looks at everything above
};

} // namespace keyaki::server::http
