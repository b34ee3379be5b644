#include "server/flows/ledger_care.hpp"

#include "geo/error.hpp"
#include "server/limits.hpp"
#include "server/time.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace keyaki::server {

LedgerCare::LedgerCare(data::Store &store, const std::filesystem::path &head_file) : m_store(store), m_head(head_file) {
    m_head.require_no_step_back(m_store);
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

LedgerCare::~LedgerCare() = default;

void LedgerCare::run(const std::stop_token &stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!woken.wait_for(lock, stop, ledger_care_interval, [] { return false; }) && !stop.stop_requested()) {
        look();
    }
    look(); // what was written last is to stand outside too
}

void LedgerCare::look() {
    try {
        const bool can_write = !m_store.writer_statistics().is_stopped;
        while (can_write && m_store.is_anything_due(now_us())) {
            std::size_t ended = 0;
            m_store.write([&](data::WriteTransaction &books) { ended = books.end_what_is_due(now_us(), ledger_care_pieces); });
            m_ended += ended;
            if (ended == 0) {
                break; // due by this clock, but not by the ledger's, which has run ahead of it
            }
        }
        m_head.publish(m_store);
        m_is_troubled = false;
    } catch (const geo::Error &error) {
        ++m_failures;
        if (!std::exchange(m_is_troubled, true)) {
            spdlog::error("the ledger's care waits: {}", error.what());
        }
    }
}

} // namespace keyaki::server
