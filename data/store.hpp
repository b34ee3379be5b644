#pragma once

#include "data/api_key.hpp"
#include "data/check_in.hpp"
#include "data/distribution.hpp"
#include "data/feature_edit.hpp"
#include "data/layer.hpp"
#include "data/ledger.hpp"
#include "data/ledger_report.hpp"
#include "data/osm_extract.hpp"
#include "data/outbox.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::data {

struct Books;

/// A change to the database in the making. Exists only inside the function given to Store::write, on the writer thread; sees everything
/// committed before it and its own changes. Everything done through it is committed together or not at all.
class WriteTransaction {
  public:
    virtual ~WriteTransaction() = default;

    // Layers. Unknown layers: Error not_found. All write an audit entry and an outbox event where somebody outside may care.
    virtual void create_layer(const LayerSpec &spec, std::string_view author, std::int64_t now_us) = 0; ///< conflict when the id is taken
    /// Conflict when the layer or its draft holds geometries of another kind than the new spec allows. A changed schema of a published layer is a
    /// revision with the same features, which is returned; conflict while an import is running.
    virtual std::optional<Revision> update_layer(const LayerSpec &spec, std::string_view author, std::int64_t now_us,
                                                 std::string_view message = "the schema was changed") = 0;
    /// Takes a new layer away again, as if it had never been made but for the audit log; conflict when it was published, holds a draft or is being
    /// imported into.
    virtual void forget_layer(std::string_view layer, std::string_view author, std::int64_t now_us) = 0;
    /// Makes the draft the next revision; conflict when there is nothing to publish, or when more than a tenth of the layer
    /// (and more than limits.hpp's handful) would be removed and `confirm_removals` is false.
    virtual Revision publish(std::string_view layer, std::string_view author, std::string_view message, bool confirm_removals,
                             std::int64_t now_us) = 0;
    /// Publishes the content of `revision` under a new number; the draft stays as it is, rebased.
    virtual Revision rollback(std::string_view layer, std::uint64_t revision, std::string_view author, std::string_view message,
                              std::int64_t now_us) = 0;
    virtual DraftChanges discard_draft(std::string_view layer, std::string_view author, std::int64_t now_us) = 0;
    /// The layer and what its draft would change, for who decides by them what to do.
    [[nodiscard]] virtual std::optional<Layer> find_layer(std::string_view id) = 0;
    [[nodiscard]] virtual DraftChanges draft_changes(std::string_view layer) = 0;

    // Check-ins.
    virtual std::optional<StoredAnswer> find_answer(std::string_view client, std::string_view route, std::string_view key) = 0;
    virtual void store_answer(std::string_view client, std::string_view route, std::string_view key, const StoredAnswer &answer,
                              std::int64_t now_us) = 0;
    virtual void insert_check_in(const CheckIn &check_in) = 0;
    virtual std::optional<Stamp> find_stamp(std::string_view rally, std::string_view spot, std::string_view member, std::string_view period) = 0;
    virtual std::vector<Stamp> stamps_of(std::string_view member, std::string_view rally) = 0;
    virtual void insert_stamp(const Stamp &stamp) = 0; ///< conflict when it is there already
    /// Sum of awards credited to the member's account by this rally's budget for check-ins received in [from_us, to_us).
    virtual std::int64_t points_awarded(std::string_view member, std::string_view rally, std::int64_t from_us, std::int64_t to_us) = 0;
    virtual void insert_event(const OutboxEvent &event) = 0;
    /// Everything else that rallies write (data/books.hpp). Not beyond the transaction.
    [[nodiscard]] virtual Books books() = 0;

