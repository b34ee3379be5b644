#include "server/http/connection.hpp"

#include "server/http/problem.hpp"
#include "server/http/request_scope.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace keyaki::server::http {

/// True when the body waits for an answer from the pool, or the request has been refused. False when the parser will refuse the body anyway.
bool Connection::begin_admission(Lock &lock) {
    std::size_t nothing = 0;
    if (m_parser.advance({}, nothing) == RequestParser::Step::refused) {
        return false;
    }
    enter(Phase::admitting);
    if (!m_core->pool.submit(m_plan.shed_priority, [self = shared_from_this()] { self->admit_in_pool(); })) {
        m_core->count_shed(m_plan.shed_priority);
        refuse_admission(lock, overloaded("The server has more to do than it can take on; ask again in a moment."));
    }
    return true;
}

void Connection::admit_in_pool() {
    try {
        Lock lock(m_mutex);
        if (m_phase == Phase::admitting) {
            admit(lock);
        }
    } catch (const std::exception &error) {
        const RequestScope scope(m_request.request_id);
        spdlog::error("a connection is cut: {}", error.what());
        cut();
    }
}

void Connection::admit(Lock &lock) {
    lock.unlock();
    auto refusal = m_core->router.admit(m_plan, m_request);
    lock.lock();
    if (m_phase != Phase::admitting) {
        return; // cut in the meantime
    }
    if (refusal) {
        return refuse_admission(lock, *std::move(refusal));
    }
    if (m_discards_input) {
        ++m_core->bodies_refused;
        return refuse_admission(lock, overloaded("More of the body came than can wait; ask again in a moment."));
    }
    m_spool = BodyFile::open(m_core->options.spool_folder);
    if (!m_spool) {
        ++m_core->bodies_refused;
        return refuse_admission(lock, overloaded("Too many large bodies are under way, or their folder cannot be written; ask again in a moment."));
    }
    go_on_with_body(lock);
}

void Connection::go_on_with_body(Lock &lock) {
    m_spool_mark = 0;
    m_parser.spool_to(m_spool);
    enter(Phase::body);
    if (m_parser.expects_continue() && m_input_offset == m_input.size()) {
        send_continue();
    }
    pump(lock, Place::pool_thread);
}

/// The body is not wanted: it is read away, never kept, and the connection ends.
void Connection::refuse_admission(Lock &lock, Response response) {
    m_close_after_answer = true;
    m_input.clear();
    m_input.shrink_to_fit();
    m_input_offset = 0;
    account_input();
    enter(Phase::working);
    ++m_core->in_flight;
    answer(lock, std::move(response));
}

} // namespace keyaki::server::http
