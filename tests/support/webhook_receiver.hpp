#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace keyaki::test {

/// What a receiver makes of one delivery, by Standard Webhooks 1.0 and CloudEvents 1.0, written from those and not from the sender: signature, age
/// and form are checked, each id is applied once, and the order of each subject is looked at.
class WebhookConsumer {
  public:
    /// `key` as the sender shows it once: "whpk_…" (ed25519) or "whsec_…" (HMAC).
    explicit WebhookConsumer(std::string key) : m_key(std::move(key)) {}

    using Headers = std::map<std::string, std::string, std::less<>>; ///< names in lower case
    void use_key(std::string key);
    /// Empty where the delivery was good (applied now or before); else what is wrong with it.
    std::string take(const Headers &headers, const std::string &body, std::int64_t now_s);

    /// Ids in the order in which they were applied, by subject.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> applied() const;
    [[nodiscard]] std::size_t count() const;   ///< of ids that were applied
    [[nodiscard]] std::size_t repeats() const; ///< of ids that came again
    [[nodiscard]] std::vector<std::string> complaints() const;

  private:
    [[nodiscard]] std::string check_signature(const Headers &headers, const std::string &body, std::int64_t now_s) const;
    std::string apply(const std::string &id, const std::string &body);

    std::string m_key;
    mutable std::mutex m_mutex;
    std::set<std::string> m_ids;
    std::map<std::string, std::vector<std::string>> m_applied;
    std::map<std::string, std::string> m_last_sequence;
    std::map<std::string, std::string> m_bodies;
    std::size_t m_repeats = 0;
    std::vector<std::string> m_complaints;
};

/// A consumer behind a small HTTP server on the loopback interface.
class WebhookReceiver {
  public:
    WebhookReceiver();
    ~WebhookReceiver();
    WebhookReceiver(const WebhookReceiver &) = delete;
    WebhookReceiver &operator=(const WebhookReceiver &) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return m_port; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port) + "/hook"; }
    [[nodiscard]] WebhookConsumer &consumer() noexcept { return m_consumer; }
    /// The sender gives the key when it knows the address.
    void use_key(std::string key) { m_consumer.use_key(std::move(key)); }
    /// The status for the delivery of this number, from 0; 204 by itself. 0 hangs up after the delivery was applied, without an answer.
    void answer(std::function<int(int)> status);
    [[nodiscard]] int connections() const noexcept { return m_accepted; }
    [[nodiscard]] int requests() const noexcept { return m_requests; }
    /// Waits until `is_so`, asked after each delivery; false where it is not within a minute.
    [[nodiscard]] bool wait(const std::function<bool()> &is_so);

  private:
    void run();
    void serve(int connection);
    bool serve_one(int connection, std::string &input);

    WebhookConsumer m_consumer;
    std::mutex m_mutex; ///< guards m_status
    std::function<int(int)> m_status;
    std::atomic<int> m_requests{0};
    std::atomic<int> m_accepted{0};
    std::atomic<bool> m_stopping{false};
    int m_listener = -1;
    std::uint16_t m_port = 0;
    std::mutex m_news_mutex;
    std::condition_variable m_news; ///< a delivery was dealt with
    std::mutex m_connections_mutex;
    std::set<int> m_connections;
    std::vector<std::thread> m_threads;
    std::thread m_thread;
};

} // namespace keyaki::test
