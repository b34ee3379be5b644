// Bodies that are made while they are read: the next piece is made when the kernel has taken the one before, so a slow reader holds one piece and no
// thread.
#include "server/http/connection.hpp"

#include "server/http/request_scope.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

namespace keyaki::server::http {

void Connection::start_pieces(Lock &lock, Response response) {
    m_source = std::move(response.source);
    m_stream_chunked = m_http_1_1 && !response.source_bytes;
    m_produced_status = response.status;
    m_produced_bytes = 0;
    append_to_output(response.text());
    m_out_body.reset();
    enter(Phase::writing);
    produce(lock);
}

/// A chunk of RFC 9112, 7.1, or the bytes as they are to a client that knows none.
void Connection::append_to_output(std::string_view bytes) {
    m_produced_bytes += bytes.size();
    if (bytes.empty()) {
        return; // an empty chunk would end the body
    }
    m_out_head += m_stream_chunked ? fmt::format("{:x}\r\n", bytes.size()) : "";
    m_out_head += bytes;
    m_out_head += m_stream_chunked ? "\r\n" : "";
}

/// False when the connection is over: its client has gone, or the body cannot go on.
bool Connection::append_next_piece(Lock &lock) {
    const auto source = m_source; // stays when the connection is cut meanwhile
    std::string piece;
    bool has_more = false;
    bool has_failed = false;
    lock.unlock();
    try {
        has_more = source->append_piece(piece);
    } catch (const std::exception &error) {
        const RequestScope scope(m_request.request_id);
        spdlog::error("a body is cut off: {}", error.what());
        has_failed = true;
    }
    lock.lock();
    if (has_failed) {
        close_now();
    }
    if (m_phase == Phase::closed) {
        return false;
    }
    append_to_output(piece);
    if (!has_more) {
        m_source.reset();
        m_out_head += m_stream_chunked ? "0\r\n\r\n" : "";
    }
    set_deadline(m_core->options.write_deadline);
    return true;
}

bool Connection::submit_piece() {
    const auto submit = [this](ShedPriority priority) {
        return m_core->pool.submit(priority, [self = shared_from_this()] { self->produce_in_pool(); });
    };
    // A download takes no thread from a check-in. What has begun is ended all the same: where its class has no room left, before what has not.
    return submit(m_plan.shed_priority) || submit(ShedPriority::essential);
}

void Connection::produce(Lock &lock) {
    for (std::size_t made_bytes = 0; m_source && flush(); made_bytes += m_out_head.size()) {
        m_out_head.clear();
        m_out_offset = 0;
        m_progress_mark = 0;
        if (m_phase == Phase::closed || (made_bytes >= limits::bytes_a_turn && submit_piece()) || !append_next_piece(lock)) {
            return;
        }
    }
    if (m_phase == Phase::closed) {
        return;
    }
    if (m_source) {
        watch(); // whether there is room by now or not: the answer is not at its end
    } else {
        write_or_watch();
    }
}

void Connection::produce_in_pool() {
    try {
        Lock lock(m_mutex);
        produce(lock);
        pump(lock, Place::pool_thread);
    } catch (const std::exception &error) { // no memory for a piece: this client loses its connection, nobody else anything
        const RequestScope scope(m_request.request_id);
        spdlog::error("a connection is cut: {}", error.what());
        cut();
    }
}

} // namespace keyaki::server::http
