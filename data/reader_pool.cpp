#include "data/reader_pool.hpp"

#include "data/limits.hpp"

#include <fmt/format.h>

#include <cassert>
#include <chrono>
#include <utility>

namespace keyaki::data {

ReaderPool::ReaderPool(std::filesystem::path file, std::size_t connections_max) : m_file(std::move(file)), m_connections_max(connections_max) {
    assert(connections_max > 0);
}

ReaderPool::Lease::Lease(ReaderPool &pool) : m_pool(pool), m_connection(pool.take()) {
    try {
        m_view = std::make_unique<Transaction>(*m_connection, Transaction::Kind::read);
    } catch (...) {
        m_pool.give_back(nullptr); // a connection that cannot begin is not kept
        throw;
    }
}

ReaderPool::Lease::~Lease() {
    m_view.reset();
    m_pool.give_back(std::move(m_connection));
}

std::unique_ptr<Connection> ReaderPool::take() {
    {
        std::unique_lock lock(m_mutex);
        const bool free = m_returned.wait_for(lock, std::chrono::milliseconds(busy_timeout_ms), [this] { return m_out < m_connections_max; });
        if (!free) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("all {} reading connections of the database are busy", m_connections_max));
        }
        ++m_out;
        if (!m_idle.empty()) {
            std::unique_ptr<Connection> connection = std::move(m_idle.back());
            m_idle.pop_back();
            return connection;
        }
    }
    try {
        return std::make_unique<Connection>(m_file, Access::read);
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
    {
        const std::lock_guard lock(m_mutex);
        --m_out;
        if (connection) {
            m_idle.push_back(std::move(connection));
        }
    }
    m_returned.notify_one();
}

} // namespace keyaki::data
