#include "data/audit_store.hpp"
#include "data/backup.hpp"
#include "data/books.hpp"
#include "data/check_in_store.hpp"
#include "data/city_store.hpp"
#include "data/draft_edits.hpp"
#include "data/draft_session.hpp"
#include "data/feature_edits.hpp"
#include "data/import_lock.hpp"
#include "data/key_store.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_events.hpp"
#include "data/layer_store.hpp"
#include "data/ledger_events.hpp"
#include "data/ledger_lots.hpp"
#include "data/ledger_pending.hpp"
#include "data/ledger_purposes.hpp"
#include "data/ledger_reports.hpp"
#include "data/ledger_reversal.hpp"
#include "data/ledger_rows.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/osm_extract_store.hpp"
#include "data/outbox_store.hpp"
#include "data/rally_store.hpp"
#include "data/reader_pool.hpp"
#include "data/schema.hpp"
#include "data/store.hpp"
#include "data/store_check.hpp"
#include "data/unseen_changes.hpp"
#include "data/writer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::data {

namespace {

std::string dump(const nlohmann::json &json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// Over the writer's connection, inside the savepoint of one command.
class SqliteWriteTransaction final : public WriteTransaction {
  public:
    explicit SqliteWriteTransaction(Connection &connection) : m_connection(connection) {}

    void create_layer(const LayerSpec &spec, std::string_view author, std::int64_t now_us) override {
        data::create_layer(m_connection, spec);
        note_layer(m_connection, "layer.create", spec, author, now_us);
    }
    std::optional<Revision> update_layer(const LayerSpec &spec, std::string_view author, std::int64_t now_us, std::string_view message) override {
        std::optional<Revision> revision = data::update_layer(m_connection, spec, author, message, now_us);
        note_layer(m_connection, "layer.update", spec, author, now_us);
        if (revision) {
            announce_revision(m_connection, "layer.schema", spec.id, author, *revision);
        }
        return revision;
    }
    void forget_layer(std::string_view layer, std::string_view author, std::int64_t now_us) override {
        data::forget_layer(m_connection, layer);
        data::insert_audit(m_connection, {now_us, std::string(author), "layer.forget", std::string(layer), "{}"});
    }
    Revision publish(std::string_view layer, std::string_view author, std::string_view message, bool confirm_removals, std::int64_t now_us) override {
        Revision revision = data::publish(m_connection, layer, author, message, confirm_removals, now_us);
        announce_revision(m_connection, "layer.publish", layer, author, revision);
        return revision;
    }
    Revision rollback(std::string_view layer, std::uint64_t number, std::string_view author, std::string_view message, std::int64_t now_us) override {
        Revision revision = data::rollback(m_connection, layer, number, author, message, now_us);
        announce_revision(m_connection, "layer.rollback", layer, author, revision);
        return revision;
    }
    DraftChanges discard_draft(std::string_view layer, std::string_view author, std::int64_t now_us) override {
        const DraftChanges changes = data::discard_draft(m_connection, layer, author);
        m_leaves_work = true;
        note_discard(m_connection, layer, author, changes, now_us);
        return changes;
    }

    std::optional<Layer> find_layer(std::string_view id) override {
        std::optional<LayerRow> row = find_layer_row(m_connection, id);
        return row ? std::optional(std::move(row->layer)) : std::nullopt;
    }
    DraftChanges draft_changes(std::string_view layer) override { return require_layer_row(m_connection, layer).draft_changes; }

    std::optional<StoredAnswer> find_answer(std::string_view client, std::string_view route, std::string_view key) override {
        return data::find_answer(m_connection, client, route, key);
    }
    void store_answer(std::string_view client, std::string_view route, std::string_view key, const StoredAnswer &answer,
                      std::int64_t now_us) override {
        data::store_answer(m_connection, client, route, key, answer, now_us);
    }
    void insert_check_in(const CheckIn &check_in) override { data::insert_check_in(m_connection, check_in); }
    std::optional<Stamp> find_stamp(std::string_view rally, std::string_view spot, std::string_view member, std::string_view period) override {
        return data::find_stamp(m_connection, rally, spot, member, period);
    }
    std::vector<Stamp> stamps_of(std::string_view member, std::string_view rally) override { return data::stamps_of(m_connection, member, rally); }
    void insert_stamp(const Stamp &stamp) override { data::insert_stamp(m_connection, stamp); }
    std::int64_t points_awarded(std::string_view member, std::string_view rally, std::int64_t from_us, std::int64_t to_us) override {
        return data::points_awarded(m_connection, member, rally, from_us, to_us);
    }
    void insert_event(const OutboxEvent &event) override { data::insert_event(m_connection, event); }
    Books books() override { return Books(m_connection); }

    void ensure_account(std::string_view account_id, std::string_view unit) override { data::ensure_account(m_connection, account_id, unit); }
    std::optional<Account> find_account(std::string_view account_id) override { return data::find_account(m_connection, account_id); }
    TransferResult transfer(const TransferRequest &request, std::int64_t now_us) override { return data::transfer(m_connection, request, now_us); }
    TransferResult transfer(const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) override {
        return data::transfer(m_connection, request, unit_of_new, now_us);
    }
    TransferOutcome foresee_transfer(const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) override {
        return data::foresee_transfer(m_connection, request, unit_of_new, now_us);
    }
    std::int64_t points_by_prefix(std::string_view id_prefix) override { return data::points_by_prefix(m_connection, id_prefix); }
    std::int64_t ledger_time_us(std::int64_t now_us) override { return data::ledger_time_us(m_connection, now_us); }
    EndResult end_pending(const EndRequest &request, std::int64_t now_us) override {
        EndResult result = data::end_pending(m_connection, request, now_us);
        if (result.is_new) {
            announce_end(m_connection, *result.transfer);
        }
        return result;
    }
    ReverseResult reverse(const ReverseRequest &request, std::int64_t now_us) override { return data::reverse(m_connection, request, now_us); }
    std::size_t end_what_is_due(std::int64_t now_us, std::size_t limit) override {
        const std::vector<Transfer> ends = time_out_pending(m_connection, now_us, limit);
        for (const Transfer &end : ends) {
            announce_end(m_connection, end);
        }
        return ends.size() + (ends.size() < limit ? expire_due_lots(m_connection, now_us, limit - ends.size()) : 0);
    }
    void put_shop(std::string_view shop, std::string_view shop_class, std::string_view author, std::int64_t now_us) override {
        data::put_shop(m_connection, shop, shop_class);
        data::insert_audit(m_connection, {now_us, std::string(author), "ledger.shop", std::string(shop), dump({{"class", shop_class}})});
    }
    void put_purpose(std::string_view purpose, std::string_view shop_class, bool is_accepted, std::string_view author, std::int64_t now_us) override {
        data::put_purpose(m_connection, purpose, shop_class, is_accepted);
        data::insert_audit(m_connection, {now_us, std::string(author), "ledger.purpose", std::string(purpose),
                                          dump({{"class", shop_class}, {"accepted", is_accepted}})});
    }
    bool is_known_shop(std::string_view shop) override { return data::is_known_shop(m_connection, shop); }

    void create_webhook(const Webhook &webhook, std::string_view author) override {
        Webhook made = webhook;
        made.cursor = webhook.cursor == 0 ? last_outbox_sequence(m_connection) : webhook.cursor;
        insert_webhook(m_connection, made);
        const nlohmann::json detail{{"url", webhook.url}, {"types", webhook.types}}; // without its secret
        data::insert_audit(m_connection, {webhook.created_at_us, std::string(author), "webhook.create", webhook.id, dump(detail)});
    }
    void end_webhook(std::string_view id, std::string_view because, std::string_view author, std::int64_t now_us) override {
        data::end_webhook(m_connection, id, because, now_us);
        data::insert_audit(m_connection, {now_us, std::string(author), "webhook.end", std::string(id), dump({{"because", because}})});
    }
    void record_delivery(const DeliveryRecord &record) override { data::record_delivery(m_connection, record); }
    std::size_t replay_dead_letters(std::string_view webhook, std::optional<std::uint64_t> sequence, std::string_view author,
                                    std::int64_t now_us) override {
        const std::size_t count = data::replay_dead_letters(m_connection, webhook, sequence, now_us);
        data::insert_audit(m_connection, {now_us, std::string(author), "webhook.replay", std::string(webhook), dump({{"letters", count}})});
        return count;
    }
    std::size_t sweep_outbox(std::int64_t before_us, std::size_t limit) override { return data::sweep_outbox(m_connection, before_us, limit); }

    std::int64_t begin_osm_extract() override { return data::begin_osm_extract(m_connection); }
    void put_osm_piece(std::int64_t extract, std::uint64_t number, std::string_view bytes) override {
        data::put_osm_piece(m_connection, extract, number, bytes);
    }
    void keep_osm_extract(std::int64_t extract, const OsmExtract &description) override {
        data::keep_osm_extract(m_connection, extract, description);
    }
    std::int64_t set_aside_osm_extract() override { return data::set_aside_osm_extract(m_connection); }
    void restore_osm_extract(std::int64_t extract) override { data::restore_osm_extract(m_connection, extract); }
    bool sweep_osm_pieces(std::size_t limit) override { return data::sweep_osm_pieces(m_connection, limit); }

    std::optional<Rally> find_rally(std::string_view id) override { return data::find_rally(m_connection, id); }
    void put_city(const CityName &name, std::string_view author, std::int64_t now_us) override { data::put_city(m_connection, name, author, now_us); }
    Rally put_rally(std::string_view id, std::string_view json, std::string_view author, std::int64_t now_us) override {
        return data::put_rally(m_connection, id, json, author, now_us);
    }
    void create_key(const ApiKey &key, std::string_view author) override { data::create_key(m_connection, key, author); }
    void revoke_key(std::string_view id, std::string_view author, std::int64_t now_us) override {
        data::revoke_key(m_connection, id, author, now_us);
    }
    void insert_audit(const AuditEntry &entry) override { data::insert_audit(m_connection, entry); }

    /// Whether there is something to sweep when nobody waits.
    [[nodiscard]] bool leaves_work() const noexcept { return m_leaves_work; }

  private:
    Connection &m_connection;
    bool m_leaves_work = false;
};

[[noreturn]] void refuse_to_write(const std::filesystem::path &file) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("expected a database that can be written, found {}, which can only be read: the file, "
                                                              "its folder or the whole disk is read-only to this user",
                                                              file.string()));
}

