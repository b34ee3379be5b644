#include "server/http/server_core.hpp"

#include "server/http/connection.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <utility>

namespace keyaki::server::http {

namespace {

using namespace std::chrono_literals;

/// Each connection holds two descriptors: Pistache's and the one that we write on.
std::size_t affordable_connections(std::size_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return wanted;
    }
    const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
    const auto kept = std::min(limits::descriptors_kept_free, descriptors / 2);
    return std::clamp<std::size_t>((descriptors - kept) / 2, 1, std::max<std::size_t>(wanted, 1));
}

/// Deadlines are kept within a quarter of the shortest one.
std::chrono::milliseconds tick_interval(const ServerOptions &options) {
    const auto shortest =
        std::min({options.head_deadline, options.body_deadline, options.write_deadline, options.idle_deadline, options.linger_deadline});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, 250ms);
}

bool is_plain_id(std::string_view text) {
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '-' ||
               letter == '_' || letter == '.';
    });
}

/// "1a2b3c4d-", another one for each start of the server.
std::string random_prefix() {
    std::random_device device;
    return fmt::format("{:08x}-", device());
}

} // namespace

ServerCore::ServerCore(ServerOptions the_options, Router the_router)
    : options(std::move(the_options)), router(std::move(the_router)), connection_limit(affordable_connections(options.connections)),
      pool(options.pool_threads, options.sheddable_queue, options.essential_queue), m_id_prefix(random_prefix()),
      sender(tick_interval(options), [this] {
          reserve.look();
          cut_slowest_readers();
          const auto now = std::chrono::steady_clock::now();
          for (const auto &connection : connections()) {
              try {
                  connection->on_tick(now);
              } catch (const std::exception &error) { // no memory for a 408: this client loses its connection, nobody else anything
                  spdlog::error("a connection is cut: {}", error.what());
                  connection->cut();
              }
          }
      }) {}

bool ServerCore::admit(const std::shared_ptr<Connection> &connection) {
    const std::lock_guard lock(m_mutex);
    if (cutting || reserve.is_spent() || m_connections.size() >= connection_limit) {
        ++refused;
        return false;
    }
    ++accepted;
    m_connections.insert(connection);
    return true;
}

void ServerCore::forget(const std::shared_ptr<Connection> &connection) {
    const std::lock_guard lock(m_mutex);
    m_connections.erase(connection);
    if (m_connections.empty()) {
        m_emptied.notify_all();
    }
}

std::vector<std::shared_ptr<Connection>> ServerCore::connections() {
    const std::lock_guard lock(m_mutex);
    return {m_connections.begin(), m_connections.end()};
}

std::size_t ServerCore::connection_count() {
    const std::lock_guard lock(m_mutex);
    return m_connections.size();
}

void ServerCore::cut_slowest_readers() {
    if (unsent_answer_bytes <= options.unsent_answer_bytes) {
        return;
    }
    auto readers = connections();
    std::erase_if(readers, [](const auto &connection) { return !connection->reads_since(); });
    std::sort(readers.begin(), readers.end(), [](const auto &one, const auto &other) { return one->reads_since() < other->reads_since(); });
    for (const auto &reader : readers) {
        if (unsent_answer_bytes <= options.unsent_answer_bytes) {
            return;
        }
        ++readers_cut;
        reader->cut();
    }
}

void ServerCore::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(m_mutex);
    m_emptied.wait_until(lock, deadline, [this] { return m_connections.empty(); });
}

void ServerCore::wait_until_peers_went(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(m_mutex);
    m_emptied.wait_until(lock, deadline, [this] { return m_peers == 0; });
}

void ServerCore::peer_came() {
    const std::lock_guard lock(m_mutex);
    ++m_peers;
}

void ServerCore::peer_went() {
    const std::lock_guard lock(m_mutex);
    if (--m_peers == 0) {
        m_emptied.notify_all();
    }
}

std::string ServerCore::request_id(std::string_view offered) {
    if (is_plain_id(offered)) {
        return std::string(offered);
    }
    return fmt::format("{}{:x}", m_id_prefix, ++m_next_id);
}

} // namespace keyaki::server::http
