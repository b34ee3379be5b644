#pragma once

#include "geo/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;      // only database.cpp includes sqlite3.h
struct sqlite3_stmt; // and SpatiaLite's headers

namespace keyaki::data {

/// A failure of the database, with SQLite's extended result code. Kinds: a full disk, a lock held too long or an I/O error are unavailable;
/// a damaged file is corrupt; a broken UNIQUE or PRIMARY KEY is conflict; a value too long is too_large; everything else is internal (and
/// only an internal text names the SQL). Unavailable and corrupt name the file, which is for the log and the command line, never for a client.
class DatabaseError : public geo::Error {
  public:
    DatabaseError(geo::ErrorKind kind, int code, const std::string &sentence) : geo::Error(kind, sentence), m_code(code) {}
    [[nodiscard]] int code() const noexcept { return m_code; }
    /// Reading, writing or syncing failed in the operating system: what the file holds now is unknown (ledger.md, I16).
    [[nodiscard]] bool is_io_failure() const noexcept;
    [[nodiscard]] bool is_disk_full() const noexcept;
    /// The file does not hold what SQLite wrote into it: nothing more may be built on it.
    [[nodiscard]] bool is_damage() const noexcept;

  private:
    int m_code;
};

class StatementCache;
struct PreparedStatements;

/// A prepared statement, borrowed from its connection's cache; its destructor resets it and gives it back.
/// Indexes of parameters count from 1, those of columns from 0, as in SQLite. Views returned by column_* live until the next step().
class Statement {
  public:
    ~Statement();
    Statement(Statement &&other) noexcept;
    Statement &operator=(Statement &&) = delete;
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

    Statement &bind_int64(int index, std::int64_t value);
    Statement &bind_optional(int index, std::optional<std::int64_t> value); ///< NULL for nothing
    Statement &bind_optional(int index, std::optional<double> value);
    Statement &bind_double(int index, double value);
    Statement &bind_text(int index, std::string_view text); ///< copied; may hold any bytes, also '\0'
    Statement &bind_view(int index, std::string_view text); ///< the same, not copied: it must live until reset(), run()'s end or the destructor
    Statement &bind_blob(int index, std::span<const std::uint8_t> bytes);
    Statement &bind_null(int index);

    /// True while there is a row.
    bool step();
    /// Steps to the end (rows are dropped) and resets, so that it can be bound and run again.
    void run();
    void reset();

    [[nodiscard]] std::int64_t column_int64(int column) const;
    [[nodiscard]] double column_double(int column) const;
    [[nodiscard]] std::string_view column_text(int column) const;
    [[nodiscard]] std::span<const std::uint8_t> column_blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    enum class ValueKind : std::uint8_t { nothing, integer, real, text, blob };
    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::string_view column_name(int column) const; ///< lives as long as the statement is not bound anew
    [[nodiscard]] ValueKind value_kind(int column) const;         ///< of this row's value

  private:
    friend class Connection;
    Statement(StatementCache &cache, std::string_view sql);
    void check(int result_code) const;

    StatementCache *m_cache;
    PreparedStatements *m_home = nullptr; ///< where the destructor gives it back
    sqlite3_stmt *m_statement = nullptr;
};

enum class Access : std::uint8_t { read, write, create };

/// A connection to a keyaki database with SpatiaLite loaded, WAL, foreign keys, synchronous=FULL. After opening it cannot attach other
/// files, load extensions, make virtual tables or run PRAGMAs (except inside a SchemaPermission). Its SQL has one function more than
/// SpatiaLite's: keyaki_hilbert(geometry), the place of a geometry on the curve of hilbert_position(). One thread at a time.
/// Move-only; statements must be gone before it moves or dies.
class Connection {
  public:
    /// As open_database_file(). Access::write to a file that can only be read gives a connection that can only read.
    Connection(const std::filesystem::path &file, Access access);
    ~Connection();
    Connection(Connection &&) noexcept;
    Connection &operator=(Connection &&) noexcept;

    /// The statement for this text, prepared once per connection. The text may be used twice at the same time.
    [[nodiscard]] Statement prepare(std::string_view sql);
    /// Runs one or several statements without parameters, not cached.
    void execute(std::string_view sql);

    [[nodiscard]] std::int64_t changes() const;     ///< rows that the last INSERT, UPDATE or DELETE touched
    [[nodiscard]] std::int64_t last_row_id() const; ///< of the last INSERT
    /// False after a COMMIT or ROLLBACK, also one that SQLite did by itself (a full disk does that).
    [[nodiscard]] bool in_transaction() const;
    /// First column of the first row; 0 when there is none.
    [[nodiscard]] std::int64_t query_int64(std::string_view sql);
    /// Changes when another connection or process has committed.
    [[nodiscard]] std::uint64_t data_version();

    struct CheckpointResult {
        std::int64_t wal_pages = 0;
        std::int64_t moved_pages = 0;
    };
    enum class Checkpoint : std::uint8_t { passive, truncate };
    /// Moves pages of the write-ahead log into the database file; passive never waits for anybody.
    CheckpointResult checkpoint(Checkpoint mode);
    /// Writes the file anew, without what was removed. Waits for other writers, and keeps them waiting.
    void rebuild();
    /// Copies everything into a new file, as of now, while writers go on. The file is synced, its folder is not.
    void copy_to(const std::filesystem::path &target);
    void set_busy_timeout_ms(int timeout_ms);
    /// Neither the file nor anything beside it can be written.
    [[nodiscard]] bool is_read_only() const noexcept;
    /// Whoever had the file open last was killed: what the log beside it says was played back when this connection opened it.
    [[nodiscard]] bool has_replayed_log() const noexcept;
    /// From here on the last connection to close moves the log into the file. Before, a file that turns out to be none of ours, or damaged, is
    /// closed as it was found.
    void take_over_file();
    /// The opposite again: closing writes, syncs and removes nothing any more. For a disk that has failed; the next start looks at what is there.
    void leave_file();
    /// Somebody removed the file or put another one in its place: what is written now is gone when the last process closes it.
    [[nodiscard]] bool has_lost_file() const;
    [[nodiscard]] const std::filesystem::path &file() const noexcept;
    /// Pages in the write-ahead log after this connection's last commit, whoever wrote them.
    [[nodiscard]] std::int64_t wal_pages() const noexcept;

  private:
    friend class SchemaPermission;
    std::unique_ptr<StatementCache> m_cache;
};

/// Lets a connection change its schema, run PRAGMAs and write the tables inside a spatial index while it lives.
class SchemaPermission {
  public:
    explicit SchemaPermission(Connection &connection);
    ~SchemaPermission();
    SchemaPermission(const SchemaPermission &) = delete;
    SchemaPermission &operator=(const SchemaPermission &) = delete;

  private:
    StatementCache *m_cache;
    bool m_before;
};

/// BEGIN IMMEDIATE (writing) or BEGIN (one view for several reads) … commit(); rolls back when destroyed before.
class Transaction {
  public:
    enum class Kind : std::uint8_t { read, write };
    explicit Transaction(Connection &connection, Kind kind = Kind::write);
    ~Transaction();
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    void commit();

  private:
    Connection &m_connection;
    bool m_open = true;
};

/// A part of a transaction that can be undone alone: rolls back to its beginning when destroyed before release().
class Savepoint {
  public:
    explicit Savepoint(Connection &connection);
    ~Savepoint();
    Savepoint(const Savepoint &) = delete;
    Savepoint &operator=(const Savepoint &) = delete;
    void release();

  private:
    Connection &m_connection;
    bool m_open = true;
};

} // namespace keyaki::data
