#include "server/flows/retention.hpp"

#include "data/books.hpp"
#include "data/scrub.hpp"
#include "server/limits.hpp"
#include "server/time.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace keyaki::server {

namespace {

data::MemberBook::Retention retention_at(std::int64_t now_us) {
    const auto before = [now_us](std::chrono::hours kept) { return now_us - std::chrono::microseconds(kept).count(); };
    return {before(evidence_kept), before(answers_kept), before(daily_counts_kept)};
}

} // namespace

std::uint64_t forget_what_is_over(data::Store &store, std::int64_t now_us, const std::stop_token &stop) {
    std::uint64_t removed = 0;
    for (std::size_t piece = 1; piece > 0 && !stop.stop_requested();) {
        store.write([&](data::WriteTransaction &transaction) { piece = transaction.books().members.forget(retention_at(now_us), retention_pieces); });
        removed += piece;
    }
    return removed;
}

Retention::Retention(data::Store &store, std::filesystem::path database, std::chrono::milliseconds interval)
    : m_store(store), m_database(std::move(database)), m_interval(interval) {
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

Retention::~Retention() = default;

void Retention::run(const std::stop_token &stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!woken.wait_for(lock, stop, m_interval, [] { return false; }) && !stop.stop_requested()) {
        look(stop);
    }
}

void Retention::look(const std::stop_token &stop) {
    try {
        if (m_store.writer_statistics().is_stopped) {
            return;
        }
        m_removed += forget_what_is_over(m_store, now_us(), stop);
        // Always: an erasure, also of another process, may have found somebody reading and left it to the next pass; so may this.
        static_cast<void>(data::scrub_log(m_database));
        m_is_troubled = false;
    } catch (const std::exception &error) { // the next look comes, whatever it was
        ++m_failures;
        if (!std::exchange(m_is_troubled, true)) {
            spdlog::error("what has been kept of people for long enough is not removed: {}", error.what());
        }
    }
}

} // namespace keyaki::server