/// Opens, brings up to date and cleans up, before anybody reads. The connection can only read where the file can only be read.
Connection open_first(const StoreOptions &options) {
    if (options.create && !std::filesystem::exists(options.file)) {
        create_database(options.file);
    }
    Connection connection(options.file, Access::write);
    refuse_wrong_database(connection, false);
    if (connection.has_replayed_log()) {
        refuse_damage_after_crash(connection);
    }
    if (connection.is_read_only()) {
        require_this_version(connection);
        if (options.create) {
            refuse_to_write(options.file);
        }
        return connection;
    }
    migrate(connection, false);
    if (connection.has_replayed_log()) {
        // Perhaps an fsync of the log failed before the crash: what was read from it now may be in the system's memory alone, and a later fsync
        // would not bring it to the disk. Moved into the file it is written anew.
        connection.checkpoint(Connection::Checkpoint::truncate);
    }
    if (connection.query_int64("SELECT count(*) FROM keyaki_unseen_changes WHERE is_import = 1") > 0) {
        Transaction transaction(connection); // only then: who only reads need not wait for who writes
        bury_dead_imports(connection, "");
        transaction.commit();
    }
    return connection;
}

/// Idle work: one piece of what nothing may ever show. Looks before it takes the lock for writing, which somebody else may hold for long.
bool sweep(Connection &connection) {
    if (connection.query_int64("SELECT EXISTS (SELECT 1 FROM keyaki_unseen_changes WHERE is_import = 0)") == 0) {
        return false;
    }
    Transaction transaction(connection);
    const bool more = sweep_piece(connection, "");
    transaction.commit();
    return more;
}