    // Ledger.
    /// invalid_input for an id of no known kind, and for another unit than the id says.
    virtual void ensure_account(std::string_view account_id, std::string_view unit) = 0;
    virtual std::optional<Account> find_account(std::string_view account_id) = 0;
    virtual TransferResult transfer(const TransferRequest &request, std::int64_t now_us) = 0;
    /// The same; accounts of it that are not there are made with this unit when the transfer is created, and not when it is refused.
    virtual TransferResult transfer(const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) = 0;
    /// What that would answer now. Writes nothing, and uses up no id.
    [[nodiscard]] virtual TransferOutcome foresee_transfer(const TransferRequest &request, std::string_view unit_of_new, std::int64_t now_us) = 0;
    /// Sum of the transfers whose ids begin so, whatever became of them later. \pre the prefix ends with '/'
    [[nodiscard]] virtual std::int64_t points_by_prefix(std::string_view id_prefix) = 0;
    /// Of the next entry: now, or just after the last entry where the clock stepped back since.
    [[nodiscard]] virtual std::int64_t ledger_time_us(std::int64_t now_us) = 0;
    /// Posts, voids or times out a pending transfer, at most once whoever asks. Tells the outside by an event (points.awarded for a posted award,
    /// points.voided for one that was voided or has expired).
    virtual EndResult end_pending(const EndRequest &request, std::int64_t now_us) = 0;
    virtual ReverseResult reverse(const ReverseRequest &request, std::int64_t now_us) = 0;
    /// Ends pending transfers whose time is over and then expires lots that are due, each earliest first, at most `limit` of the two together; how
    /// many ends and expiries it were. With a lot of a member go his others that are due then, beyond the limit.
    virtual std::size_t end_what_is_due(std::int64_t now_us, std::size_t limit) = 0;
    /// What a shop is, and which class of shops takes points of a purpose, from the next entry on.
    virtual void put_shop(std::string_view shop, std::string_view shop_class, std::string_view author, std::int64_t now_us) = 0;
    virtual void put_purpose(std::string_view purpose, std::string_view shop_class, bool is_accepted, std::string_view author,
                             std::int64_t now_us) = 0;
    [[nodiscard]] virtual bool is_known_shop(std::string_view shop) = 0;

    // Delivery.
    virtual void create_webhook(const Webhook &webhook, std::string_view author) = 0; ///< its cursor becomes the newest event where it is 0
    virtual void end_webhook(std::string_view id, std::string_view because, std::string_view author, std::int64_t now_us) = 0; ///< or not_found
    virtual void record_delivery(const DeliveryRecord &record) = 0;
    virtual std::size_t replay_dead_letters(std::string_view webhook, std::optional<std::uint64_t> sequence, std::string_view author,
                                            std::int64_t now_us) = 0; ///< how many; not_found for an unknown or ended webhook
    /// Removes old events that everybody has been told of, oldest first, at most `limit`; how many.
    virtual std::size_t sweep_outbox(std::int64_t before_us, std::size_t limit) = 0;

    // The kept extract of OpenStreetMap (data/osm_extract_store.hpp): begun, put in pieces of about a megabyte, each in a transaction of its own,
    // kept.
    [[nodiscard]] virtual std::int64_t begin_osm_extract() = 0;
    virtual void put_osm_piece(std::int64_t extract, std::uint64_t number, std::string_view bytes) = 0;
    virtual void keep_osm_extract(std::int64_t extract, const OsmExtract &description) = 0;
    /// Until another is kept there is none; the number is for taking that back, 0 where there was none.
    [[nodiscard]] virtual std::int64_t set_aside_osm_extract() = 0;
    virtual void restore_osm_extract(std::int64_t extract) = 0;
    virtual bool sweep_osm_pieces(std::size_t limit) = 0; ///< of extracts that are not kept; false when there was nothing

    // Configuration.
    virtual std::optional<Rally> find_rally(std::string_view id) = 0;
    virtual Rally put_rally(std::string_view id, std::string_view json, std::string_view author,
                            std::int64_t now_us) = 0; ///< same json: same version
    virtual void put_city(const CityName &name, std::string_view author, std::int64_t now_us) = 0;
    virtual void create_key(const ApiKey &key, std::string_view author) = 0;
    virtual void revoke_key(std::string_view id, std::string_view author, std::int64_t now_us) = 0;
    virtual void insert_audit(const AuditEntry &entry) = 0;
};

