#pragma once

#include "geo/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3; // only tile_database.cpp includes sqlite3.h
struct sqlite3_stmt;

namespace keyaki::data {

class TileDatabase;

/// A prepared statement of a TileDatabase, which outlives it. Indexes of parameters count from 1, of columns from 0, as in SQLite. What is bound or
/// given is not copied: bound texts live until the next reset(), given ones until the next step().
class TileStatement {
  public:
    TileStatement &bind_int64(int index, std::int64_t value);
    TileStatement &bind_text(int index, std::string_view text);
    TileStatement &bind_blob(int index, std::string_view bytes);
    /// True while there is a row.
    bool step();
    /// Steps once, where no row is expected, and resets.
    void run();
    void reset();

    [[nodiscard]] std::int64_t column_int64(int column) const;
    [[nodiscard]] std::string_view column_bytes(int column) const; ///< of a text or a blob
    [[nodiscard]] bool is_integer(int column) const;
    [[nodiscard]] bool is_blob(int column) const;

  private:
    friend class TileDatabase;
    struct Finalize {
        void operator()(sqlite3_stmt *statement) const noexcept;
    };
    TileStatement(TileDatabase &database, std::string_view sql);
    void check(int result_code) const;

    TileDatabase *m_database;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// A plain SQLite file of tiles: without SpatiaLite, log and locks, unlike the city's database. One thread at a time.
class TileDatabase {
  public:
    enum class Use : std::uint8_t {
        /// A new one in a file that is there and empty. It has no journal and nothing is synced: a file that does not become whole is thrown away.
        /// The same statements write the same bytes.
        fill_new,
        /// One from a stranger, only to be read: no view, trigger or extension of the file runs, it cannot attach or change anything, values of more
        /// than mbtiles_value_bytes_max and statements that take more than mbtiles_steps_max are refused. Nothing may change the file while it is
        /// open; a journal or log beside it is not looked at.
        read_untrusted,
    };
    /// Error not_found where there is no file, invalid_input for what is no SQLite file, unavailable.
    TileDatabase(std::filesystem::path file, Use use);
    ~TileDatabase();
    TileDatabase(const TileDatabase &) = delete;
    TileDatabase &operator=(const TileDatabase &) = delete;

    [[nodiscard]] TileStatement prepare(std::string_view sql) { return {*this, sql}; }
    void execute(std::string_view sql); ///< one statement without parameters
    /// Whether the SELECT can be compiled and searches every table that it reads by an index, never row by row.
    [[nodiscard]] bool finds_by_index(std::string_view select);
    /// Whether the file under the name is another one by now, or gone.
    [[nodiscard]] bool has_moved() const;
    [[nodiscard]] const std::filesystem::path &file() const noexcept { return m_file; }

  private:
    friend class TileStatement;
    struct Close {
        void operator()(sqlite3 *database) const noexcept;
    };
    struct Budget;
    void distrust();
    [[noreturn]] void fail_with(int result_code, std::string_view sql) const;

    std::filesystem::path m_file;
    Use m_use;
    std::unique_ptr<Budget> m_budget; ///< of the statement that runs
    std::unique_ptr<sqlite3, Close> m_database;
};

} // namespace keyaki::data