class SqliteStore final : public Store {
  public:
    explicit SqliteStore(const StoreOptions &options)
        : m_writer(start_writer(open_first(options), options.queue_length)), m_file(options.file), m_readers(options.file, options.readers),
          m_watch(options.file, Access::read) {}

    std::vector<Layer> layers() override {
        auto view = m_readers.borrow();
        std::vector<Layer> layers;
        for (LayerRow &row : layer_rows(*view)) {
            layers.push_back(std::move(row.layer));
        }
        return layers;
    }
    std::optional<Layer> find_layer(std::string_view id) override {
        auto view = m_readers.borrow();
        std::optional<LayerRow> row = find_layer_row(*view, id);
        return row ? std::optional(std::move(row->layer)) : std::nullopt;
    }
    std::vector<Revision> revisions(std::string_view layer) override {
        auto view = m_readers.borrow();
        return data::revisions(*view, require_layer_row(*view, layer).layer.spec.id);
    }
    Layer read_features(std::string_view layer, LayerState state, const FeatureVisitor &visit) override {
        auto view = m_readers.borrow();
        LayerRow row = require_layer_row(*view, layer);
        read_state(*view, layer, change_of_state(*view, row, state), visit);
        return std::move(row.layer);
    }
    DraftChanges draft_changes(std::string_view layer) override {
        auto view = m_readers.borrow();
        return require_layer_row(*view, layer).draft_changes;
    }
    DraftSummary draft_summary(std::string_view layer) override {
        auto view = m_readers.borrow();
        LayerRow row = require_layer_row(*view, layer);
        const std::uint64_t moved = count_moved_between(*view, layer, row.published_change, row.draft_change);
        return {std::move(row.layer), row.draft_changes, moved};
    }
    Layer read_draft_changes(std::string_view layer, const ChangeVisitor &visit) override {
        auto view = m_readers.borrow();
        LayerRow row = require_layer_row(*view, layer);
        read_changes_between(*view, layer, row.published_change, row.draft_change, visit);
        return std::move(row.layer);
    }
    Layer read_draft_changes(std::string_view layer, const ChangePage &page, const PageVisitor &visit) override {
        auto view = m_readers.borrow();
        LayerRow row = require_layer_row(*view, layer);
        read_page_of_changes(*view, layer, row.published_change, row.draft_change, page, visit);
        return std::move(row.layer);
    }
    void read_draft_edits(std::string_view layer, const EditVisitor &visit) override {
        auto view = m_readers.borrow();
        data::read_draft_edits(*view, require_layer_row(*view, layer), visit);
    }
    void read_own_edits(std::string_view layer, const OwnEditVisitor &visit) override {
        auto view = m_readers.borrow();
        data::read_own_edits(*view, require_layer_row(*view, layer), visit);
    }
    void read_changes(std::string_view layer, std::uint64_t from_revision, std::uint64_t to_revision, const ChangeVisitor &visit) override {
        auto view = m_readers.borrow();
        const LayerRow row = require_layer_row(*view, layer);
        const std::int64_t from = change_of_revision(*view, row.layer.spec.id, from_revision);
        read_changes_between(*view, layer, from, change_of_revision(*view, layer, to_revision), visit);
    }
    void read_changes(std::string_view layer, std::uint64_t from_revision, std::uint64_t to_revision, const ChangePage &page,
                      const PageVisitor &visit) override {
        auto view = m_readers.borrow();
        const LayerRow row = require_layer_row(*view, layer);
        const std::int64_t from = change_of_revision(*view, row.layer.spec.id, from_revision);
        read_page_of_changes(*view, layer, from, change_of_revision(*view, layer, to_revision), page, visit);
    }

