#pragma once

#include "data/store.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace keyaki::test {

enum class FileKind { city, osm };

/// A line of the table: what became of one file.
struct Outcome {
    std::string result; ///< "imported", "built" or "refused"
    std::string counts; ///< "3 read, 2 accepted, 1 refused" …
    std::string said;   ///< the sentence of the refusal, or what the report says first of rows refused and of warnings
};

/// One database that all files go into, as `keyaki import` does it: through the flows, with a child process for each file.
class BrokenFileCity {
  public:
    BrokenFileCity();

    /// Imports the file. A file that is refused must leave what the database holds as it was: that is checked here, and said in `said` where not.
    /// What is imported is discarded again.
    [[nodiscard]] Outcome import(FileKind kind, const std::filesystem::path &file, const std::string &layer_in_file = {});

    /// What everybody could ever read: layers, revisions, features, drafts, the audit log.
    [[nodiscard]] std::string content() const;
    /// Sentences of the database's own check.
    [[nodiscard]] std::vector<std::string> check() { return m_store->check(); }
    [[nodiscard]] const TemporaryFolder &folder() const noexcept { return m_folder; }

  private:
    Outcome import_city_file(const std::filesystem::path &file, const std::string &layer_in_file);
    Outcome import_osm_file(const std::filesystem::path &file);
    void discard_drafts();

    TemporaryFolder m_folder;
    std::unique_ptr<data::Store> m_store;
    std::string m_content;
};

/// Makes the base map's tiles of an extract, as `keyaki tiles build --from` does it, in a folder of its own. A file that is refused must leave
/// nothing there, one that is built an archive without any violation: that is checked here, and said in `said` where not.
[[nodiscard]] Outcome build_tiles(const std::filesystem::path &file);

} // namespace keyaki::test
