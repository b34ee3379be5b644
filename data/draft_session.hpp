#pragma once

#include "data/feature_row.hpp"
#include "data/import_lock.hpp"
#include "data/layer_store.hpp"
#include "data/reader_pool.hpp"
#include "data/store.hpp"
#include "data/unseen_changes.hpp"
#include "data/writer.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace keyaki::data {

/// One import into a draft. Rows are written under a change number of the import's own, which no state shows yet; versions that it replaces
/// or removes are marked with the same number; commit() moves the draft over that number. Two pieces are in work at a time: one is compared
/// with the draft on the caller's thread while the other is written by the writer's.
class DraftSession final : public DraftWriter {
  public:
    /// Error not_found for an unknown layer, conflict while another import into the same layer is running.
    DraftSession(Writer &writer, ReaderPool &readers, std::string_view layer, Store::DraftMode mode, std::string_view author);
    ~DraftSession() override;
    DraftSession(const DraftSession &) = delete;
    DraftSession &operator=(const DraftSession &) = delete;

    void put(geo::Feature &&feature) override;
    void remove(std::string_view feature_id) override;
    void note_brought(std::string_view feature_id, const std::optional<ContentHash> &content) override;
    DraftChanges commit() override;

  private:
    /// What one transaction writes.
    struct Piece {
        std::vector<FeatureRow> rows;
        std::vector<std::int64_t> replaced; ///< rows of the table that leave
        std::vector<std::string> removals;  ///< ids, until they are looked up
        std::size_t bytes = 0;
    };

    /// A version of a feature in some state.
    struct Version {
        std::int64_t row = 0;
        ContentHash content_hash{};
    };
    [[nodiscard]] std::optional<Version> find_version(Connection &connection, std::string_view feature_id, std::int64_t change) const;

    void begin(Connection &connection, std::string_view author);
    void require_open() const;
    void flush_if_full();
    void flush();
    [[nodiscard]] Piece compared_piece();
    [[nodiscard]] static std::vector<FeatureRow> sorted_along_curve(std::vector<FeatureRow> rows);
    void compare(Connection &connection, Piece &piece);
    [[nodiscard]] bool is_unchanged(Connection &connection, const FeatureRow &row, Piece &piece);
    void look_up_removal(Connection &connection, const std::string &feature_id, Piece &piece);
    void tally(Connection &connection, std::string_view feature_id, const std::optional<ContentHash> &before,
               const std::optional<ContentHash> &after);
    void touch(std::int64_t row, std::string_view feature_id);
    void write(Connection &connection, const Piece &piece) const;
    void wait_for_piece();
    void submit(Piece &&piece);
    void remove_what_was_not_put();
    void build_spatial_index();
    DraftChanges finish(const Piece &last);
    [[nodiscard]] DraftChanges changes_of_draft(const LayerRow &now) const;

    Writer &m_writer;
    ReaderPool &m_readers;
    Store::DraftMode m_mode;
    LayerRow m_base; ///< as it was at the beginning
    UnseenChanges m_import;
    std::optional<ImportLock> m_lock;
    bool m_base_is_empty = false;
    std::string m_lookup_sql; ///< row and hash of a feature (?1) in the state of a change (?2)

    Piece m_piece;
    std::vector<std::pair<std::string, std::optional<ContentHash>>> m_brought; ///< as note_brought() was told
    std::future<void> m_in_work;
    std::vector<bool> m_touched; ///< by row: versions of the base that this import has met; one bit for each version the layer ever had
    LayerProfile m_profile;
    DraftChanges m_changes; ///< against the base
    /// What the import does to the counts of the draft against the published state, where there was a draft before.
    struct {
        std::int64_t added = 0;
        std::int64_t changed = 0;
        std::int64_t removed = 0;
    } m_draft_growth;
    geo::LonLatBox m_bounds;
    bool m_failed = false; ///< something that was put is lost: nothing may be committed
    bool m_committed = false;
};

} // namespace keyaki::data