/// A feature of a layer that somebody has edited, added or removed since an import brought it; in the draft, or published.
struct OwnEdit {
    std::string feature_id;
    std::optional<geo::Feature> now;    ///< nothing: removed
    std::optional<ContentHash> brought; ///< by the last import that had it; nothing: none had
};

/// Takes the features of an import into a layer's draft, in pieces that let other writers pass between them; nothing shows in the draft
/// before commit(). Destroyed without commit(): as if never begun (what a killed process left is swept at the next open).
/// One thread at a time.
class DraftWriter {
  public:
    virtual ~DraftWriter() = default;
    /// The feature's id must not be empty; the same id twice: conflict.
    virtual void put(geo::Feature &&feature) = 0;
    virtual void remove(std::string_view feature_id) = 0;
    /// Says what the import had for a feature that somebody has edited and that is put as he left it; nothing: it did not have the feature.
    virtual void note_brought(std::string_view feature_id, const std::optional<ContentHash> &content) = 0;
    /// Compares with the published state and makes this the draft; with Mode::replace features that were not put are removed.
    virtual DraftChanges commit() = 0;
};

struct StoreOptions {
    std::filesystem::path file;
    bool create = false;     ///< make a new database when there is none
    std::size_t readers = 4; ///< connections in the reading pool
    std::size_t queue_length = 4096;
};

/// Figures of the writer for /metrics.
struct WriterStatistics {
    std::uint64_t commits = 0;
    std::uint64_t commands = 0;
    std::size_t queue_length = 0;
    std::size_t queue_limit = 0;
    std::uint64_t refused = 0; ///< because the queue was full or the writer has stopped
    /// Of one commit with its fsync: a good disk takes a millisecond, one without a battery ten, a sick one seconds.
    Distribution<11> commit_seconds{{0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}};
    /// Commands that shared one commit.
    Distribution<9> group_commands{{1, 2, 4, 8, 16, 32, 64, 128, 256}};
    bool is_stopped = false;   ///< after a failed write nothing is written any more until the program is started again; or is_read_only
    bool is_read_only = false; ///< the file could only be read when it was opened
    bool is_disk_full = false; ///< the last change found no room; asked again every second, and cleared when there is some
};

/// The seam: above it nobody writes SQL or knows which database it is. All members may be called from any thread.
class Store {
  public:
    virtual ~Store() = default;

    // Reading: committed state, each call one consistent view.
    [[nodiscard]] virtual std::vector<Layer> layers() = 0;
    [[nodiscard]] virtual std::optional<Layer> find_layer(std::string_view id) = 0;
    [[nodiscard]] virtual std::vector<Revision> revisions(std::string_view layer) = 0;
    using FeatureVisitor = std::function<void(geo::Feature &&)>;
    /// Streams a state of the layer in no particular order; returns the layer as it was at that moment. not_found for layers and revisions that are
    /// not there.
    virtual Layer read_features(std::string_view layer, LayerState state, const FeatureVisitor &visit) = 0;
    /// What publishing the draft would do: counts, and each change.
    [[nodiscard]] virtual DraftChanges draft_changes(std::string_view layer) = 0;
    [[nodiscard]] virtual DraftSummary draft_summary(std::string_view layer) = 0;
    using ChangeVisitor = std::function<void(Change &&)>;
    /// Returns the layer as it was at that moment.
    virtual Layer read_draft_changes(std::string_view layer, const ChangeVisitor &visit) = 0;
    using PageVisitor = std::function<bool(Change &&)>; ///< false ends the page
    virtual Layer read_draft_changes(std::string_view layer, const ChangePage &page, const PageVisitor &visit) = 0;
    /// The draft's features that somebody has edited, apart from what imports brought: each as it is now, nothing for one that was removed. A removal
    /// of what an import had brought to this draft leaves no trace.
    using EditVisitor = std::function<void(std::string &&feature_id, std::optional<geo::Feature> &&now)>;
    virtual void read_draft_edits(std::string_view layer, const EditVisitor &visit) = 0;
    /// What of the draft, or of the published state where there is none, is not as imports brought it.
    using OwnEditVisitor = std::function<void(OwnEdit &&)>;
    virtual void read_own_edits(std::string_view layer, const OwnEditVisitor &visit) = 0;
    /// Features that differ between two revisions (from may be 0: nothing), so that a snapshot can be renewed in parts.
    virtual void read_changes(std::string_view layer, std::uint64_t from_revision, std::uint64_t to_revision, const ChangeVisitor &visit) = 0;
    /// \pre from_revision <= to_revision
    virtual void read_changes(std::string_view layer, std::uint64_t from_revision, std::uint64_t to_revision, const ChangePage &page,
                              const PageVisitor &visit) = 0;

