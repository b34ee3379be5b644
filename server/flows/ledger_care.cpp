#include "server/flows/ledger_care.hpp"

#include "server/limits.hpp"
#include "server/time.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>

namespace keyaki::server {

namespace {

void say(std::string_view trouble, const char *why) noexcept {
    try {
        spdlog::error("the ledger's care waits, {}: {}", trouble, why);
    } catch (const std::exception &) { // no memory for the sentence either: the figures say it
    }
}

} // namespace

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
    const bool is_ended = attempt("what is due is not ended", [this] { end_what_is_due(); });
    const bool is_published = attempt("the head is not published", [this] { m_head.publish(m_store); });
    m_is_troubled = !is_ended || !is_published;
}

/// Whatever fails, the next look comes, and the one thing does not keep back the other.
bool LedgerCare::attempt(std::string_view trouble, const std::function<void()> &care) {
    try {
        care();
        return true;
    } catch (const std::exception &error) {
        ++m_failures;
        if (!m_is_troubled) {
            say(trouble, error.what());
        }
        return false;
    }
}

void LedgerCare::end_what_is_due() {
    const bool can_write = !m_store.writer_statistics().is_stopped;
    while (can_write && m_store.is_anything_due(now_us())) {
        std::size_t ended = 0;
        m_store.write([&](data::WriteTransaction &books) { ended = books.end_what_is_due(now_us(), ledger_care_pieces); });
        m_ended += ended;
        if (ended == 0) {
            break; // due by this clock, but not by the ledger's, which has run ahead of it
        }
    }
}

} // namespace keyaki::server
