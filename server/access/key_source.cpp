#include "server/access/key_source.hpp"

#include "geo/error.hpp"
#include "server/access/https_fetch.hpp"
#include "server/text_file.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace keyaki::server::access {

KeySource::KeySource(std::string place, std::filesystem::path ca_file, KeySourceTimes times)
    : m_place(std::move(place)), m_ca_file(std::move(ca_file)), m_times(times), m_is_url(m_place.starts_with("https://")) {
    if (!m_is_url) {
        take(read());
        m_last_look = Clock::now();
        m_reads = 1;
    }
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

KeySource::~KeySource() = default;

std::shared_ptr<const KeySet> KeySource::keys() const {
    const auto known = m_known.load();
    return known && Clock::now() - known->read_at <= m_times.keep ? known->keys : nullptr;
}

bool KeySource::look_again() {
    if (!m_is_url) {
        return false;
    }
    const std::lock_guard lock(m_mutex);
    if (m_is_under_way || m_is_asked) {
        return true;
    }
    if (m_last_look != Clock::time_point::min() && Clock::now() - m_last_look < m_times.unknown_key) {
        return false;
    }
    m_is_asked = true;
    m_woken.notify_all();
    return true;
}

KeySourceFigures KeySource::figures() const {
    KeySourceFigures figures;
    if (const auto known = m_known.load()) {
        figures.keys = known->keys->size();
        figures.age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - known->read_at);
    }
    const std::lock_guard lock(m_mutex);
    figures.reads = m_reads;
    figures.failures = m_failures;
    return figures;
}

KeySource::Clock::time_point KeySource::next_look() const {
    if (m_last_look == Clock::time_point::min()) {
        return Clock::now();
    }
    return m_last_look + (!m_is_url ? m_times.file : m_has_failed ? m_times.retry : m_times.refresh);
}

void KeySource::run(const std::stop_token &stop) {
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        const auto due = next_look();
        if (!m_is_asked && Clock::now() < due) {
            m_woken.wait_until(lock, stop, due, [this] { return m_is_asked; });
            continue;
        }
        m_is_asked = false;
        m_is_under_way = true;
        m_last_look = Clock::now();
        lock.unlock();
        look();
        lock.lock();
        m_is_under_way = false;
    }
}

void KeySource::look() {
    std::string reason;
    try {
        take(read());
    } catch (const std::exception &error) {
        reason = error.what();
    }
    if (!reason.empty() && reason != m_last_reason) {
        spdlog::error("the issuer's keys stay as they are: {}", reason);
    } else if (reason.empty() && !m_last_reason.empty()) {
        spdlog::info("the issuer's keys can be read again");
    }
    const bool has_failed = !reason.empty();
    m_last_reason = std::move(reason);
    const std::lock_guard lock(m_mutex);
    m_has_failed = has_failed;
    ++m_reads;
    m_failures += has_failed ? 1 : 0;
}

std::string KeySource::read() const {
    return m_is_url ? fetch_https(m_place, m_ca_file, limits::key_set_bytes, m_times.deadline) : read_text_file(m_place, limits::key_set_bytes);
}

void KeySource::take(const std::string &text) {
    const auto before = m_known.load();
    if (before && text == m_last_text) {
        m_known.store(std::make_shared<const Known>(Known{before->keys, Clock::now()}));
        return;
    }
    try {
        auto keys = std::make_shared<const KeySet>(text);
        for (const std::string &note : keys->notes()) {
            spdlog::warn("the issuer's keys: {}", note);
        }
        spdlog::info("the issuer's keys that tokens can be verified with: {}", keys->size());
        m_known.store(std::make_shared<const Known>(Known{std::move(keys), Clock::now()}));
        m_last_text = text;
    } catch (const geo::Error &error) {
        throw geo::Error(error.kind(), fmt::format("{}: {}", m_place, error.what()));
    }
}

} // namespace keyaki::server::access
