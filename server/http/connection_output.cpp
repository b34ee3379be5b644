#include "server/http/connection.hpp"

#include "server/http/request_scope.hpp"
#include "server/http/response_head.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace keyaki::server::http {

namespace {

/// A write deadline is renewed when this much has gone out: who reads more slowly than 64 KB in a whole deadline is not reading.
constexpr std::size_t progress_bytes = std::size_t{64} * 1024;

class ConnectionStream : public StreamWriter {
  public:
    explicit ConnectionStream(std::shared_ptr<Connection> connection) : m_connection(std::move(connection)) {}
    ConnectionStream(const ConnectionStream &) = delete;
    ConnectionStream &operator=(const ConnectionStream &) = delete;
    ~ConnectionStream() override { m_connection->finish_stream(); }
    bool write(std::string_view bytes) override { return m_connection->write_to_stream(bytes); }
    void finish() override { m_connection->finish_stream(); }
    [[nodiscard]] bool is_open() const override { return m_connection->is_streaming(); }

  private:
    std::shared_ptr<Connection> m_connection;
};

} // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, Descriptor descriptor, std::string remote_address)
    : m_core(std::move(core)), m_descriptor(std::move(descriptor)), m_remote_address(std::move(remote_address)), m_deadline(0) {
    set_deadline(m_core->options.head_deadline); // a client that connects has something to ask
}

void Connection::answer(Lock &lock, Response response) {
    if (m_phase == Phase::closed) { // cut while the handler ran
        --m_core->in_flight;
        return;
    }
    assert(m_phase == Phase::working);
    m_close_after_answer = m_close_after_answer || m_core->draining || ((response.stream || response.source) && !m_http_1_1);
    const bool to_head = m_request.method == Method::head;
    const bool bodiless = to_head || response.status == 204 || response.status == 304;
    m_out_head = response_head(response, {m_http_1_1, !m_close_after_answer, to_head});
    m_out_body = bodiless ? nullptr : response.body;
    m_out_body_is_shared = response.is_shared;
    m_out_offset = 0;
    m_progress_mark = 0;
    if (response.stream && !bodiless) {
        start_stream(lock, response);
        return;
    }
    if (response.source && !bodiless) {
        start_pieces(lock, std::move(response));
        return;
    }
    summarize(response.status, m_out_body ? m_out_body->size() : 0);
    enter(Phase::writing);
    write_or_watch();
}

void Connection::start_stream(Lock &lock, const Response &response) {
    m_stream_chunked = m_http_1_1;
    m_stream_finished = false;
    m_close_after_answer = true; // a stream's client does not ask again on its connection
    summarize(response.status, 0);
    enter(Phase::streaming);
    if (!flush()) {
        close_now(); // the head of an answer did not fit into an empty socket: that client is not reading at all
        return;
    }
    auto writer = std::make_shared<ConnectionStream>(shared_from_this());
    lock.unlock();
    try {
        response.stream(std::move(writer)); // letting it go finishes the stream
    } catch (const std::exception &error) {
        const RequestScope scope(m_request.request_id);
        spdlog::error("a stream ended: {}", error.what());
    }
    lock.lock();
}

bool Connection::write_to_stream(std::string_view bytes) {
    const Lock lock(m_mutex);
    if (m_phase != Phase::streaming || m_stream_finished) {
        return false;
    }
    if (bytes.empty()) {
        return true; // an empty chunk would end the stream
    }
    if (unsent_bytes() + bytes.size() > limits::stream_queue_bytes) {
        close_now();
        return false;
    }
    m_out_head.erase(0, m_out_offset);
    m_out_offset = 0;
    m_progress_mark = 0;
    const bool was_empty = m_out_head.empty();
    m_out_head += m_stream_chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : std::string(bytes);
    if (was_empty) {
        set_deadline(m_core->options.write_deadline);
    }
    if (!m_watched && !flush()) {
        m_watched = m_core->sender.watch(shared_from_this());
        if (!m_watched) {
            close_now();
        }
    } else if (!m_watched) {
        m_deadline = Clock::time_point::max().time_since_epoch().count();
    }
    return m_phase == Phase::streaming;
}

