#pragma once

#include "data/feature_row.hpp"
#include "data/store.hpp"
#include "importers/importer.hpp"
#include "server/flows/given_ids.hpp"
#include "server/flows/import.hpp"
#include "server/imports/doubts.hpp"
#include "server/imports/feature_matching.hpp"
#include "server/imports/lost_rows.hpp"
#include "server/imports/row_rules.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace keyaki::server {

/// Takes the rows of one file into the draft of one layer: each finds its feature, meets what the draft holds of it, and is looked at for what is
/// doubtful. Destroyed without conclude(): nothing happened. One thread.
class LayerImporter {
  public:
    /// Reads what is published, and what of the draft was edited. All arguments outlive it.
    LayerImporter(data::Store &store, const LayerImport &import, data::LayerSpec spec);
    LayerImporter(const LayerImporter &) = delete;
    LayerImporter &operator=(const LayerImporter &) = delete;

    void take(geo::Feature &&feature, std::uint64_t row);
    /// What the layer asks of its features, for the reader.
    [[nodiscard]] importers::ImportOptions reading_options() const;
    /// A row that the reader refused.
    void lose(const importers::LostRow &row);
    /// After the last row: the rows that waited, the features of refused rows, the edits that the file does not name, and the draft's commit (but in
    /// a dry run).
    [[nodiscard]] ImportOutcome conclude(importers::ImportReport &&report);

  private:
    using Content = data::ContentHash;
    /// A feature of the draft as somebody left it.
    struct Edit {
        std::optional<geo::Feature> now; ///< nothing: removed
        bool is_met = false;
    };
    struct WaitingRow {
        geo::Feature feature;
        bool has_own_id = false;
    };

    void read_published();
    void read_edits();
    [[nodiscard]] bool replaces() const noexcept { return m_import.mode == data::Store::DraftMode::replace; }
    [[nodiscard]] imports::MatchedFeature matched_form(const geo::Feature &feature, std::uint64_t row) const;
    void wait(geo::Feature &&feature, imports::MatchedFeature &&form, bool has_own_id);
    void take_waiting();
    void take_match(WaitingRow &&waiting, const imports::MatchedFeature &form, const imports::Match &match);
    void count_match(imports::MatchedBy by);
    void note_move(std::size_t known, const imports::MatchedFeature &form);
    void settle_new(geo::Feature &&feature, std::uint64_t row, bool has_own_id);
    void settle(geo::Feature &&feature, std::uint64_t row);
    void settle_lost();
    void warn_of_untold_rows(std::uint64_t removed);
    /// False where nothing of that id is published.
    bool keep_published(const std::string &id, std::uint64_t row);
    void settle_unmet_edits();
    /// What the rule says of a conflict; true: the draft's state stays.
    [[nodiscard]] bool draft_wins(const imports::MetFeature &met);
    [[nodiscard]] std::optional<Content> published_content(const std::string &id) const;
    void put(geo::Feature &&feature);
    void count(const geo::Feature &feature);
    void count_rest();
    void list_removed();
    void refuse_empty(const importers::ImportReport &report);
    void refuse_too_many_lost(const importers::ImportReport &report);
    void refuse_conflicts(const importers::ImportReport &report);

    data::Store &m_store;
    const LayerImport &m_import;
    imports::RowRules m_rules;
    std::optional<data::Layer> m_layer;                 ///< as it was at the beginning; nothing: not there yet
    std::unique_ptr<imports::FeatureMatcher> m_matcher; ///< none where the layer is not compared
    std::unordered_map<std::string, Edit> m_edits;
    std::map<std::string, data::ChangeKind> m_other_changes; ///< of the draft, that a merging dry run has not met
    MadeLayers m_made;
    /// Into a layer that is not there yet begun with the first feature, so that a file that is refused leaves no empty layer behind.
    std::unique_ptr<data::DraftWriter> m_writer;
    GivenIds m_ids;
    std::vector<WaitingRow> m_waiting;
    std::vector<imports::MatchedFeature> m_waiting_forms;
    std::size_t m_waiting_bytes = 0;
    std::vector<bool> m_is_put; ///< by known feature: stays, as the file or the draft has it
    imports::LostRows m_lost;
    std::vector<std::uint64_t> m_untold_rows;                  ///< refused ones of which nothing tells the feature
    std::unordered_map<std::string, std::uint64_t> m_lost_ids; ///< where no feature is known one by one: id → row, until a good row has it
    std::uint64_t m_taken = 0;
    std::uint64_t m_last_refused_row = 0; ///< by us
    importers::ImportReport m_extra;      ///< refusals, suspects and warnings of ours
    imports::Doubts m_doubts;             ///< what it finds is put there
    ImportOutcome m_outcome;
};

} // namespace keyaki::server
