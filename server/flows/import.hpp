#pragma once

#include "data/store.hpp"
#include "geo/error.hpp"
#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"
#include "server/imports/findings.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace keyaki::server {

struct LayerImport {
    data::LayerSpec layer; ///< made when there is none of that id; else only the id matters
    std::filesystem::path file;
    importers::ImportOptions options;
    data::Store::DraftMode mode = data::Store::DraftMode::replace;
    imports::MatchRule match = imports::MatchRule::automatic;
    double match_radius_m = imports::default_match_radius_m;
    imports::ConflictRule conflicts = imports::ConflictRule::draft;
    bool is_dry_run = false; ///< everything but the draft
    std::string author;
};

/// Makes the layer where there is none of that id (titles default to the id).
/// \return true where it was made
bool ensure_layer(data::Store &store, const data::LayerSpec &wanted, const std::string &author);

/// The layers that an import made. Destroyed without keep(), after the import's writers: they are taken away again. What is not possible (somebody
/// else imports into one already) leaves that layer there, empty.
class MadeLayers {
  public:
    MadeLayers(data::Store &store, std::string author) : m_store(store), m_author(std::move(author)) {}
    MadeLayers(const MadeLayers &) = delete;
    MadeLayers &operator=(const MadeLayers &) = delete;
    ~MadeLayers();
    void ensure(const data::LayerSpec &wanted);
    void keep() noexcept { m_made.clear(); }

  private:
    data::Store &m_store;
    std::string m_author;
    std::vector<std::string> m_made;
};

struct ImportOutcome {
    importers::ImportReport report;
    data::DraftChanges changes; ///< what publishing the draft would do
    bool has_changes = true;    ///< false: a dry run into a layer too large to be compared, nobody counted
    imports::Findings findings;
};

/// None of a file's rows could be taken, or edits of the draft stand against it: nothing was changed, and this is what was found.
class ImportRefused : public geo::Error {
  public:
    ImportRefused(geo::ErrorKind kind, const std::string &sentence, ImportOutcome outcome)
        : geo::Error(kind, sentence), m_outcome(std::make_shared<const ImportOutcome>(std::move(outcome))) {}
    [[nodiscard]] const ImportOutcome &outcome() const noexcept { return *m_outcome; }

  private:
    std::shared_ptr<const ImportOutcome> m_outcome;
};

/// Reads a file (in a process of its own) into the layer's draft. Nothing of it shows before the whole file is read; whatever is thrown on the
/// way, also by `progress`, leaves the draft as it was; `stop` ends the reading. Rows find their features as `match` says (imports/feature_matching);
/// features without an id get one that is made from their content, so that the same row has the same id in the next import. Edits of the draft that
/// the file does not touch stay (imports/three_way).
/// \throws geo::Error as read_in_child; ImportRefused
[[nodiscard]] ImportOutcome import_layer(data::Store &store, const LayerImport &import, const importers::Progress &progress,
                                         const std::stop_token &stop = {});

/// What the file alone holds, without a database.
[[nodiscard]] importers::ImportReport dry_run(const std::filesystem::path &file, const importers::ImportOptions &options,
                                              const importers::Progress &progress);

/// A folder's city.json: the city's layers with titles, their files, and its rallies. Imports and publishes all of it; layers whose content is
/// as published stay at their revision.
struct CityOutcome {
    std::string name;
    struct ImportedLayer {
        std::string id;
        std::uint64_t features = 0;
        std::uint64_t revision = 0;
        bool published = false; ///< false: nothing had changed
    };
    std::vector<ImportedLayer> layers;
    std::vector<std::string> rallies;
};
/// Conflict, with nothing of that layer published, when more than a tenth of a layer would go and `confirm_removals` is false.
[[nodiscard]] CityOutcome import_city(data::Store &store, const std::filesystem::path &manifest, const std::string &author, bool confirm_removals,
                                      const importers::Progress &progress);

} // namespace keyaki::server
