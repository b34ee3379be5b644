#pragma once

#include "data/store.hpp"
#include "server/access/options.hpp"
#include "server/delivery/poster.hpp"
#include "server/delivery/queue.hpp"
#include "server/outgoing/address_guard.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace keyaki::server::delivery {

/// What an operator sets about delivery.
struct Options {
    std::vector<access::Network> networks; ///< that may be told although they are not public
    std::filesystem::path ca_file;         ///< whom receivers' certificates have to come from; empty: whom the system believes
    std::string source;                    ///< of all events: the server's public address
};

/// Figures since the start, by webhook.
struct Figures {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0; ///< attempts
    std::uint64_t given_up = 0;
    double seconds = 0; ///< of all attempts together
};

/// The thread that tells others what happened: outbox → CloudEvents → signed POST, at least once, in order per subject, retried for three days. A
/// receiver that is slow or away holds up itself alone. All members may be called from any thread.
class Sender {
  public:
    Sender(data::Store &store, Options options);
    ~Sender();
    Sender(const Sender &) = delete;
    Sender &operator=(const Sender &) = delete;

    /// Something was committed: there may be events.
    void wake();
    [[nodiscard]] std::map<std::string, Figures> figures() const;

  private:
    struct Receiver {
        data::Webhook webhook;
        Queue queue;
        std::optional<data::DeliveryRecord> unwritten; ///< the database took it not yet
        bool is_gone = false;                          ///< it answered 410
        bool is_ended = false;                         ///< somebody removed it: what is in flight is its last
    };
    struct Flight {
        std::string webhook;
        std::uint64_t sequence = 0;
    };

    void run(const std::stop_token &stop);
    void turn();
    void look();
    void look_for_webhooks(std::uint64_t counter);
    bool look_for_events(Receiver &receiver);
    void look_for_ends();
    void let_go();
    void send(Receiver &receiver);
    void send(Receiver &receiver, const Queue::Turn &turn);
    void post(Receiver &receiver, const data::NumberedEvent &event);
    void take(const Poster::Ended &ended);
    void count(Receiver &receiver, std::uint64_t sequence, const Poster::Ended &ended);
    void write_records(bool is_time);
    void write_record(Receiver &receiver);
    void sweep();
    [[nodiscard]] std::chrono::milliseconds patience() const;
    [[nodiscard]] double chance() { return std::uniform_real_distribution<double>(0, 1)(m_random); }

    data::Store &m_store;
    Options m_options;
    outgoing::AddressGuard m_guard;
    Poster m_poster;
    std::map<std::string, std::unique_ptr<Receiver>, std::less<>> m_receivers;
    std::map<std::uint64_t, Flight> m_flights;
    std::uint64_t m_last_ticket = 0;
    std::mt19937_64 m_random{std::random_device{}()};
    std::chrono::steady_clock::time_point m_last_look{};
    std::chrono::steady_clock::time_point m_last_record{};
    std::chrono::steady_clock::time_point m_last_sweep{};
    std::uint64_t m_seen = 0;          ///< change counter of the store, when all of it was read
    std::uint64_t m_seen_webhooks = 0; ///< when webhooks and their backlogs were read
    bool m_is_troubled = false;
    bool m_is_resting = false; ///< nothing can be sent for now

    mutable std::mutex m_mutex; ///< guards m_figures
    std::map<std::string, Figures> m_figures;
    std::jthread m_thread; ///< last
};

} // namespace keyaki::server::delivery