    [[nodiscard]] virtual std::optional<StoredFeature> find_feature(std::string_view layer, LayerState state, std::string_view feature_id) = 0;
    /// The versions of a feature that the layer holds, in revisions and in the draft, the newest first, at most `limit`.
    [[nodiscard]] virtual std::vector<StoredFeature> feature_versions(std::string_view layer, std::string_view feature_id, std::size_t limit) = 0;
    /// The schema (LayerSpec::schema) that was in force in that state of the layer.
    [[nodiscard]] virtual std::string schema_of(std::string_view layer, LayerState state) = 0;

    [[nodiscard]] virtual std::optional<CheckIn> find_check_in(std::string_view id) = 0;
    [[nodiscard]] virtual std::vector<Stamp> stamps_of(std::string_view member) = 0; ///< newest first
    /// Everything else of rallies, in one consistent view. Only reading functions may be called; not beyond the call.
    virtual void read_books(const std::function<void(Books &)> &read) = 0;
    [[nodiscard]] virtual std::optional<Account> find_account(std::string_view account_id) = 0;
    [[nodiscard]] virtual std::vector<Account> accounts() = 0;
    /// Entries that touch the account (all entries for an empty id), by sequence, after `after_sequence`, at most `limit`.
    [[nodiscard]] virtual std::vector<Transfer> transfers(std::string_view account_id, std::uint64_t after_sequence, std::size_t limit) = 0;
    [[nodiscard]] virtual LedgerHead ledger_head() = 0;
    [[nodiscard]] virtual std::optional<Transfer> find_transfer(std::string_view transfer_id) = 0;
    [[nodiscard]] virtual std::optional<Transfer> find_transfer(std::uint64_t sequence) = 0;
    /// The entry that ended this pending one; nothing while it waits.
    [[nodiscard]] virtual std::optional<Transfer> find_end(std::uint64_t pending_sequence) = 0;
    /// Pending transfers that wait, by deadline and sequence, after a deadline and sequence that were seen.
    [[nodiscard]] virtual std::vector<Transfer> waiting_transfers(std::int64_t after_deadline_us, std::uint64_t after_sequence,
                                                                  std::size_t limit) = 0;
    /// True where end_what_is_due() would find something.
    [[nodiscard]] virtual bool is_anything_due(std::int64_t now_us) = 0;
    /// The account as it was after the last entry of or before that time; nothing for an unknown account.
    [[nodiscard]] virtual std::optional<Account> account_at(std::string_view account_id, std::int64_t at_us) = 0;
    /// What a shop took and was paid, in all its units; empty for a shop that has no account.
    [[nodiscard]] virtual ShopStatement shop_statement(std::string_view shop, std::int64_t from_us, std::int64_t to_us) = 0;
    [[nodiscard]] virtual std::vector<Shop> shops() = 0;
    [[nodiscard]] virtual std::vector<PurposeClass> purpose_classes() = 0;
    [[nodiscard]] virtual LedgerReport verify_ledger() = 0;

