#include "server/event_hub.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <random>

namespace keyaki::server {

namespace {

std::string random_epoch() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}", device(), device());
}

} // namespace

EventHub::EventHub(CurrentRevisions revisions, std::chrono::milliseconds heartbeat, CurrentArchives archives)
    : m_revisions(std::move(revisions)), m_archives(std::move(archives)), m_heartbeat(heartbeat), m_epoch(random_epoch()),
      m_thread([this](const std::stop_token &stop) { run(stop); }) {}

EventHub::~EventHub() = default;

void EventHub::announce(Publication &&publication) {
    {
        const std::lock_guard lock(m_queue_mutex);
        if (m_waiting.size() >= max_waiting_publications) {
            forget_content(publication); // told all the same, but without holding a layer in memory
        }
    }
    announce_news(std::move(publication));
}

/// One that waits already is told from where it began to where this ends.
void EventHub::announce(ArchiveReplacement &&replacement) {
    {
        const std::lock_guard lock(m_queue_mutex);
        for (News &waiting : m_waiting) {
            if (auto *earlier = std::get_if<ArchiveReplacement>(&waiting); earlier != nullptr && earlier->archive == replacement.archive) {
                earlier->after = std::move(replacement.after);
                return;
            }
        }
    }
    announce_news(std::move(replacement));
}

void EventHub::announce_news(News &&news) {
    const std::lock_guard lock(m_queue_mutex);
    m_waiting.push_back(std::move(news));
    m_announced.notify_one();
}

void EventHub::run(const std::stop_token &stop) {
    std::unique_lock lock(m_queue_mutex);
    auto next_heartbeat = std::chrono::steady_clock::now() + m_heartbeat;
    while (!stop.stop_requested()) {
        m_announced.wait_until(lock, stop, next_heartbeat, [&] { return !m_waiting.empty(); });
        if (std::chrono::steady_clock::now() >= next_heartbeat) {
            lock.unlock();
            send_heartbeat();
            lock.lock();
            next_heartbeat = std::chrono::steady_clock::now() + m_heartbeat;
        }
        if (m_waiting.empty() || stop.stop_requested()) {
            continue;
        }
        const News news = std::move(m_waiting.front());
        m_waiting.pop_front();
        lock.unlock();
        try {
            std::visit([this](const auto &one) { tell(one); }, news);
        } catch (const std::exception &error) {
            spdlog::error("what was published is told to nobody: {}", error.what());
        }
        lock.lock();
    }
}

void EventHub::tell(const Publication &publication) {
    tell_all("layer-published", publication.layer, publication.is_for_staff, layer_published_json(publication));
}

void EventHub::tell(const ArchiveReplacement &replacement) { tell_all("archive-replaced", "", false, archive_replaced_json(replacement)); }

void EventHub::tell_all(std::string_view event, const std::string &layer, bool is_for_staff, const std::string &json) {
    const std::lock_guard lock(m_mutex);
    const std::uint64_t number = ++m_last_number;
    m_kept.push_back({number, layer, is_for_staff, fmt::format("event: {}\nid: {}-{}\ndata: {}\n\n", event, m_epoch, number, json)});
    m_kept_bytes += m_kept.back().text.size();
    std::erase_if(m_listeners, [&](const Listener &listener) { return !send(listener, m_kept.back()); });
    while (m_kept.size() > max_kept_events || m_kept_bytes > max_kept_event_bytes) {
        m_kept_bytes -= m_kept.front().text.size();
        m_kept.pop_front();
    }
}

/// False when the listener has gone, or it cannot be known whether he may hear this: then he comes back and asks.
bool EventHub::send(const Listener &listener, const Event &event) {
    try {
        return (event.is_for_staff && !listener.ask_who()(event.layer)) || listener.writer->write(event.text);
    } catch (const std::exception &error) {
        spdlog::warn("a listener is sent away: {}", error.what());
        listener.writer->finish();
        return false;
    }
}

void EventHub::send_heartbeat() {
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_listeners, [](const Listener &listener) { return !listener.writer->write(":\n\n"); });
}

void EventHub::forget_closed() {
    std::erase_if(m_listeners, [](const Listener &listener) { return !listener.writer->is_open(); });
}

bool EventHub::has_room() {
    const std::lock_guard lock(m_mutex);
    if (m_listeners.size() >= max_event_listeners) {
        forget_closed();
    }
    return m_listeners.size() < max_event_listeners;
}

std::size_t EventHub::listeners() const {
    const std::lock_guard lock(m_mutex);
    return m_listeners.size();
}

std::string EventHub::state_for(const IsStaff &is_staff) const {
    std::string layers;
    for (const LayerRevision &layer : m_revisions()) {
        if (!layer.is_for_staff || is_staff(layer.layer)) {
            layers += fmt::format(R"({}"{}":{})", layers.empty() ? "" : ",", layer.layer, layer.revision);
        }
    }
    std::string archives;
    for (const ArchiveVersion &one : m_archives ? m_archives() : std::vector<ArchiveVersion>()) {
        archives += fmt::format(R"({}"{}":"{}")", archives.empty() ? "" : ",", one.archive, one.version);
    }
    return fmt::format("event: state\nid: {}-{}\ndata: {{\"layers\":{{{}}},\"archives\":{{{}}}}}\n\n", m_epoch, m_last_number, layers, archives);
}

/// False where something that came after it is not known any more.
bool EventHub::replay(const Listener &listener, std::string_view last_event_id) const {
    std::uint64_t last = 0;
    if (last_event_id.size() <= m_epoch.size() || !last_event_id.starts_with(m_epoch) || last_event_id[m_epoch.size()] != '-') {
        return false;
    }
    const char *const end = last_event_id.data() + last_event_id.size();
    const auto [stop, failure] = std::from_chars(last_event_id.data() + m_epoch.size() + 1, end, last);
    const std::uint64_t first_kept = m_kept.empty() ? m_last_number + 1 : m_kept.front().number;
    if (failure != std::errc() || stop != end || last > m_last_number || last + 1 < first_kept) {
        return false;
    }
    for (const Event &event : m_kept) {
        if (event.number > last && !send(listener, event)) {
            break; // he is gone
        }
    }
    return true;
}

void EventHub::listen(std::shared_ptr<http::StreamWriter> writer, AskWho ask_who, std::string_view last_event_id) {
    if (!has_room()) {
        writer->finish();
        return;
    }
    const Listener listener{std::move(writer), std::move(ask_who)};
    const std::lock_guard lock(m_mutex); // between what he hears now and what he hears next nothing is told
    if (!listener.writer->write(fmt::format("retry: {}\n\n", event_retry.count())) ||
        (!replay(listener, last_event_id) && !listener.writer->write(state_for(listener.ask_who()))) || !listener.writer->is_open()) {
        return;
    }
    m_listeners.push_back(listener);
}

} // namespace keyaki::server
