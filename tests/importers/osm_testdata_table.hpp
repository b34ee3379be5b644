#pragma once

#include <map>
#include <string>
#include <vector>

namespace keyaki::test {

/// The table osm_testdata.tsv: one line for each area of each case, `case<TAB>object<TAB>expected<TAB>imported<TAB>drawn<TAB>reason`, sorted. Reasons
/// are written by hand.
class OsmTestdataTable {
  public:
    OsmTestdataTable();

    void see(const std::string &number, const std::string &object, const std::string &expected, const std::string &imported,
             const std::string &drawn);
    /// What differs from the table, one line a difference. With KEYAKI_RECORD_OSM_TESTDATA set in the environment the table is written anew instead
    /// and keeps its reasons: look at `git diff` then.
    [[nodiscard]] std::vector<std::string> differences() const;
    /// Lines that are not as the test data expects and do not say why.
    [[nodiscard]] std::vector<std::string> lines_without_reason() const;

  private:
    struct Line {
        std::string outcome; ///< expected, imported, drawn
        std::string reason;
        bool is_as_expected = false;
    };
    std::map<std::string, Line> m_expected; ///< by case and object
    std::map<std::string, Line> m_seen;
};

} // namespace keyaki::test
