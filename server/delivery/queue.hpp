#pragma once

#include "data/outbox.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::delivery {

/// What one receiver is to be told, in which order, and what became of it. Events of one subject go one after another, by sequence; a subject that
/// fails holds up its own events and no others. Pure bookkeeping: no clock, network or database. One thread.
class Queue {
  public:
    /// `waiting` is the webhook's backlog by sequence: without dead letters up to the cursor, and with those after it.
    Queue(const data::Webhook &webhook, const std::vector<data::BacklogItem> &waiting);

    /// The number after which events are wanted, and how many may be given now: none where the outbox was read to its end and nobody said since that
    /// there may be more.
    [[nodiscard]] std::uint64_t read_up_to() const noexcept { return m_read_up_to; }
    [[nodiscard]] std::size_t wanted() const noexcept { return m_is_read_to_end ? 0 : room(); }
    void expect_more() noexcept { m_is_read_to_end = false; }
    /// The next events of the outbox, by sequence, as many as are wanted or all that there are; those of types that nobody asked for are passed over.
    void offer(const std::vector<data::NumberedEvent> &events);

    /// An event whose turn it is, now in flight. `content` only where it is not one of the backlog that has to be read again.
    struct Turn {
        std::uint64_t sequence = 0;
        std::optional<data::NumberedEvent> content;
    };
    [[nodiscard]] std::optional<Turn> next(std::int64_t now_us);
    /// When next() may have more to say than now; nothing while only new events or answers can change that.
    [[nodiscard]] std::optional<std::int64_t> next_due_us() const;

    void delivered(std::uint64_t sequence);
    /// True where it was given up by that.
    bool failed(std::uint64_t sequence, std::string_view reason, std::optional<std::chrono::seconds> retry_after, double spread, std::int64_t now_us);
    /// Dead letters that somebody wants to be tried again: what stands in the backlog of the database and is not known here.
    void add_replayed(const std::vector<data::BacklogItem> &waiting);
    /// The event is not there any more (somebody removed it from the database).
    void forget(std::uint64_t sequence) { delivered(sequence); }

    [[nodiscard]] bool has_record() const noexcept { return m_has_news; }
    /// What is to be written down since the last time; from then on it counts as written.
    [[nodiscard]] data::DeliveryRecord take_record();

    [[nodiscard]] std::size_t in_flight() const noexcept { return m_in_flight.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return m_backlog.size(); }

  private:
    [[nodiscard]] std::size_t room() const noexcept;
    void put_in_backlog(data::BacklogItem item);
    void know_of(const data::BacklogItem &item);
    [[nodiscard]] bool is_blocked(const std::string &subject) const;
    [[nodiscard]] std::optional<Turn> next_of_backlog(std::int64_t now_us);
    [[nodiscard]] std::optional<Turn> next_of_window(std::int64_t now_us);
    [[nodiscard]] bool is_wanted(const std::string &type) const;
    void move_cursor();

    std::string m_webhook;
    std::set<std::string, std::less<>> m_types;
    std::uint64_t m_cursor;
    std::uint64_t m_read_up_to;
    std::map<std::uint64_t, data::NumberedEvent> m_window; ///< after the cursor, not delivered, not in the backlog
    std::map<std::uint64_t, data::BacklogItem> m_backlog;
    std::set<std::uint64_t> m_dead;                                           ///< dead letters after the place from where events are read
    std::map<std::string, std::set<std::uint64_t>, std::less<>> m_backlog_of; ///< by subject
    std::map<std::uint64_t, std::string> m_in_flight;                         ///< with their subjects
    std::set<std::string, std::less<>> m_busy;                                ///< subjects in flight
    std::map<std::uint64_t, data::BacklogItem> m_changed;                     ///< of the backlog, not written down
    std::vector<std::uint64_t> m_removed;
    bool m_is_read_to_end = false;
    bool m_has_news = false;
};

} // namespace keyaki::server::delivery
