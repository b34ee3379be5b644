#pragma once

#include "data/database.hpp"

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace keyaki::data {

/// Connections for reading, opened when first needed, at most so many; whoever comes when all are out waits. Any thread.
class ReaderPool {
  public:
    ReaderPool(std::filesystem::path file, std::size_t connections_max);

    /// A connection inside a read transaction: everything read through it is one state of the database. Returned by the destructor.
    class Lease {
      public:
        explicit Lease(ReaderPool &pool);
        ~Lease();
        Lease(const Lease &) = delete;
        Lease &operator=(const Lease &) = delete;
        [[nodiscard]] Connection &operator*() noexcept { return *m_connection; }
        [[nodiscard]] Connection *operator->() noexcept { return m_connection.get(); }

      private:
        ReaderPool &m_pool;
        std::unique_ptr<Connection> m_connection;
        std::unique_ptr<Transaction> m_view;
    };

    /// Error unavailable when none comes back within busy_timeout_ms.
    [[nodiscard]] Lease borrow() { return Lease(*this); }

  private:
    [[nodiscard]] std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);

    std::filesystem::path m_file;
    std::size_t m_connections_max;
    std::mutex m_mutex;
    std::condition_variable m_returned;
    std::vector<std::unique_ptr<Connection>> m_idle;
    std::size_t m_out = 0;
};

} // namespace keyaki::data
