#include "data/database.hpp"

#include "data/database_error.hpp"
#include "data/database_file.hpp"
#include "data/limits.hpp"
#include "data/spatialite_blob.hpp"

#include <fmt/format.h>
// SpatiaLite's header wants SQLite's before it.
#include <sqlite3.h>

#include <spatialite.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace keyaki::data {

namespace {

/// Once per process, before the first connection. SPATIALITE_SECURITY=relaxed would give SQL the right to read and write files.
void initialize_libraries() {
    static std::once_flag once;
    std::call_once(once, [] {
        ::unsetenv("SPATIALITE_SECURITY");
        sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, savepoint_bytes_in_memory);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); // one lock for all threads at each allocation, to count what nobody asks for
        spatialite_initialize();
    });
}

struct FreeSpatialite {
    void operator()(void *cache) const noexcept { spatialite_cleanup_ex(cache); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt *statement) const noexcept { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// Nearly every text is a literal, which has one address: looked up there first, because hashing some hundred bytes at each use costs more than
/// finding a row. The place may hold another text by now, so the text decides. A power of two.
constexpr std::size_t remembered_texts = 256;

std::size_t place_of_text(std::string_view text) noexcept { return (reinterpret_cast<std::uintptr_t>(text.data()) >> 3U) % remembered_texts; }

/// SQLite's own waiting sleeps up to 100 ms at a time and so loses every race against a writer that comes back at once; this one asks each
/// millisecond.
int wait_for_lock(void *timeout_ms, int times) {
    if (times >= *static_cast<const int *>(timeout_ms)) {
        return 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return 1;
}

} // namespace

/// The statements of one text that nobody uses now.
struct PreparedStatements {
    std::vector<StatementHandle> idle;
    std::string_view text; ///< the key of the table that this stands in
};

/// What a connection owns; apart from it, so that statements and the authorizer keep their address when the connection moves.
class StatementCache {
  public:
    sqlite3 *database() const noexcept { return m_database.get(); }

    std::unique_ptr<void, FreeSpatialite> m_spatialite; ///< freed after the database is closed
    DatabaseHandle m_database;
    /// The statements of a text, made at its first use; the address stays.
    PreparedStatements &statements_of(std::string_view text);

    std::unordered_map<std::string, PreparedStatements, TextHash, std::equal_to<>> m_idle;
    std::array<PreparedStatements *, remembered_texts> m_remembered{}; ///< by place_of_text()
    std::size_t m_borrowed = 0;
    int m_busy_timeout_ms = busy_timeout_ms;
    bool m_may_change_schema = true;
    std::int64_t m_wal_pages = 0;
    std::filesystem::path m_file;
    bool m_is_read_only = false;
    bool m_has_replayed_log = false;
};

namespace {

/// \see platform.md section 3: without this, one table name from outside reads any file of the machine.
int authorize(void *user_data, int action, const char *first, const char *second, const char *, const char *) {
    const auto &cache = *static_cast<const StatementCache *>(user_data);
    if (cache.m_may_change_schema) {
        return SQLITE_OK;
    }
    switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER: return SQLITE_DENY;
    case SQLITE_PRAGMA: return first != nullptr && std::string_view(first) == "data_version" ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION: return second != nullptr && std::string_view(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_OK;
    }
}

StatementHandle compile(sqlite3 *database, std::string_view sql, unsigned flags) {
    sqlite3_stmt *statement = nullptr;
    const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr);
    if (code != SQLITE_OK) {
        fail(database, code, sql);
    }
    return StatementHandle(statement);
}

} // namespace

PreparedStatements &StatementCache::statements_of(std::string_view text) {
    PreparedStatements *&remembered = m_remembered.at(place_of_text(text));
    if (remembered == nullptr || remembered->text != text) {
        auto found = m_idle.find(text);
        if (found == m_idle.end()) {
            found = m_idle.emplace(std::string(text), PreparedStatements()).first;
            found->second.text = found->first;
        }
        remembered = &found->second;
    }
    return *remembered;
}

Statement::Statement(StatementCache &cache, std::string_view sql) : m_cache(&cache) {
    PreparedStatements &statements = cache.statements_of(sql);
    if (statements.idle.empty()) {
        StatementHandle compiled = compile(cache.database(), sql, SQLITE_PREPARE_PERSISTENT);
        assert(compiled && "a statement needs a text");
        m_statement = compiled.release();
    } else {
        m_statement = statements.idle.back().release();
        statements.idle.pop_back();
    }
    m_home = &statements;
    ++cache.m_borrowed;
}

Statement::~Statement() {
    if (m_statement == nullptr) {
        return;
    }
    sqlite3_reset(m_statement);
    sqlite3_clear_bindings(m_statement);
    m_home->idle.emplace_back(m_statement);
    --m_cache->m_borrowed;
}

Statement::Statement(Statement &&other) noexcept
    : m_cache(other.m_cache), m_home(other.m_home), m_statement(std::exchange(other.m_statement, nullptr)) {}

void Statement::check(int result_code) const {
    if (result_code != SQLITE_OK) {
        fail(m_cache->database(), result_code, sqlite3_sql(m_statement));
    }
}

Statement &Statement::bind_int64(int index, std::int64_t value) {
    check(sqlite3_bind_int64(m_statement, index, value));
    return *this;
}

Statement &Statement::bind_double(int index, double value) {
    check(sqlite3_bind_double(m_statement, index, value));
    return *this;
}

Statement &Statement::bind_text(int index, std::string_view text) {
    check(sqlite3_bind_text64(m_statement, index, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement &Statement::bind_view(int index, std::string_view text) {
    check(sqlite3_bind_text64(m_statement, index, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement &Statement::bind_blob(int index, std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) {
        check(sqlite3_bind_zeroblob(m_statement, index, 0)); // a null pointer would bind NULL
    } else {
        check(sqlite3_bind_blob64(m_statement, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
    }
    return *this;
}

Statement &Statement::bind_optional(int index, std::optional<std::int64_t> value) { return value ? bind_int64(index, *value) : bind_null(index); }

Statement &Statement::bind_optional(int index, std::optional<double> value) { return value ? bind_double(index, *value) : bind_null(index); }

Statement &Statement::bind_null(int index) {
    check(sqlite3_bind_null(m_statement, index));
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        fail(m_cache->database(), code, sqlite3_sql(m_statement));
    }
    return false;
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() { sqlite3_reset(m_statement); }

std::int64_t Statement::column_int64(int column) const { return sqlite3_column_int64(m_statement, column); }

double Statement::column_double(int column) const { return sqlite3_column_double(m_statement, column); }

std::string_view Statement::column_text(int column) const {
    const auto *text = reinterpret_cast<const char *>(sqlite3_column_text(m_statement, column));
    return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)));
}

std::span<const std::uint8_t> Statement::column_blob(int column) const {
    const auto *bytes = static_cast<const std::uint8_t *>(sqlite3_column_blob(m_statement, column));
    return {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(m_statement, column) == SQLITE_NULL; }

int Statement::column_count() const { return sqlite3_column_count(m_statement); }

std::string_view Statement::column_name(int column) const { return sqlite3_column_name(m_statement, column); }

Statement::ValueKind Statement::value_kind(int column) const {
    switch (sqlite3_column_type(m_statement, column)) {
    case SQLITE_INTEGER: return ValueKind::integer;
    case SQLITE_FLOAT: return ValueKind::real;
    case SQLITE_TEXT: return ValueKind::text;
    case SQLITE_BLOB: return ValueKind::blob;
    default: return ValueKind::nothing;
    }
}

namespace {

void configure(sqlite3 *database) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr); // "x" is a column, never a text
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
}

int note_wal_pages(void *user_data, sqlite3 *, const char *, int pages) {
    static_cast<StatementCache *>(user_data)->m_wal_pages = pages;
    return SQLITE_OK;
}

void hilbert_function(sqlite3_context *context, int, sqlite3_value **arguments) {
    const auto *bytes = static_cast<const std::uint8_t *>(sqlite3_value_blob(arguments[0]));
    try {
        const auto size = static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]));
        sqlite3_result_int64(context, hilbert_position(spatialite_blob_bounds({bytes, bytes == nullptr ? 0 : size})));
    } catch (const geo::Error &error) {
        sqlite3_result_error(context, error.what(), -1);
        sqlite3_result_error_code(context, SQLITE_CORRUPT);
    }
}

} // namespace

Connection::Connection(const std::filesystem::path &file, Access access) : m_cache(std::make_unique<StatementCache>()) {
    initialize_libraries();
    m_cache->m_spatialite.reset(spatialite_alloc_connection());
    OpenedDatabase opened = open_database_file(file, access);
    m_cache->m_database = std::move(opened.database);
    m_cache->m_file = file;
    m_cache->m_is_read_only = opened.is_read_only;
    m_cache->m_has_replayed_log = opened.has_replayed_log;
    sqlite3 *database = m_cache->database();
    spatialite_init_ex(database, m_cache->m_spatialite.get(), 0);
    configure(database);
    sqlite3_busy_handler(database, wait_for_lock, &m_cache->m_busy_timeout_ms);
    execute(fmt::format(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = FILE; PRAGMA cell_size_check = ON;"
        "PRAGMA journal_size_limit = {}; PRAGMA cache_size = -{}",
        wal_file_bytes_max, access == Access::read ? reader_cache_kib : writer_cache_kib));
    if (access == Access::read) {
        // Not mapped into memory: a disk that fails, or a file that is cut off, would then end the program (SIGBUS) instead of one reading.
        execute("PRAGMA query_only = ON");
    }
    sqlite3_create_function_v2(database, "keyaki_hilbert", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, hilbert_function, nullptr, nullptr,
                               nullptr);
    sqlite3_wal_hook(database, note_wal_pages, m_cache.get()); // in the place of SQLite's own checkpoints: those are the writer's business
    sqlite3_set_authorizer(database, authorize, m_cache.get());
    m_cache->m_may_change_schema = false;
}

Connection::~Connection() {
    if (m_cache) {
        assert(m_cache->m_borrowed == 0 && "a statement outlives its connection");
        m_cache->m_idle.clear();
    }
}

Connection::Connection(Connection &&) noexcept = default;
Connection &Connection::operator=(Connection &&) noexcept = default;

Statement Connection::prepare(std::string_view sql) { return {*m_cache, sql}; }

void Connection::execute(std::string_view sql) {
    const char *begin = sql.data();
    const char *const end = sql.data() + sql.size();
    while (begin != end) {
        sqlite3_stmt *compiled = nullptr;
        const char *tail = nullptr;
        const int code = sqlite3_prepare_v2(m_cache->database(), begin, static_cast<int>(end - begin), &compiled, &tail);
        const StatementHandle statement(compiled);
        if (code != SQLITE_OK) {
            fail(m_cache->database(), code, std::string_view(begin, static_cast<std::size_t>(end - begin)));
        }
        begin = tail;
        int step = SQLITE_DONE;
        do {
            step = statement ? sqlite3_step(statement.get()) : SQLITE_DONE;
        } while (step == SQLITE_ROW);
        if (step != SQLITE_DONE) {
            fail(m_cache->database(), step, sqlite3_sql(statement.get()));
        }
    }
}

std::int64_t Connection::changes() const { return sqlite3_changes64(m_cache->database()); }

std::int64_t Connection::last_row_id() const { return sqlite3_last_insert_rowid(m_cache->database()); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(m_cache->database()) == 0; }

std::int64_t Connection::query_int64(std::string_view sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.column_int64(0) : 0;
}

std::uint64_t Connection::data_version() { return static_cast<std::uint64_t>(query_int64("PRAGMA data_version")); }

Connection::CheckpointResult Connection::checkpoint(Checkpoint mode) {
    int wal_pages = 0;
    int moved_pages = 0;
    const int sqlite_mode = mode == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
    const int code = sqlite3_wal_checkpoint_v2(m_cache->database(), nullptr, sqlite_mode, &wal_pages, &moved_pages);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
        fail(m_cache->database(), code, "checkpoint");
    }
    return {wal_pages, moved_pages};
}