void Connection::finish_stream() {
    const Lock lock(m_mutex);
    end_stream();
}

void Connection::end_stream() {
    if (m_phase != Phase::streaming || m_stream_finished) {
        return;
    }
    m_stream_finished = true;
    m_out_head += m_stream_chunked ? "0\r\n\r\n" : "";
    set_deadline(m_core->options.write_deadline);
    if (!m_watched) {
        write_or_watch();
    }
}

bool Connection::is_streaming() const {
    const Lock lock(m_mutex);
    return m_phase == Phase::streaming && !m_stream_finished;
}

std::size_t Connection::unsent_bytes() const { return m_out_head.size() + (m_out_body ? m_out_body->size() : 0) - m_out_offset; }

void Connection::account_output(std::size_t bytes) {
    if (bytes != m_accounted_output_bytes) {
        m_core->unsent_answer_bytes += bytes - m_accounted_output_bytes; // modulo 2^64
        m_accounted_output_bytes = bytes;
        m_reads_since = bytes == 0 ? 0 : Clock::now().time_since_epoch().count();
    }
}

std::optional<Connection::Clock::rep> Connection::reads_since() const noexcept {
    const auto since = m_reads_since.load();
    return since == 0 ? std::nullopt : std::optional(since);
}

bool Connection::flush() {
    while (m_phase != Phase::closed && unsent_bytes() > 0) {
        std::array<iovec, 2> parts{};
        std::size_t count = 0;
        const std::size_t head = m_out_head.size();
        if (m_out_offset < head) {
            parts.at(count++) = {m_out_head.data() + m_out_offset, head - m_out_offset};
        }
        const std::size_t body_offset = m_out_offset > head ? m_out_offset - head : 0;
        if (m_out_body && body_offset < m_out_body->size()) {
            // iovec is used for reading too, hence not const; sendmsg does not write.
            parts.at(count++) = {const_cast<char *>(m_out_body->data()) + body_offset, m_out_body->size() - body_offset};
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        const auto written = ::sendmsg(m_descriptor.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return false;
        }
        if (written < 0) {
            close_now();
            return true;
        }
        m_out_offset += static_cast<std::size_t>(written);
        if (m_out_offset - m_progress_mark >= progress_bytes) {
            m_progress_mark = m_out_offset;
            set_deadline(m_core->options.write_deadline);
        }
    }
    return true;
}

void Connection::write_or_watch() {
    if (flush()) {
        finish_answer();
    } else {
        watch();
    }
}

void Connection::watch() {
    const std::size_t body = m_out_body && !m_out_body_is_shared ? m_out_body->size() : 0;
    account_output(m_produced_status ? m_out_head.size() : body);
    m_watched = m_core->sender.watch(shared_from_this());
    if (!m_watched) {
        close_now();
    }
}

bool Connection::on_writable(const std::function<void()> &forget) {
    Lock lock(m_mutex);
    if (!flush()) {
        return false;
    }
    m_watched = false;
    forget();
    if (m_phase == Phase::streaming && !m_stream_finished) {
        m_deadline = Clock::time_point::max().time_since_epoch().count(); // all is sent; the next event may be hours away
        return true;
    }
    if (m_phase == Phase::writing && m_source) {
        account_output(0);
        if (!submit_piece()) {
            close_now();
        }
        return true;
    }
    if (m_phase == Phase::writing || m_phase == Phase::streaming) {
        finish_answer();
        pump(lock, Place::sender_thread);
    }
    return true;
}

/// All is written. The caller's loop, or its caller's, goes on with the next request.
void Connection::finish_answer() {
    if (m_phase == Phase::closed) {
        return;
    }
    if (m_produced_status) {
        summarize(*std::exchange(m_produced_status, std::nullopt), m_produced_bytes);
    }
    m_out_head.clear();
    if (m_out_head.capacity() > limits::head_bytes) {
        m_out_head.shrink_to_fit(); // the last piece of a body
    }
    m_out_body.reset();
    account_output(0);
    m_out_offset = 0;
    m_request = {};
    m_spool.reset();
    if (m_close_after_answer) {
        linger();
    } else {
        enter(Phase::idle);
    }
    account_input();
}

void Connection::summarize(int status, std::uint64_t bytes) {
    --m_core->in_flight;
    ++m_core->requests;
    if (!m_core->options.on_request) {
        return;
    }
    try {
        m_core->options.on_request({m_request.method, m_plan.route_name, m_request.target, m_request.request_id, m_remote_address, status, bytes,
                                    Clock::now() - m_request_began});
    } catch (const std::exception &error) { // a metric that fails must not cost the client its answer
        const RequestScope scope(m_request.request_id);
        spdlog::error("the hook for requests failed: {}", error.what());
    }
}

/// RFC 9112, 9.6: close the writing half, read the rest away, and only then close; a reset would take the answer from the client's hands.
void Connection::linger() {
    ::shutdown(m_descriptor.get(), SHUT_WR);
    if (m_input_ended) {
        close_now();
        return;
    }
    m_input.clear();
    m_input.shrink_to_fit();
    m_input_offset = 0;
    enter(Phase::lingering);
}

void Connection::close_now() {
    if (m_phase == Phase::closed) {
        return;
    }
    if (m_produced_status) {
        summarize(*std::exchange(m_produced_status, std::nullopt), m_produced_bytes);
    }
    m_source.reset();
    enter(Phase::closed);
    m_spool.reset();
    m_parser.spool_to(nullptr);
    ::shutdown(m_descriptor.get(), SHUT_RDWR); // Pistache sees the end and closes its own descriptor; ours goes with this object
    m_out_body.reset();
    account_output(0);
    m_out_head.clear();
    m_out_offset = 0;
    account_input();
    m_core->forget(shared_from_this());
}

void Connection::enter(Phase phase) {
    m_phase = phase;
    const auto &options = m_core->options;
    switch (phase) {
    case Phase::idle: set_deadline(options.idle_deadline); break;
    case Phase::head: set_deadline(options.head_deadline); break;
    case Phase::body: set_deadline(options.body_deadline); break;
    case Phase::writing: set_deadline(options.write_deadline); break;
    case Phase::lingering: set_deadline(options.linger_deadline); break;
    case Phase::admitting:
    case Phase::working:
    case Phase::streaming:
    case Phase::closed: m_deadline = Clock::time_point::max().time_since_epoch().count(); break;
    }
}

void Connection::set_deadline(std::chrono::milliseconds from_now) { m_deadline = (Clock::now() + from_now).time_since_epoch().count(); }

void Connection::on_tick(Clock::time_point now) {
    const auto is_late = [&] { return now.time_since_epoch().count() > m_deadline; };
    if (!is_late()) {
        return;
    }
    Lock lock(m_mutex);
    if (!is_late()) {
        return;
    }
    switch (m_phase) {
    case Phase::head:
    case Phase::body:
        ++m_core->deadlines_missed;
        refuse(lock, 408, "The request did not arrive in time.");
        break;
    case Phase::writing:
    case Phase::streaming: ++m_core->deadlines_missed; [[fallthrough]];
    case Phase::idle:
    case Phase::lingering: close_now(); break;
    case Phase::admitting:
    case Phase::working:
    case Phase::closed: break;
    }
}

void Connection::drain() {
    const Lock lock(m_mutex);
    m_close_after_answer = true;
    if (m_phase == Phase::idle) {
        close_now();
    } else {
        end_stream();
    }
}

void Connection::cut() {
    const Lock lock(m_mutex);
    close_now();
}

} // namespace keyaki::server::http