    std::optional<StoredFeature> find_feature(std::string_view layer, LayerState state, std::string_view feature_id) override {
        auto view = m_readers.borrow();
        const LayerRow row = require_layer_row(*view, layer);
        return data::find_feature(*view, row.layer.spec.id, change_of_state(*view, row, state), feature_id);
    }
    std::vector<StoredFeature> feature_versions(std::string_view layer, std::string_view feature_id, std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::feature_versions(*view, require_layer_row(*view, layer), feature_id, limit);
    }
    std::string schema_of(std::string_view layer, LayerState state) override {
        auto view = m_readers.borrow();
        return schema_of_state(*view, require_layer_row(*view, layer), state);
    }

    std::optional<CheckIn> find_check_in(std::string_view id) override {
        auto view = m_readers.borrow();
        return data::find_check_in(*view, id);
    }
    std::vector<Stamp> stamps_of(std::string_view member) override {
        auto view = m_readers.borrow();
        return data::stamps_of(*view, member);
    }
    void read_books(const std::function<void(Books &)> &read) override {
        auto view = m_readers.borrow();
        Books books(*view);
        read(books);
    }
    std::optional<Account> find_account(std::string_view account_id) override {
        auto view = m_readers.borrow();
        return data::find_account(*view, account_id);
    }
    std::vector<Account> accounts() override {
        auto view = m_readers.borrow();
        return data::accounts(*view);
    }
    std::vector<Transfer> transfers(std::string_view account_id, std::uint64_t after_sequence, std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::transfers(*view, account_id, after_sequence, limit);
    }
    LedgerHead ledger_head() override {
        auto view = m_readers.borrow();
        return data::ledger_head(*view);
    }
    std::optional<Transfer> find_transfer(std::string_view transfer_id) override {
        auto view = m_readers.borrow();
        return data::find_transfer(*view, transfer_id);
    }
    std::optional<Transfer> find_transfer(std::uint64_t sequence) override {
        auto view = m_readers.borrow();
        return find_entry(*view, sequence);
    }
    std::optional<Transfer> find_end(std::uint64_t pending_sequence) override {
        auto view = m_readers.borrow();
        return data::find_end(*view, pending_sequence);
    }
    std::vector<Transfer> waiting_transfers(std::int64_t after_deadline_us, std::uint64_t after_sequence, std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::waiting_transfers(*view, after_deadline_us, after_sequence, limit);
    }
    bool is_anything_due(std::int64_t now_us) override {
        auto view = m_readers.borrow();
        return data::is_anything_due(*view, now_us);
    }
    std::optional<Account> account_at(std::string_view account_id, std::int64_t at_us) override {
        auto view = m_readers.borrow();
        return data::account_at(*view, account_id, at_us);
    }
    ShopStatement shop_statement(std::string_view shop, std::int64_t from_us, std::int64_t to_us) override {
        auto view = m_readers.borrow();
        return data::shop_statement(*view, shop, from_us, to_us);
    }
    std::vector<Shop> shops() override {
        auto view = m_readers.borrow();
        return data::shops(*view);
    }
    std::vector<PurposeClass> purpose_classes() override {
        auto view = m_readers.borrow();
        return data::purpose_classes(*view);
    }
    std::vector<Webhook> webhooks() override {
        auto view = m_readers.borrow();
        return data::webhooks(*view);
    }
    std::vector<WebhookFigures> webhook_figures() override {
        auto view = m_readers.borrow();
        return data::webhook_figures(*view);
    }
    std::vector<BacklogItem> waiting_items(std::string_view webhook) override {
        auto view = m_readers.borrow();
        return data::waiting_items(*view, webhook);
    }
    std::vector<DeadLetter> dead_letters(std::string_view webhook, const DeadLetterPlace &after, std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::dead_letters(*view, webhook, after, limit);
    }
    std::vector<NumberedEvent> outbox_events(std::uint64_t after, std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::outbox_events(*view, after, limit);
    }
    std::vector<NumberedEvent> outbox_events(const std::vector<std::uint64_t> &sequences) override {
        auto view = m_readers.borrow();
        return data::outbox_events(*view, sequences);
    }
    bool has_outbox_before(std::int64_t before_us) override {
        auto view = m_readers.borrow();
        return data::has_outbox_before(*view, before_us);
    }
    LedgerReport verify_ledger() override {
        auto view = m_readers.borrow();
        return data::verify_ledger(*view);
    }
    std::optional<OsmExtract> find_osm_extract() override { return data::find_osm_extract(*m_readers.borrow()); }
    std::shared_ptr<void> lock_osm() override {
        constexpr std::int64_t no_import = 0; // numbers of imports into layers begin with 1
        auto lock = ImportLock::try_acquire(m_readers.borrow()->file(), no_import);
        if (!lock) {
            throw geo::Error(geo::ErrorKind::conflict, "another import of OpenStreetMap is running; wait for its end");
        }
        return std::make_shared<ImportLock>(*std::move(lock));
    }
    OsmExtract read_osm_extract(const std::function<void(std::string_view)> &visit) override {
        auto view = m_readers.borrow();
        return data::read_osm_extract(*view, visit);
    }
    std::optional<CityName> city() override {
        auto view = m_readers.borrow();
        return data::find_city(*view);
    }
    std::vector<Rally> rallies() override {
        auto view = m_readers.borrow();
        return data::rallies(*view);
    }
    std::vector<ApiKey> keys() override {
        auto view = m_readers.borrow();
        return data::keys(*view);
    }
    std::optional<ApiKey> find_key(const Hash &secret_hash) override {
        auto view = m_readers.borrow();
        return data::find_key(*view, secret_hash);
    }
    std::vector<AuditEntry> audit(std::size_t limit) override {
        auto view = m_readers.borrow();
        return data::audit(*view, limit);
    }

