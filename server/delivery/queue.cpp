#include "server/delivery/queue.hpp"

#include "server/delivery/limits.hpp"
#include "server/delivery/retry.hpp"

#include <algorithm>
#include <cassert>

namespace keyaki::server::delivery {

Queue::Queue(const data::Webhook &webhook, const std::vector<data::BacklogItem> &waiting)
    : m_webhook(webhook.id), m_types(webhook.types.begin(), webhook.types.end()), m_cursor(webhook.cursor), m_read_up_to(webhook.cursor) {
    for (const data::BacklogItem &item : waiting) {
        if (item.given_up_at_us) {
            m_dead.insert(item.sequence);
        } else {
            know_of(item);
        }
    }
}

void Queue::know_of(const data::BacklogItem &item) {
    m_backlog_of[item.subject].insert(item.sequence);
    m_backlog.emplace(item.sequence, item);
}

std::size_t Queue::room() const noexcept {
    const std::size_t held = m_backlog.size() + m_window.size(); // all of the window may come to the backlog
    return held >= limits::waiting_events ? 0 : limits::waiting_events - held;
}

bool Queue::is_wanted(const std::string &type) const { return m_types.empty() || m_types.contains(type); }

bool Queue::is_blocked(const std::string &subject) const { return m_backlog_of.contains(subject); }

void Queue::offer(const std::vector<data::NumberedEvent> &events) {
    m_is_read_to_end = events.size() < room();
    for (const data::NumberedEvent &event : events) {
        assert(event.sequence > m_read_up_to);
        m_read_up_to = event.sequence;
        // After a restart the outbox is read again from the cursor: what was put in the backlog since keeps its attempts and its clock there.
        const bool is_dealt_with = m_dead.erase(event.sequence) != 0 || m_backlog.contains(event.sequence);
        if (is_dealt_with || !is_wanted(event.event.type)) {
            continue;
        }
        m_window.emplace(event.sequence, event);
    }
    move_cursor();
}

std::optional<Queue::Turn> Queue::next(std::int64_t now_us) {
    if (m_in_flight.size() >= limits::in_flight_per_webhook) {
        return std::nullopt;
    }
    std::optional<Turn> turn = next_of_backlog(now_us);
    return turn ? turn : next_of_window(now_us);
}

/// Of each subject the first alone may go.
std::optional<Queue::Turn> Queue::next_of_backlog(std::int64_t now_us) {
    for (const auto &[subject, sequences] : m_backlog_of) {
        const std::uint64_t first = *sequences.begin();
        if (!m_busy.contains(subject) && m_backlog.at(first).next_attempt_at_us <= now_us) {
            m_busy.insert(subject);
            m_in_flight.emplace(first, subject);
            return Turn{first, std::nullopt};
        }
    }
    return std::nullopt;
}

std::optional<Queue::Turn> Queue::next_of_window(std::int64_t now_us) {
    for (auto place = m_window.begin(); place != m_window.end();) {
        const auto current = place++;
        const auto &[sequence, event] = *current;
        const std::string &subject = event.event.subject;
        if (m_in_flight.contains(sequence)) {
            continue;
        }
        if (is_blocked(subject)) { // it waits behind its own, so that the others' cursor goes on
            data::BacklogItem item{sequence, subject, 0, std::nullopt, now_us, std::nullopt, "waits behind an earlier event of its subject"};
            m_window.erase(current);
            put_in_backlog(std::move(item));
            move_cursor();
            continue;
        }
        if (m_busy.insert(subject).second) {
            m_in_flight.emplace(sequence, subject);
            return Turn{sequence, event};
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> Queue::next_due_us() const {
    std::optional<std::int64_t> due_us;
    if (m_in_flight.size() >= limits::in_flight_per_webhook) {
        return due_us;
    }
    for (const auto &[subject, sequences] : m_backlog_of) {
        if (!m_busy.contains(subject)) {
            const std::int64_t next_us = m_backlog.at(*sequences.begin()).next_attempt_at_us;
            due_us = std::min(due_us.value_or(next_us), next_us);
        }
    }
    return due_us;
}

void Queue::put_in_backlog(data::BacklogItem item) {
    m_backlog_of[item.subject].insert(item.sequence);
    m_changed.insert_or_assign(item.sequence, item);
    m_backlog.insert_or_assign(item.sequence, std::move(item));
    m_has_news = true;
}

void Queue::delivered(std::uint64_t sequence) {
    const auto flight = m_in_flight.find(sequence);
    assert(flight != m_in_flight.end());
    const std::string subject = flight->second;
    m_in_flight.erase(flight);
    m_busy.erase(subject);
    m_window.erase(sequence);
    if (m_backlog.erase(sequence) != 0) {
        const auto of_subject = m_backlog_of.find(subject);
        of_subject->second.erase(sequence);
        if (of_subject->second.empty()) {
            m_backlog_of.erase(of_subject);
        }
        m_changed.erase(sequence);
        m_removed.push_back(sequence);
    }
    m_has_news = true;
    move_cursor();
}

bool Queue::failed(std::uint64_t sequence, std::string_view reason, std::optional<std::chrono::seconds> retry_after, double spread,
                   std::int64_t now_us) {
    const auto flight = m_in_flight.find(sequence);
    assert(flight != m_in_flight.end());
    const std::string subject = flight->second;
    m_in_flight.erase(flight);
    m_busy.erase(subject);
    const auto known = m_backlog.find(sequence);
    data::BacklogItem item = known != m_backlog.end() ? known->second : data::BacklogItem{sequence, subject, 0, {}, now_us, {}, {}};
    item = after_failure(std::move(item), reason, retry_after, spread, now_us);
    m_window.erase(sequence);
    const bool is_given_up = item.given_up_at_us.has_value();
    put_in_backlog(std::move(item));
    if (is_given_up) { // a dead letter holds nobody up
        m_backlog.erase(sequence);
        m_backlog_of[subject].erase(sequence);
        if (m_backlog_of[subject].empty()) {
            m_backlog_of.erase(subject);
        }
    }
    move_cursor();
    return is_given_up;
}

void Queue::add_replayed(const std::vector<data::BacklogItem> &waiting) {
    for (const data::BacklogItem &item : waiting) {
        const bool is_known = m_backlog.contains(item.sequence) || m_changed.contains(item.sequence) ||
                              std::find(m_removed.begin(), m_removed.end(), item.sequence) != m_removed.end();
        if (!is_known && !item.given_up_at_us) {
            m_dead.erase(item.sequence);
            know_of(item);
        }
    }
}

/// Everything before the first event that is neither delivered nor in the backlog.
void Queue::move_cursor() {
    const std::uint64_t done = m_window.empty() ? m_read_up_to : m_window.begin()->first - 1;
    if (done > m_cursor) {
        m_cursor = done;
        m_has_news = true;
    }
}

data::DeliveryRecord Queue::take_record() {
    data::DeliveryRecord record;
    record.webhook = m_webhook;
    record.cursor = m_cursor;
    for (auto &[sequence, item] : m_changed) {
        record.waiting.push_back(std::move(item));
    }
    m_changed.clear();
    record.delivered.swap(m_removed);
    m_has_news = false;
    return record;
}

} // namespace keyaki::server::delivery
