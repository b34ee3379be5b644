#include "data/tile_database.hpp"

#include "data/database_error.hpp"
#include "data/database_file.hpp"
#include "data/limits.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace keyaki::data {

/// How long the statement that runs has run.
struct TileDatabase::Budget {
    int calls_left = 0;

    static constexpr int steps_per_call = 1'000;
    void renew() noexcept { calls_left = mbtiles_steps_max / steps_per_call; }
};

namespace {

/// A stranger's file is searched by statements of ours alone: nothing that it declares may do anything on the way.
int authorize_reading(void *, int action, const char *, const char *, const char *, const char *trigger_or_view) {
    const bool is_reading = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION;
    return is_reading && trigger_or_view == nullptr ? SQLITE_OK : SQLITE_DENY;
}

} // namespace

void TileStatement::Finalize::operator()(sqlite3_stmt *statement) const noexcept { sqlite3_finalize(statement); }

void TileDatabase::Close::operator()(sqlite3 *database) const noexcept { sqlite3_close_v2(database); }

TileStatement::TileStatement(TileDatabase &database, std::string_view sql) : m_database(&database) {
    database.m_budget->renew();
    sqlite3_stmt *statement = nullptr;
    check(sqlite3_prepare_v3(database.m_database.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    m_statement.reset(statement);
}

void TileStatement::check(int result_code) const {
    if (result_code != SQLITE_OK) {
        m_database->fail_with(result_code, m_statement ? sqlite3_sql(m_statement.get()) : "");
    }
}

TileStatement &TileStatement::bind_int64(int index, std::int64_t value) {
    check(sqlite3_bind_int64(m_statement.get(), index, value));
    return *this;
}

TileStatement &TileStatement::bind_text(int index, std::string_view text) {
    check(sqlite3_bind_text64(m_statement.get(), index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

TileStatement &TileStatement::bind_blob(int index, std::string_view bytes) {
    check(sqlite3_bind_blob64(m_statement.get(), index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC));
    return *this;
}

bool TileStatement::step() {
    m_database->m_budget->renew();
    const int code = sqlite3_step(m_statement.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        m_database->fail_with(code, sqlite3_sql(m_statement.get()));
    }
    return code == SQLITE_ROW;
}

void TileStatement::run() {
    (void)step();
    reset();
}

void TileStatement::reset() { sqlite3_reset(m_statement.get()); }

std::int64_t TileStatement::column_int64(int column) const { return sqlite3_column_int64(m_statement.get(), column); }

std::string_view TileStatement::column_bytes(int column) const {
    const auto *bytes = static_cast<const char *>(sqlite3_column_blob(m_statement.get(), column));
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column)));
}

bool TileStatement::is_integer(int column) const { return sqlite3_column_type(m_statement.get(), column) == SQLITE_INTEGER; }

bool TileStatement::is_blob(int column) const { return sqlite3_column_type(m_statement.get(), column) == SQLITE_BLOB; }

TileDatabase::TileDatabase(std::filesystem::path file, Use use) : m_file(std::move(file)), m_use(use), m_budget(std::make_unique<Budget>()) {
    const bool is_new = use == Use::fill_new;
    if (!std::filesystem::is_regular_file(m_file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("expected a file, found {}, which is none or is not there", m_file.string()));
    }
    const std::string name = is_new ? m_file.string() : immutable_uri(m_file);
    const int flags = is_new ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    sqlite3 *opened = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    m_database.reset(opened);
    if (code != SQLITE_OK) {
        fail_to_open(m_file, code, opened == nullptr ? 0 : sqlite3_system_errno(opened));
    }
    sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0);
    if (!is_new) {
        distrust();
        return;
    }
    for (const char *setting : {"PRAGMA page_size = 4096", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE",
                                "PRAGMA auto_vacuum = NONE", "PRAGMA encoding = 'UTF-8'", "PRAGMA secure_delete = ON"}) {
        execute(setting); // the last, so that what a page does not use is zeros and not what memory held
    }
}

TileDatabase::~TileDatabase() = default;

void TileDatabase::distrust() {
    sqlite3 *database = m_database.get();
    for (const int off : {SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML,
                          SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER}) {
        sqlite3_db_config(database, off, 0, nullptr);
    }
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, mbtiles_value_bytes_max);
    sqlite3_progress_handler(
        database, Budget::steps_per_call, [](void *budget) { return --static_cast<Budget *>(budget)->calls_left < 0 ? 1 : 0; }, m_budget.get());
    execute("PRAGMA mmap_size = 0"); // a file that is cut off would end the program by SIGBUS
    execute("PRAGMA cell_size_check = ON");
    execute("PRAGMA automatic_index = OFF"); // which would be made anew for every tile
    execute("PRAGMA query_only = ON");
    sqlite3_set_authorizer(database, authorize_reading, nullptr);
}

void TileDatabase::execute(std::string_view sql) {
    TileStatement statement = prepare(sql);
    while (statement.step()) {
    }
}

bool TileDatabase::finds_by_index(std::string_view select) {
    try {
        TileStatement plan = prepare(fmt::format("EXPLAIN QUERY PLAN {}", select));
        bool is_found = true;
        while (plan.step()) {
            is_found = is_found && plan.column_bytes(3).starts_with("SEARCH");
        }
        return is_found;
    } catch (const geo::Error &) {
        return false;
    }
}

bool TileDatabase::has_moved() const {
    int has_moved = 0;
    sqlite3_file_control(m_database.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return has_moved != 0;
}

void TileDatabase::fail_with(int result_code, std::string_view sql) const {
    const int code = result_code & 0xff;
    const bool is_files_fault = code == SQLITE_ERROR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_TOOBIG ||
                                code == SQLITE_AUTH || code == SQLITE_SCHEMA || code == SQLITE_INTERRUPT || code == SQLITE_MISMATCH;
    if (m_use == Use::read_untrusted && is_files_fault) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected an MBTiles archive, SQLite says {}", m_file.string(), sqlite3_errmsg(m_database.get())));
    }
    fail(m_database.get(), result_code, sql);
}

} // namespace keyaki::data