    std::uint64_t change_counter() override {
        const std::lock_guard lock(m_watch_mutex);
        return m_watch.data_version();
    }

    void write(const std::function<void(WriteTransaction &)> &change) override {
        bool leaves_work = false;
        writer().run([&](Connection &connection) {
            SqliteWriteTransaction transaction(connection);
            change(transaction);
            leaves_work = transaction.leaves_work();
        });
        if (leaves_work) {
            writer().wake();
        }
    }
    EditOutcome edit_features(const LayerEdit &edit) override {
        FeatureEdits edits(edit);
        std::optional<EditOutcome> outcome;
        while (!outcome) {
            writer().run([&](Connection &connection) {
                outcome = edits.run(connection);
                if (outcome) {
                    note_edits(connection, edit, *outcome);
                }
            });
        }
        writer().wake(); // a draft that came back to what is published is to be swept
        return std::move(*outcome);
    }
    std::unique_ptr<DraftWriter> write_draft(std::string_view layer, DraftMode mode, std::string_view author) override {
        return std::make_unique<DraftSession>(writer(), m_readers, layer, mode, author);
    }

    std::vector<std::string> check() override {
        auto view = m_readers.borrow();
        return check_database(*view);
    }
    void backup(const std::filesystem::path &target) override {
        auto view = m_readers.borrow();
        back_up(*view, target);
    }
    WriterStatistics writer_statistics() override {
        if (m_writer) {
            return m_writer->statistics();
        }
        WriterStatistics none;
        none.is_stopped = true;
        none.is_read_only = true;
        return none;
    }

  private:
    static std::unique_ptr<Writer> start_writer(Connection connection, std::size_t queue_length) {
        if (connection.is_read_only()) {
            return nullptr;
        }
        return std::make_unique<Writer>(std::move(connection), queue_length, sweep);
    }
    [[nodiscard]] Writer &writer() const {
        if (!m_writer) {
            refuse_to_write(m_file);
        }
        return *m_writer;
    }

    std::unique_ptr<Writer> m_writer; ///< none where the file can only be read
    std::filesystem::path m_file;
    ReaderPool m_readers;
    std::mutex m_watch_mutex;
    Connection m_watch; ///< reads nothing but the data version; guarded by m_watch_mutex
};

} // namespace

std::unique_ptr<Store> open_store(const StoreOptions &options) { return std::make_unique<SqliteStore>(options); }

} // namespace keyaki::data
