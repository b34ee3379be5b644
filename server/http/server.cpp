#include "server/http/server.hpp"

#include "geo/error.hpp"
#include "server/http/connection.hpp"
#include "server/http/server_core.hpp"

#include <cassert>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pistache/listener.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>
#include <spdlog/spdlog.h>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace keyaki::server::http {

namespace {

namespace tcp = Pistache::Tcp;

/// Pistache's whole part: it accepts, waits for bytes, reads them, and says when a client has gone. One copy of this handler serves each event
/// thread.
class ConnectionHandler : public tcp::Handler {
  public:
    PROTOTYPE_OF(tcp::Handler, ConnectionHandler)

    explicit ConnectionHandler(std::shared_ptr<ServerCore> core) : m_core(std::move(core)) {}
    // NOLINTNEXTLINE(bugprone-copy-constructor-init, readability-redundant-member-init): a copy gets its transport from Pistache afterwards
    ConnectionHandler(const ConnectionHandler &other) : tcp::Handler(), m_core(other.m_core) {}
    ConnectionHandler &operator=(const ConnectionHandler &) = delete;
    ~ConnectionHandler() override = default;

    void onConnection(const std::shared_ptr<tcp::Peer> &peer) override {
        m_core->peer_came();
        Descriptor descriptor(::fcntl(peer->fd(), F_DUPFD_CLOEXEC, 0));
        if (descriptor.is_open()) {
            const int on = 1;
            ::setsockopt(descriptor.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
            auto connection = std::make_shared<Connection>(m_core, std::move(descriptor), peer->address().host());
            if (m_core->admit(connection)) {
                m_connections.emplace(peer->getID(), std::move(connection));
                return;
            }
        }
        ::shutdown(peer->fd(), SHUT_RDWR); // Pistache then reads the end and closes it
    }

    void onInput(const char *bytes, std::size_t size, const std::shared_ptr<tcp::Peer> &peer) override {
        guarded(peer, [&](Connection &connection) { connection.on_input({bytes, size}); });
    }

    void onDisconnection(const std::shared_ptr<tcp::Peer> &peer) override {
        guarded(peer, [](Connection &connection) { connection.on_end_of_input(); });
        m_connections.erase(peer->getID());
        m_core->peer_went();
    }

  private:
    /// An exception here would end Pistache's thread, and with it the program.
    template <typename Work>
    void guarded(const std::shared_ptr<tcp::Peer> &peer, Work work) {
        const auto found = m_connections.find(peer->getID());
        if (found == m_connections.end()) {
            return;
        }
        const auto connection = found->second;
        try {
            work(*connection);
        } catch (const std::exception &error) {
            spdlog::error("a connection is cut: {}", error.what());
            connection->cut();
        }
    }

    std::shared_ptr<ServerCore> m_core;
    /// This event thread's, by Pistache's number of the peer, which is never used twice. Not kept in the peer: a connection ends in our own code.
    std::unordered_map<std::size_t, std::shared_ptr<Connection>> m_connections;
};

/// The socket on which this process listens at the port; -1 when there is none. Pistache 0.0.5 does not tell it.
int listening_socket(std::uint16_t port) {
    struct CloseFolder {
        void operator()(DIR *folder) const noexcept { ::closedir(folder); }
    };
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir("/proc/self/fd"));
    for (const dirent *entry = folder ? ::readdir(folder.get()) : nullptr; entry != nullptr; entry = ::readdir(folder.get())) {
        int number = 0;
        const std::string_view name = entry->d_name;
        if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc()) {
            continue; // "." and ".."
        }
        int listening = 0;
        socklen_t size = sizeof listening;
        sockaddr_in6 address{}; // the port stands at the same place for IPv4
        socklen_t address_size = sizeof address;
        if (::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
            ::getsockname(number, reinterpret_cast<sockaddr *>(&address), &address_size) == 0 &&
            (address.sin6_family == AF_INET || address.sin6_family == AF_INET6) && ntohs(address.sin6_port) == port) {
            return number;
        }
    }
    return -1;
}

std::string bracketed(const std::string &address) {
    return address.find(':') != std::string::npos && address.front() != '[' ? '[' + address + ']' : address;
}

} // namespace

class Server::Implementation {
  public:
    Implementation(ServerOptions options, Router router) : m_core(std::make_shared<ServerCore>(std::move(options), std::move(router))) {}
    Implementation(const Implementation &) = delete;
    Implementation &operator=(const Implementation &) = delete;
    ~Implementation() { drain_and_stop(std::chrono::milliseconds(0)); }

