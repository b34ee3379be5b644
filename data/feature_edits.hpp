#pragma once

#include "data/database.hpp"
#include "data/feature_edit.hpp"
#include "data/feature_row.hpp"
#include "data/layer_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace keyaki::data {

/// A set of edits, made ready on the caller's thread for the writer's transaction: Store::edit_features() is this class and the writer.
class FeatureEdits {
  public:
    /// Error invalid_input for features that are wrong in themselves, an id that comes twice, no edit or too many; too_large.
    explicit FeatureEdits(const LayerEdit &edit);

    /// Makes the edits in the caller's transaction. Nothing: first something had to be swept that a new number could uncover, and some of it was; run
    /// it again in another transaction.
    [[nodiscard]] std::optional<EditOutcome> run(Connection &connection);

  private:
    /// One edit with what the layer has of its feature.
    struct Step {
        const FeatureEdit *edit = nullptr;
        std::optional<FeatureRow> row; ///< what comes; nothing for a removal
        struct Present {
            std::int64_t row = 0;
            ContentHash version{};
            geo::LonLatBox bounds;
        };
        std::optional<Present> present; ///< in the state that is edited

        [[nodiscard]] bool changes_something() const { return !row || !present || row->content_hash != present->version; }
    };

    void require_right(const LayerRow &layer) const;
    [[nodiscard]] std::vector<EditConflict> find_conflicts(Connection &connection, const LayerRow &layer, std::int64_t change);
    [[nodiscard]] std::optional<EditConflict::Reason> conflict_of(const Step &step) const;
    void write_rows(Connection &connection, const std::string &layer, std::int64_t change) const;
    [[nodiscard]] DraftChanges count() const;
    [[nodiscard]] std::uint64_t count_unconditional() const;
    void observe(LayerProfile &profile) const;
    [[nodiscard]] DraftChanges edit_draft(Connection &connection, const LayerRow &layer);
    [[nodiscard]] DraftChanges draft_counts_after(Connection &connection, const LayerRow &layer) const;
    [[nodiscard]] Revision publish(Connection &connection, const LayerRow &layer);

    const LayerEdit &m_edit;
    std::vector<Step> m_steps;
};

/// The feature in the state that holds the changes up to `change`.
[[nodiscard]] std::optional<StoredFeature> find_feature(Connection &connection, std::string_view layer, std::int64_t change,
                                                        std::string_view feature_id);
/// As Store::feature_versions.
[[nodiscard]] std::vector<StoredFeature> feature_versions(Connection &connection, const LayerRow &layer, std::string_view feature_id,
                                                          std::size_t limit);

} // namespace keyaki::data