void Connection::rebuild() {
    const SchemaPermission permission(*this);
    sqlite3 *const database = m_cache->database();
    // VACUUM attaches the file that it writes; nobody else may attach anything.
    const std::unique_ptr<sqlite3, void (*)(sqlite3 *)> attaching(database,
                                                                  [](sqlite3 *connection) { sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0); });
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 1);
    execute("VACUUM");
}

void Connection::copy_to(const std::filesystem::path &target) {
    const OpenedDatabase copy = open_database_file(target, Access::create);
    sqlite3_backup *backup = sqlite3_backup_init(copy.database.get(), "main", m_cache->database(), "main");
    if (backup == nullptr) {
        fail(copy.database.get(), SQLITE_ERROR, "backup");
    }
    const int step = sqlite3_backup_step(backup, -1); // all at once is one read transaction: consistent, and in WAL mode nobody waits for it
    const int finish = sqlite3_backup_finish(backup);
    if (const int code = step == SQLITE_DONE ? finish : step; code != SQLITE_OK) {
        fail_copy(m_cache->m_file, target, code);
    }
}

bool Connection::is_read_only() const noexcept { return m_cache->m_is_read_only; }

bool Connection::has_replayed_log() const noexcept { return m_cache->m_has_replayed_log; }

void Connection::take_over_file() { sqlite3_db_config(m_cache->database(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr); }

void Connection::leave_file() { sqlite3_db_config(m_cache->database(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

bool Connection::has_lost_file() const {
    int has_moved = 0;
    sqlite3_file_control(m_cache->database(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return has_moved != 0;
}

void Connection::set_busy_timeout_ms(int timeout_ms) { m_cache->m_busy_timeout_ms = timeout_ms; }

const std::filesystem::path &Connection::file() const noexcept { return m_cache->m_file; }

std::int64_t Connection::wal_pages() const noexcept { return m_cache->m_wal_pages; }

SchemaPermission::SchemaPermission(Connection &connection)
    : m_cache(connection.m_cache.get()), m_before(std::exchange(m_cache->m_may_change_schema, true)) {
    sqlite3_db_config(m_cache->database(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
}

SchemaPermission::~SchemaPermission() {
    m_cache->m_may_change_schema = m_before;
    sqlite3_db_config(m_cache->database(), SQLITE_DBCONFIG_DEFENSIVE, m_before ? 0 : 1, nullptr);
}

Transaction::Transaction(Connection &connection, Kind kind) : m_connection(connection) {
    m_connection.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
    if (!m_open || !m_connection.in_transaction()) {
        return;
    }
    try {
        m_connection.prepare("ROLLBACK").run();
    } catch (const geo::Error &) {
        // The file is gone or broken: SQLite undoes what is not committed when it is opened next.
    }
}

void Transaction::commit() {
    m_connection.prepare("COMMIT").run();
    m_open = false;
}

Savepoint::Savepoint(Connection &connection) : m_connection(connection) { m_connection.prepare("SAVEPOINT part").run(); }

Savepoint::~Savepoint() {
    if (!m_open || !m_connection.in_transaction()) {
        return;
    }
    try {
        m_connection.prepare("ROLLBACK TO part").run();
        m_connection.prepare("RELEASE part").run();
    } catch (const geo::Error &) {
        // The transaction around it fails at its commit.
    }
}

void Savepoint::release() {
    m_connection.prepare("RELEASE part").run();
    m_open = false;
}

} // namespace keyaki::data