    void start() {
        assert(!m_listener && !m_stopped && "a server starts once");
        const auto &options = m_core->options;
        auto listener = std::make_unique<tcp::Listener>();
        const Pistache::Flags<tcp::Options> flags =
            Pistache::Flags<tcp::Options>(tcp::Options::ReuseAddr) | tcp::Options::NoDelay | tcp::Options::CloseOnExec;
        listener->init(options.event_threads, flags, "keyaki-http", limits::listen_backlog);
        listener->setHandler(std::make_shared<ConnectionHandler>(m_core));
        try {
            listener->bind(Pistache::Address(bracketed(options.address), Pistache::Port(options.port)));
        } catch (const std::exception &error) {
            throw geo::Error(geo::ErrorKind::unavailable,
                             "cannot listen on " + bracketed(options.address) + ":" + std::to_string(options.port) + ": " + error.what());
        }
        m_port = static_cast<std::uint16_t>(listener->getPort());
        m_listening_socket = listening_socket(m_port);
        listener->runThreaded();
        m_listener = std::move(listener);
    }

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    void drain_and_stop(std::chrono::milliseconds patience) {
        if (m_stopped) {
            return;
        }
        m_stopped = true;
        const auto deadline = Connection::Clock::now() + patience;
        stop_listening();
        m_core->draining = true;
        for (const auto &connection : m_core->connections()) {
            connection->drain();
        }
        m_core->wait_until_empty(deadline);
        m_core->cutting = true;
        for (const auto &connection : m_core->connections()) {
            connection->cut();
        }
        m_core->wait_until_peers_went(Connection::Clock::now() + limits::linger_deadline); // lets Pistache close its descriptors
        m_listener.reset();                                                                // joins the event threads
        m_core->pool.stop();
        m_core->sender.stop();
    }

    [[nodiscard]] ServerStatistics statistics() {
        ServerStatistics numbers;
        numbers.connections_accepted = m_core->accepted;
        numbers.connections_refused = m_core->refused;
        numbers.connections_open = m_core->connection_count();
        numbers.requests = m_core->requests;
        numbers.malformed = m_core->malformed;
        numbers.shed_sheddable = m_core->shed[static_cast<std::size_t>(ShedPriority::sheddable)];
        numbers.shed_shelters = m_core->shed[static_cast<std::size_t>(ShedPriority::shelters)];
        numbers.shed_essential = m_core->shed[static_cast<std::size_t>(ShedPriority::essential)];
        numbers.readers_cut = m_core->readers_cut;
        numbers.deadlines_missed = m_core->deadlines_missed;
        numbers.in_flight = m_core->in_flight;
        numbers.buffered_input_bytes = m_core->buffered_input_bytes;
        numbers.bodies_refused = m_core->bodies_refused;
        numbers.connection_limit = m_core->connection_limit;
        const auto [sheddable, shelters, essential] = m_core->pool.queue_lengths();
        numbers.sheddable_queue_length = sheddable;
        numbers.shelters_queue_length = shelters;
        numbers.sheddable_queue_limit = m_core->options.sheddable_queue;
        numbers.essential_queue_length = essential;
        numbers.essential_queue_limit = m_core->options.essential_queue;
        numbers.unsent_answer_bytes = m_core->unsent_answer_bytes;
        numbers.is_out_of_descriptors = m_core->reserve.is_spent();
        return numbers;
    }

  private:
    /// New clients are refused from here on, while the event threads go on: Pistache's own shutdown() would stop these too, and with them every
    /// request that is still arriving. The listening socket's number gets a socket that nobody can connect to; Pistache closes it in its time.
    void stop_listening() {
        if (m_listening_socket >= 0) {
            const Descriptor deaf(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            if (deaf.is_open()) {
                ::dup3(deaf.get(), m_listening_socket, O_CLOEXEC);
            }
            m_listening_socket = -1;
        }
    }

    std::shared_ptr<ServerCore> m_core;
    std::unique_ptr<tcp::Listener> m_listener;
    int m_listening_socket = -1;
    std::uint16_t m_port = 0;
    bool m_stopped = false;
};

Server::Server(ServerOptions options, Router router) : m_implementation(std::make_unique<Implementation>(std::move(options), std::move(router))) {}
Server::~Server() = default;
void Server::start() { m_implementation->start(); }
std::uint16_t Server::port() const { return m_implementation->port(); }
void Server::drain_and_stop(std::chrono::milliseconds patience) { m_implementation->drain_and_stop(patience); }
ServerStatistics Server::statistics() const { return m_implementation->statistics(); }

} // namespace keyaki::server::http
