#include "server/imports/jobs.hpp"

#include "geo/error.hpp"
#include "server/identifiers.hpp"
#include "server/imports/limits.hpp"
#include "server/time.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::imports {

std::string_view job_state_name(JobState state) noexcept {
    constexpr std::array<std::string_view, 5> names{"waiting", "running", "finished", "failed", "cancelled"};
    return names.at(static_cast<std::size_t>(state));
}

Jobs::Jobs() {
    for (std::size_t i = 0; i < running_jobs; ++i) {
        m_threads.emplace_back([this](const std::stop_token &stop) { run(stop); });
    }
}

Jobs::~Jobs() {
    {
        const std::lock_guard lock(m_mutex);
        for (const Place &entry : m_all) {
            entry->stop.request_stop();
        }
    }
    for (std::jthread &thread : m_threads) {
        thread.request_stop();
    }
}

std::string Jobs::start(JobSubject subject, Work work) {
    const std::lock_guard lock(m_mutex);
    forget_old();
    if (m_waiting.size() >= waiting_jobs) {
        throw geo::Error(geo::ErrorKind::unavailable, "too many imports wait already; ask again in a minute");
    }
    auto entry = std::make_shared<Entry>();
    entry->job.made_at_us = now_us();
    entry->job.id = make_ulid(entry->job.made_at_us);
    entry->job.subject = std::move(subject);
    entry->work = std::move(work);
    m_waiting.push_back(entry);
    m_all.push_back(entry);
    m_changed.notify_all();
    return entry->job.id;
}

/// Those that ended long ago, and of the others the oldest where there are too many.
void Jobs::forget_old() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(m_all, [&](const Place &entry) { return has_ended(entry->job.state) && now - entry->ended_at > job_kept_for; });
    const auto ended = [](const Place &entry) { return has_ended(entry->job.state); };
    auto too_many = std::count_if(m_all.begin(), m_all.end(), ended) - static_cast<std::ptrdiff_t>(kept_jobs);
    std::erase_if(m_all, [&](const Place &entry) { return ended(entry) && too_many-- > 0; });
}

Jobs::Place Jobs::find_entry(std::string_view id) const {
    const auto found = std::find_if(m_all.begin(), m_all.end(), [&](const Place &entry) { return entry->job.id == id; });
    return found == m_all.end() ? nullptr : *found;
}

std::optional<Job> Jobs::find(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    forget_old();
    const Place entry = find_entry(id);
    return entry ? std::optional(entry->job) : std::nullopt;
}

std::optional<Job> Jobs::wait(std::string_view id, std::chrono::milliseconds patience) {
    std::unique_lock lock(m_mutex);
    const Place entry = find_entry(id);
    if (!entry) {
        return std::nullopt;
    }
    m_changed.wait_for(lock, patience, [&] { return has_ended(entry->job.state); });
    return entry->job;
}

bool Jobs::cancel(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    const Place entry = find_entry(id);
    if (!entry) {
        return false;
    }
    if (has_ended(entry->job.state)) {
        std::erase(m_all, entry);
        return true;
    }
    entry->stop.request_stop();
    if (std::erase(m_waiting, entry) > 0) {
        entry->job.state = JobState::cancelled;
        entry->ended_at = std::chrono::steady_clock::now();
        entry->work = nullptr;
        m_changed.notify_all();
    }
    return true;
}

void Jobs::run(const std::stop_token &stop) {
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, stop, [this] { return !m_waiting.empty(); }) && !stop.stop_requested()) {
        const Place entry = m_waiting.front();
        m_waiting.pop_front();
        entry->job.state = JobState::running;
        m_changed.notify_all();
        lock.unlock();
        work_on(*entry);
        lock.lock();
        m_changed.notify_all();
    }
}

void Jobs::work_on(Entry &entry) {
    const auto progress = [&](std::uint64_t done, std::uint64_t total, std::string_view unit) {
        const std::lock_guard lock(m_mutex);
        entry.job.done = done;
        entry.job.total = total;
        entry.job.unit = unit;
    };
    std::shared_ptr<const ImportOutcome> outcome;
    std::exception_ptr failure;
    try {
        outcome = std::make_shared<const ImportOutcome>(entry.work(progress, entry.stop.get_token()));
    } catch (...) {
        failure = std::current_exception();
    }
    entry.work = nullptr; // what it holds, the uploaded file among it, goes before anybody is told of the end
    const std::lock_guard lock(m_mutex);
    entry.job.state = outcome ? JobState::finished : entry.stop.stop_requested() ? JobState::cancelled : JobState::failed;
    entry.job.outcome = std::move(outcome);
    entry.job.failure = entry.job.state == JobState::failed ? failure : nullptr;
    entry.ended_at = std::chrono::steady_clock::now();
}

} // namespace keyaki::server::imports
