#pragma once

#include "data/store.hpp"
#include "server/osm/osm_import.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace keyaki::test {

/// A database with OpenStreetMap in its layers.
class OsmCity {
  public:
    OsmCity();

    [[nodiscard]] data::Store &store() { return *m_store; }
    [[nodiscard]] const std::filesystem::path &folder() const { return m_folder.path(); }

    server::OsmImportOutcome import(const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box = {},
                                    server::imports::ConflictRule conflicts = server::imports::ConflictRule::draft);
    /// One file in this folder, of these lines of OPL.
    server::OsmImportOutcome import_opl(const std::string &lines);
    server::OsmChangesOutcome import_changes(const std::vector<std::filesystem::path> &files,
                                             server::imports::ConflictRule conflicts = server::imports::ConflictRule::draft);
    /// The elements between <osmChange> and its end.
    server::OsmChangesOutcome import_osc(const std::string &elements, server::imports::ConflictRule conflicts = server::imports::ConflictRule::draft);
    /// Every draft that changes something.
    void publish();
    /// A feature's name as a member of the staff edits it; nothing: the feature is removed.
    void edit(const std::string &layer, const std::string &id, const std::optional<std::string> &name,
              data::LayerEdit::Target target = data::LayerEdit::Target::published);

    /// A feature's name as published; "-" where there is no such feature.
    [[nodiscard]] std::string name_of(const std::string &layer, const std::string &id);
    /// The published features as text, without revisions: to compare two databases.
    [[nodiscard]] std::map<std::string, std::string> content();
    /// The kept extract in a new file.
    [[nodiscard]] std::filesystem::path extract();

  private:
    TemporaryFolder m_folder;
    std::unique_ptr<data::Store> m_store;
    int m_files = 0;
};

/// A change file of these elements.
[[nodiscard]] std::string osm_change(const std::string &elements);

} // namespace keyaki::test
