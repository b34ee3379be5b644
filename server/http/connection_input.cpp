#include "server/http/connection.hpp"

#include "geo/error.hpp"
#include "server/http/problem.hpp"
#include "server/http/request_scope.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

namespace keyaki::server::http {

void Connection::on_input(std::string_view bytes) {
    Lock lock(m_mutex);
    if (m_phase == Phase::closed || m_phase == Phase::lingering || m_discards_input) {
        return; // read away, never parsed: after a refusal nothing is a request
    }
    m_input.append(bytes);
    account_input();
    const std::size_t may_wait = m_phase == Phase::admitting ? limits::unadmitted_bytes : limits::pipelined_bytes;
    if (is_reading()) {
        pump(lock, Place::event_thread);
    } else if (m_input.size() - m_input_offset > may_wait || is_input_full()) {
        m_close_after_answer = true; // what is due is still answered; what comes after would only fill the memory
        m_discards_input = true;
        m_input.clear();
        m_input.shrink_to_fit();
        m_input_offset = 0;
        account_input();
    }
}

void Connection::on_end_of_input() {
    Lock lock(m_mutex);
    m_input_ended = true;
    if (is_reading() || m_phase == Phase::lingering || m_phase == Phase::streaming) {
        close_now();
    }
}

void Connection::pump(Lock &lock, Place place) {
    for (std::size_t answers = 0; is_reading(); ++answers) {
        if (!take_request(lock)) {
            break;
        }
        const bool may_work_here = place == Place::event_thread && answers < limits::pipelined_inline_answers;
        const bool quick = m_plan.outcome != Router::Plan::Outcome::handler || m_plan.work == Work::inline_;
        if (may_work_here && quick) {
            work_here(lock);
        } else if (may_work_here && answer_ready(lock)) {
            continue;
        } else if (submit_work(lock)) {
            return; // the pool's thread goes on from here
        }
    }
    if (is_reading() && m_input_ended) {
        close_now();
    }
    account_input();
}

bool Connection::take_request(Lock &lock) {
    for (;;) {
        std::size_t consumed = 0;
        const auto step = m_parser.advance(std::string_view(m_input).substr(m_input_offset), consumed);
        consume(consumed);
        switch (step) {
        case RequestParser::Step::refused: refuse(lock, m_parser.refusal().status, m_parser.refusal().detail); return false;
        case RequestParser::Step::need_more:
            if (m_phase == Phase::idle && m_parser.has_begun()) {
                enter(Phase::head);
            }
            if (is_input_full()) {
                ++m_core->bodies_refused;
                refuse(lock, 503, "Too many bodies are under way; ask again in a moment.");
            }
            if (m_spool && m_spool->size_bytes() - m_spool_mark >= limits::spool_progress_bytes) {
                m_spool_mark = m_spool->size_bytes();
                set_deadline(m_core->options.body_deadline);
            }
            return false;
        case RequestParser::Step::head_complete:
            if (!take_head(lock) || (m_plan.asks_admission && begin_admission(lock))) {
                return false;
            }
            break;
        case RequestParser::Step::complete:
            if (m_phase != Phase::body && !take_head(lock)) {
                return false;
            }
            m_request.body = std::move(m_parser.request().body);
            m_request.body_file = std::move(m_spool);
            m_close_after_answer = m_close_after_answer || !m_parser.keeps_alive();
            m_parser = RequestParser();
            enter(Phase::working);
            ++m_core->in_flight;
            return true;
        }
    }
}

/// The head is known: its target, its route and that route's limits. False when it has been refused.
bool Connection::take_head(Lock &lock) {
    m_request = std::move(m_parser.request());
    m_parser.request().body.clear();
    m_http_1_1 = m_parser.is_http_1_1();
    m_request_began = Clock::now();
    m_request.remote_address = m_remote_address;
    m_request.request_id = m_core->request_id(m_request.header("X-Request-Id"));
    try {
        parse_target(m_request);
    } catch (const geo::Error &error) {
        if (m_request.method != Method::other) {
            refuse(lock, 400, error.what());
            return false;
        }
        m_request.target.assign(1, '/'); // "CONNECT host:port": the method is answered, with 501
    }
    m_plan = m_core->router.plan(m_request);
    m_close_after_answer = m_close_after_answer || m_request.method_text == "CONNECT"; // what follows would be the tunnel's
    enter(Phase::body);
    m_parser.limit_body(m_plan.body_limit_bytes);
    if (m_parser.expects_continue() && m_input_offset == m_input.size() && !m_plan.asks_admission) {
        if (m_plan.outcome != Router::Plan::Outcome::handler) {
            m_close_after_answer = true; // the answer stands without the body, which then never comes as a request
            enter(Phase::working);
            ++m_core->in_flight;
            answer(lock, m_core->router.run(m_plan, m_request));
            return false;
        }
        std::size_t nothing = 0;
        if (m_parser.advance({}, nothing) != RequestParser::Step::refused) {
            send_continue();
        }
    }
    return true;
}

void Connection::send_continue() {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    (void)::send(m_descriptor.get(), go_on.data(), go_on.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Connection::consume(std::size_t bytes) {
    m_input_offset += bytes;
    if (m_input_offset == m_input.size()) {
        m_input.clear();
        m_input_offset = 0;
        constexpr std::size_t worth_keeping = std::size_t{16} * 1024;
        if (m_input.capacity() > worth_keeping) {
            m_input.shrink_to_fit();
        }
    } else if (m_input_offset > limits::head_bytes) {
        m_input.erase(0, m_input_offset);
        m_input_offset = 0;
    }
}

bool Connection::is_input_full() const { return m_core->buffered_input_bytes > m_core->options.buffered_input_bytes; }

void Connection::account_input() {
    const std::size_t held = m_phase == Phase::closed ? 0 : m_input.size() + m_request.body.size() + m_parser.body_bytes();
    if (held != m_accounted_bytes) {
        m_core->buffered_input_bytes += held - m_accounted_bytes; // modulo 2^64, as unsigned numbers count down too
        m_accounted_bytes = held;
    }
}

/// The adapter's own answer to what is no request; then the connection ends.
void Connection::refuse(Lock &lock, int status, std::string_view detail) {
    ++m_core->malformed;
    m_input.clear();
    m_input_offset = 0;
    if (m_phase != Phase::body) { // no head was understood
        m_request = std::move(m_parser.request());
        if (m_request.method_text.empty()) {
            m_request.method = Method::other;
        }
        m_request.remote_address = m_remote_address;
        m_request.request_id = m_core->request_id({});
        m_plan = {};
        m_request_began = Clock::now();
    }
    m_request.body = {};
    m_spool.reset();
    m_parser.spool_to(nullptr);
    m_parser.request().body = {}; // what came of a refused body is not kept until its client has gone
    account_input();
    m_close_after_answer = true;
    enter(Phase::working);
    ++m_core->in_flight;
    auto response = problem(status, {}, detail);
    if (status == 503) {
        response.headers.set("Retry-After", std::to_string(limits::retry_after.count()));
    }
    add_instance(m_request, response);
    add_common_headers(m_request, response);
    answer(lock, std::move(response));
}

void Connection::work_here(Lock &lock) {
    lock.unlock();
    auto response = m_core->router.run(m_plan, m_request);
    lock.lock();
    answer(lock, std::move(response));
}

/// True when the answer lay ready and has been given.
bool Connection::answer_ready(Lock &lock) {
    if (!m_plan.may_be_ready) {
        return false;
    }
    lock.unlock();
    auto response = m_core->router.run_ready(m_plan, m_request);
    lock.lock();
    if (!response) {
        return false;
    }
    answer(lock, *std::move(response));
    return true;
}

/// False when the queue was full and the client has been told so.
bool Connection::submit_work(Lock &lock) {
    const auto priority = m_plan.outcome == Router::Plan::Outcome::handler ? m_plan.shed_priority : ShedPriority::sheddable;
    if (m_core->pool.submit(priority, [self = shared_from_this()] { self->work_in_pool(); })) {
        return true;
    }
    m_core->count_shed(priority);
    answer(lock, overloaded("The server has more to do than it can take on; ask again in a moment."));
    return false;
}

Response Connection::overloaded(std::string_view detail) const {
    auto response = problem(503, {}, detail, "overloaded");
    response.headers.set("Retry-After", std::to_string(limits::retry_after.count()));
    add_instance(m_request, response);
    add_common_headers(m_request, response);
    return response;
}

void Connection::work_in_pool() {
    try {
        Lock lock(m_mutex);
        if (m_phase != Phase::working) {
            --m_core->in_flight; // cut while it waited
            return;
        }
        work_here(lock);
        pump(lock, Place::pool_thread);
    } catch (const std::exception &error) { // no memory for the answer, or worse: this client loses its connection, nobody else anything
        const RequestScope scope(m_request.request_id);
        spdlog::error("a connection is cut: {}", error.what());
        cut();
    }
}

} // namespace keyaki::server::http