    // Delivery.
    [[nodiscard]] virtual std::vector<Webhook> webhooks() = 0;
    [[nodiscard]] virtual std::vector<WebhookFigures> webhook_figures() = 0;
    [[nodiscard]] virtual std::vector<BacklogItem> waiting_items(std::string_view webhook) = 0;
    [[nodiscard]] virtual std::vector<DeadLetter> dead_letters(std::string_view webhook, const DeadLetterPlace &after, std::size_t limit) = 0;
    [[nodiscard]] virtual std::vector<NumberedEvent> outbox_events(std::uint64_t after, std::size_t limit) = 0;
    [[nodiscard]] virtual std::vector<NumberedEvent> outbox_events(const std::vector<std::uint64_t> &sequences) = 0;
    [[nodiscard]] virtual bool has_outbox_before(std::int64_t before_us) = 0; ///< whether sweep_outbox() would find some
    [[nodiscard]] virtual std::vector<Rally> rallies() = 0;                   ///< the newest version of each
    [[nodiscard]] virtual std::optional<CityName> city() = 0;                 ///< nothing before a city was named
    [[nodiscard]] virtual std::optional<OsmExtract> find_osm_extract() = 0;
    /// Held while an import of OpenStreetMap runs, also against other processes; Error conflict where somebody else does.
    [[nodiscard]] virtual std::shared_ptr<void> lock_osm() = 0;
    /// The bytes of the extract of OpenStreetMap, piece after piece; not_found where none is kept.
    virtual OsmExtract read_osm_extract(const std::function<void(std::string_view)> &visit) = 0;
    [[nodiscard]] virtual std::vector<ApiKey> keys() = 0;
    [[nodiscard]] virtual std::optional<ApiKey> find_key(const Hash &secret_hash) = 0; ///< also revoked ones
    [[nodiscard]] virtual std::vector<AuditEntry> audit(std::size_t limit) = 0;        ///< newest first

    /// Changes whenever anybody, also another process, has committed; cheap enough to ask twenty times a second.
    [[nodiscard]] virtual std::uint64_t change_counter() = 0;

    // Writing.
    /// Runs `change` on the one writer thread and returns when it is durable (fsync done, together with whatever else waited).
    /// An exception from `change` undoes its own changes only and is rethrown here; Error unavailable when the queue is full, the disk is
    /// full or the database is locked by another process for too long, and for good (WriterStatistics::is_stopped) after a failed write or fsync.
    /// Only where the fsync of the commit itself failed is it unknown whether the change will be there after the next start; the sentence says so.
    virtual void write(const std::function<void(WriteTransaction &)> &change) = 0;
    /// Changes single features, all or none: in the draft, or published at once as one revision of just these, with the draft laid over it as before.
    /// Each edit's expectation is checked in the same transaction that writes; what cannot be made is in the outcome. Writes an audit entry for each
    /// feature. Error not_found for an unknown layer; conflict while an import into it runs, and when its schema is not the expected one any more;
    /// invalid_input for features that the layer does not take, for an id that comes twice, and for more than limits.hpp's number of edits.
    [[nodiscard]] virtual EditOutcome edit_features(const LayerEdit &edit) = 0;
    enum class DraftMode : std::uint8_t { replace, merge };
    [[nodiscard]] virtual std::unique_ptr<DraftWriter> write_draft(std::string_view layer, DraftMode mode, std::string_view author) = 0;

    // Care.
    /// Integrity of the file, of the spatial index and of every rule that the schema cannot say; sentences, empty when all is well.
    [[nodiscard]] virtual std::vector<std::string> check() = 0;
    /// A consistent copy while writing goes on, which holds everything that was committed before. It appears under its name only when whole.
    /// Error conflict for a `target` that is there already, or is the database or a part of it; unavailable when its disk is full.
    virtual void backup(const std::filesystem::path &target) = 0;
    [[nodiscard]] virtual WriterStatistics writer_statistics() = 0;
};

/// Opens (or makes) a SpatiaLite database. Error: not_found, corrupt, or conflict for a file of a newer version of keyaki; each leaves the file as
/// it was found. A file that can only be read, on a disk that is mounted so or by its permissions, is opened for reading: its write() and
/// write_draft() are unavailable.
[[nodiscard]] std::unique_ptr<Store> open_store(const StoreOptions &options);

} // namespace keyaki::data
