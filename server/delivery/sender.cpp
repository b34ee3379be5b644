#include "server/delivery/sender.hpp"

#include "geo/error.hpp"
#include "server/delivery/envelope.hpp"
#include "server/delivery/limits.hpp"
#include "server/delivery/signature.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyaki::server::delivery {

namespace {

using Clock = std::chrono::steady_clock;

constexpr long gone = 410; // RFC 9110, 15.5.11; Standard Webhooks: the receiver wants no more

bool is_due(Clock::time_point last, Clock::duration interval) { return Clock::now() - last >= interval; }

} // namespace

Sender::Sender(data::Store &store, Options options)
    : m_store(store), m_options(std::move(options)), m_guard(m_options.networks), m_poster(m_guard, m_options.ca_file),
      m_thread([this](const std::stop_token &stop) { run(stop); }) {}

Sender::~Sender() {
    m_thread.request_stop();
    m_poster.wake();
}

void Sender::wake() { m_poster.wake(); }

std::map<std::string, Figures> Sender::figures() const {
    const std::lock_guard lock(m_mutex);
    return m_figures;
}

void Sender::run(const std::stop_token &stop) {
    while (!stop.stop_requested()) {
        try {
            m_is_resting = m_store.writer_statistics().is_stopped; // what cannot be written down would be told again at each start
            if (!m_is_resting) {
                turn();
            }
            m_is_troubled = false;
        } catch (const std::exception &error) {
            m_is_resting = true;
            if (!std::exchange(m_is_troubled, true)) {
                spdlog::error("events wait: {}", error.what());
            }
        }
        try {
            for (const Poster::Ended &ended : m_poster.wait(patience())) {
                take(ended);
            }
        } catch (const std::exception &error) {
            spdlog::error("answers of receivers could not be counted: {}", error.what());
        }
    }
    try {
        write_records(true); // what is in flight now is sent again after the next start
    } catch (const std::exception &error) {
        spdlog::error("what was delivered last is not written down and will be sent again: {}", error.what());
    }
}

void Sender::turn() {
    look();
    let_go();
    for (const auto &[id, receiver] : m_receivers) {
        send(*receiver);
    }
    write_records(is_due(m_last_record, limits::record_interval));
    if (is_due(m_last_sweep, limits::sweep_interval)) {
        m_last_sweep = Clock::now();
        sweep();
    }
}

/// Webhooks, their ends and events come by other threads and processes; where nobody has committed, nothing is read but what had no room before.
void Sender::look() {
    const std::uint64_t counter = m_store.change_counter(); // before all that is read: what is committed meanwhile is looked at again
    if (counter != m_seen_webhooks && is_due(m_last_look, limits::look_interval)) {
        m_last_look = Clock::now();
        look_for_webhooks(counter);
    }
    if (counter != m_seen) {
        for (const auto &[id, receiver] : m_receivers) {
            receiver->queue.expect_more();
        }
    }
    bool is_anything_read = counter != m_seen;
    for (const auto &[id, receiver] : m_receivers) {
        is_anything_read = look_for_events(*receiver) || is_anything_read;
    }
    if (is_anything_read) {
        look_for_ends(); // after the events were read: of what came after a removal nothing is sent
    }
    m_seen = counter;
}

void Sender::look_for_webhooks(std::uint64_t counter) {
    std::set<std::string> live;
    for (const data::Webhook &webhook : m_store.webhooks()) {
        if (webhook.ended_at_us || live.size() >= limits::webhooks) {
            continue;
        }
        live.insert(webhook.id);
        if (!m_receivers.contains(webhook.id)) {
            m_receivers.emplace(webhook.id,
                                std::make_unique<Receiver>(Receiver{webhook, Queue(webhook, m_store.waiting_items(webhook.id)), {}, false, false}));
        }
    }
    for (const auto &[id, receiver] : m_receivers) {
        if (live.contains(id) && !receiver->unwritten) { // else the database does not know yet what became of its items
            receiver->queue.add_replayed(m_store.waiting_items(id));
        }
    }
    m_seen_webhooks = counter;
}

/// True where something was read.
bool Sender::look_for_events(Receiver &receiver) {
    const std::size_t wanted = receiver.is_gone || receiver.is_ended ? 0 : receiver.queue.wanted();
    if (wanted > 0) {
        receiver.queue.offer(m_store.outbox_events(receiver.queue.read_up_to(), wanted));
    }
    return wanted > 0;
}

void Sender::look_for_ends() {
    for (const data::Webhook &webhook : m_store.webhooks()) {
        const auto found = m_receivers.find(webhook.id);
        if (found != m_receivers.end() && webhook.ended_at_us) {
            found->second->is_ended = true;
        }
    }
}

/// Who has ended is told nothing more, and forgotten as soon as nothing of his is in flight.
void Sender::let_go() {
    for (auto place = m_receivers.begin(); place != m_receivers.end();) {
        const auto current = place++;
        if (current->second->is_ended && current->second->queue.in_flight() == 0) {
            m_receivers.erase(current);
        }
    }
}

