#pragma once

#include "server/flows/archive_replaced.hpp"
#include "server/flows/collection.hpp"
#include "server/flows/layer_published.hpp"
#include "server/http/response.hpp"
#include "server/limits.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace keyaki::server {

/// Tells those who listen at /events what is published, as server-sent events (WHATWG HTML, 9.2). Bounded: so many listeners, so many events kept for
/// those who come back, so much that waits for a slow one (the adapter cuts him off, and he comes back). Any thread.
class EventHub {
  public:
    /// What a layer has now, for who begins to listen.
    struct LayerRevision {
        std::string layer;
        std::uint64_t revision = 0;
        bool is_for_staff = false;
    };
    /// Finds out who a listener is, as things are now.
    using AskWho = std::function<IsStaff()>;
    using CurrentRevisions = std::function<std::vector<LayerRevision>()>;
    /// An archive and the version of it that is served.
    struct ArchiveVersion {
        std::string archive;
        std::string version;
    };
    using CurrentArchives = std::function<std::vector<ArchiveVersion>()>;

    /// `revisions` is asked with every new listener, and must live as long as the hub.
    explicit EventHub(CurrentRevisions revisions, std::chrono::milliseconds heartbeat = event_heartbeat, CurrentArchives archives = {});
    ~EventHub();
    EventHub(const EventHub &) = delete;
    EventHub &operator=(const EventHub &) = delete;

    /// Takes what has come into service; returns at once. Which tiles have changed is worked out by the hub's own thread, in the order of publishes.
    void announce(Publication &&publication);
    void announce(ArchiveReplacement &&replacement);

    /// Whether one more may listen; forgets those who have gone.
    [[nodiscard]] bool has_room();
    /// Begins with the events after `last_event_id` where those are still known, else with the event `state`, which has the revision of every layer
    /// that this listener may see, and the version of every archive: whoever holds another one has missed something. `is_staff` is asked with every
    /// event that is for staff alone, so that it hears no more once its key is revoked. Ends the stream where there is no room.
    void listen(std::shared_ptr<http::StreamWriter> writer, AskWho ask_who, std::string_view last_event_id);

    [[nodiscard]] std::size_t listeners() const;

  private:
    struct Listener {
        std::shared_ptr<http::StreamWriter> writer;
        AskWho ask_who;
    };
    struct Event {
        std::uint64_t number = 0;
        std::string layer; ///< empty for what is no layer's
        bool is_for_staff = false;
        std::string text; ///< as it is sent
    };

    void run(const std::stop_token &stop);
    using News = std::variant<Publication, ArchiveReplacement>;
    void announce_news(News &&news);
    void tell(const Publication &publication);
    void tell(const ArchiveReplacement &replacement);
    void tell_all(std::string_view event, const std::string &layer, bool is_for_staff, const std::string &json);
    void send_heartbeat();
    [[nodiscard]] std::string state_for(const IsStaff &is_staff) const;
    [[nodiscard]] bool replay(const Listener &listener, std::string_view last_event_id) const;
    [[nodiscard]] static bool send(const Listener &listener, const Event &event);
    void forget_closed();

    const CurrentRevisions m_revisions;
    const CurrentArchives m_archives;
    const std::chrono::milliseconds m_heartbeat;
    const std::string m_epoch; ///< begins every event's id: numbers begin anew with each start of the program
    /// Of its own, so that whoever brings a publish into service never waits while a listener's key is asked of the database.
    std::mutex m_queue_mutex;
    std::condition_variable_any m_announced;
    std::deque<News> m_waiting; ///< guarded by m_queue_mutex
    mutable std::mutex m_mutex; ///< guards everything below
    std::vector<Listener> m_listeners;
    std::deque<Event> m_kept; ///< the oldest in front
    std::size_t m_kept_bytes = 0;
    std::uint64_t m_last_number = 0;
    std::jthread m_thread; ///< last: stops before what it uses goes away
};

} // namespace keyaki::server
