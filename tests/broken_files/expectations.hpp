#pragma once

#include "tests/broken_files/outcome.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::test {

/// The table broken_files.tsv: one line a file, sorted, `file<TAB>result<TAB>counts<TAB>said`; lines that begin with # are notes.
class Expectations {
  public:
    Expectations();

    void see(const std::string &file, const Outcome &outcome);
    /// The table's line of that file.
    [[nodiscard]] std::optional<Outcome> expected(const std::string &file) const;
    /// What differs from the table, one line a difference; empty when nothing does. Lines of these folders that no file was seen for count as well.
    /// With KEYAKI_RECORD_BROKEN_FILES set in the environment the folders' part of the table is written anew instead: look at `git diff` then.
    [[nodiscard]] std::vector<std::string> finish(const std::vector<std::string> &folders);

  private:
    using Lines = std::map<std::string, std::string>; ///< by file, what follows it
    [[nodiscard]] static Lines read();

    Lines m_expected;
    Lines m_seen;
};

/// Without control characters, so that a name or a sentence stays on its line.
[[nodiscard]] std::string on_one_line(const std::string &text);

} // namespace keyaki::test
