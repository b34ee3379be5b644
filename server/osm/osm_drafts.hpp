#pragma once

#include "data/store.hpp"
#include "importers/osm_rules.hpp"
#include "server/flows/import.hpp"
#include "server/imports/findings.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::server {

/// The drafts that an import of OpenStreetMap fills. With the first feature, or at the end of a file without any, layers of OpenStreetMap that are
/// there get theirs, so that what the file no longer has goes; new ones with their own first feature. A file that cannot be read writes nothing and
/// leaves no empty layers. What the city edited stays, or is taken by the rule (osm_import.hpp). One thread.
class OsmDrafts {
  public:
    OsmDrafts(data::Store &store, std::string author, imports::ConflictRule conflicts);
    ~OsmDrafts();
    OsmDrafts(const OsmDrafts &) = delete;
    OsmDrafts &operator=(const OsmDrafts &) = delete;

    /// Layers of these names that are the city's own work; they stay as they are.
    [[nodiscard]] const std::vector<std::string> &own() const noexcept { return m_own; }
    void put(std::string_view layer, geo::Feature &&feature);
    /// \throws geo::Error conflict by the rule `refuse`
    [[nodiscard]] std::map<std::string, data::DraftChanges> commit();
    /// What was met of the city's edits; after commit().
    [[nodiscard]] imports::Findings take_findings() { return std::move(m_findings); }

  private:
    struct Edit {
        std::optional<data::ContentHash> now; ///< nothing: removed
        std::optional<data::ContentHash> brought;
        bool is_met = false;
    };
    struct Draft {
        std::unique_ptr<data::DraftWriter> writer;
        std::unordered_map<std::string, Edit> edits; ///< by feature
    };
    using ByLayer = std::map<std::string, Draft, std::less<>>;

    void open_known();
    ByLayer::iterator open(const importers::OsmLayer &layer);
    void read_edits(const std::string &layer, Draft &draft) const;
    void settle(const std::string &layer, Draft &draft, geo::Feature &&feature);
    void settle_unmet(const std::string &layer, Draft &draft);
    /// As somebody left it; nothing where it is removed.
    [[nodiscard]] std::optional<geo::Feature> edited(const std::string &layer, const std::string &id, const Edit &edit) const;
    void settle_edit(const std::string &layer, Draft &draft, const std::string &id, const Edit &edit, std::optional<geo::Feature> &&file);
    [[nodiscard]] bool lists_and_keeps(const imports::MergeResult &result, imports::MetFeature &&met);
    void refuse_conflicts() const;

    data::Store &m_store;
    std::string m_author;
    imports::Findings m_findings;
    MadeLayers m_made; ///< before the drafts: taken away after them
    ByLayer m_drafts;
    std::vector<const importers::OsmLayer *> m_known; ///< whose drafts are still to be begun
    std::vector<std::string> m_own;
};

} // namespace keyaki::server