void Sender::send(Receiver &receiver) {
    while (!receiver.is_gone && !receiver.is_ended) {
        const std::optional<Queue::Turn> turn = receiver.queue.next(now_us());
        if (!turn) {
            return;
        }
        try {
            send(receiver, *turn);
        } catch (const std::exception &error) { // else it would be in flight for ever, and its subject with it
            Poster::Ended ended;
            ended.reason = fmt::format("it could not be sent: {}", error.what());
            count(receiver, turn->sequence, ended);
            return; // this receiver's next one has its turn after the others'
        }
    }
}

void Sender::send(Receiver &receiver, const Queue::Turn &turn) {
    if (turn.content) {
        post(receiver, *turn.content);
        return;
    }
    const auto found = m_store.outbox_events(std::vector{turn.sequence});
    if (found.empty()) {
        receiver.queue.forget(turn.sequence);
    } else {
        post(receiver, found.front());
    }
}

void Sender::post(Receiver &receiver, const data::NumberedEvent &event) {
    std::string body = envelope(event, m_options.source);
    const std::string timestamp = std::to_string(now_us() / 1'000'000);
    const std::string signature = sign(receiver.webhook.signing, receiver.webhook.secret, event.event.id, timestamp, body);
    const std::uint64_t ticket = ++m_last_ticket;
    const auto flight = m_flights.emplace(ticket, Flight{receiver.webhook.id, event.sequence}).first;
    try {
        m_poster.begin(ticket, receiver.webhook.url,
                       {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                        {"webhook-id", event.event.id},
                        {"webhook-timestamp", timestamp},
                        {"webhook-signature", signature},
                        {"Expect", ""}},
                       std::move(body));
    } catch (...) {
        m_flights.erase(flight); // it has not begun, so it will not end
        throw;
    }
}

void Sender::take(const Poster::Ended &ended) {
    const auto flight = m_flights.find(ended.ticket);
    assert(flight != m_flights.end());
    const auto found = m_receivers.find(flight->second.webhook);
    const std::uint64_t sequence = flight->second.sequence;
    m_flights.erase(flight);
    if (found != m_receivers.end()) {
        count(*found->second, sequence, ended);
    }
}

void Sender::count(Receiver &receiver, std::uint64_t sequence, const Poster::Ended &ended) {
    const bool is_delivered = ended.reason.empty();
    std::uint64_t given_up = 0;
    if (is_delivered) {
        receiver.queue.delivered(sequence);
    } else {
        given_up = receiver.queue.failed(sequence, ended.reason, ended.retry_after, chance(), now_us()) ? 1 : 0;
        receiver.is_gone = receiver.is_gone || ended.status == gone;
        spdlog::warn("webhook {}: event {} was not taken: {}{}", receiver.webhook.id, sequence, ended.reason,
                     given_up > 0 ? "; it is a dead letter now" : "");
    }
    const std::lock_guard lock(m_mutex);
    Figures &figures = m_figures[receiver.webhook.id];
    ++(is_delivered ? figures.delivered : figures.failed);
    figures.given_up += given_up;
    figures.seconds += ended.seconds;
}

/// Each 200 ms: one row for a cursor, however many events it passed.
void Sender::write_records(bool is_time) {
    if (!is_time) {
        return;
    }
    m_last_record = Clock::now();
    for (const auto &[id, receiver] : m_receivers) {
        write_record(*receiver);
    }
}

void Sender::write_record(Receiver &receiver) {
    if (!receiver.unwritten && (receiver.queue.has_record() || receiver.is_gone)) {
        receiver.unwritten = receiver.queue.take_record();
        receiver.unwritten->ended_because = receiver.is_gone ? "the receiver answered 410: it wants no more" : "";
        receiver.unwritten->now_us = now_us();
    }
    if (receiver.unwritten) {
        m_store.write([&](data::WriteTransaction &books) { books.record_delivery(*receiver.unwritten); });
        receiver.unwritten.reset();
    }
}

void Sender::sweep() {
    const std::int64_t before_us = now_us() - std::chrono::microseconds(limits::keep_events).count();
    if (m_store.has_outbox_before(before_us)) {
        m_store.write([&](data::WriteTransaction &books) { books.sweep_outbox(before_us, limits::swept_events); });
    }
}

std::chrono::milliseconds Sender::patience() const {
    std::chrono::milliseconds patience = limits::look_interval;
    if (m_is_resting) {
        return patience;
    }
    for (const auto &[id, receiver] : m_receivers) {
        if (receiver->is_gone || receiver->is_ended) {
            continue;
        }
        if (const auto due_us = receiver->queue.next_due_us()) {
            const auto wait = std::chrono::milliseconds(std::max<std::int64_t>(0, (*due_us - now_us()) / 1'000 + 1));
            patience = std::min(patience, std::max(wait, std::chrono::milliseconds{1}));
        }
    }
    return patience;
}

} // namespace keyaki::server::delivery
