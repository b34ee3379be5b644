#include "tests/importers/osm_testdata_table.hpp"

#include "tests/support/shared_data.hpp"

#include <cstdlib>
#include <fstream>

namespace keyaki::test {

namespace {

constexpr const char *table_file = "tests/importers/osm_testdata.tsv";

constexpr std::string_view notes =
    R"(# osm-testdata's grid (https://github.com/osmcode/osm-testdata): case, object, what is expected of it, what `import osm` makes, what the base map draws, why.
# equal: topologically the expected area, with the layer and kind of the expected tags. none: no area, as expected of what is invalid.
# Written anew, but for the reasons, by: KEYAKI_RECORD_OSM_TESTDATA=1 build/dev/tests/importers/importers_osm_test "each case of osm-testdata*"
)";

} // namespace

OsmTestdataTable::OsmTestdataTable() {
    std::ifstream table(project_file(table_file));
    for (std::string line; std::getline(table, line);) {
        const std::size_t key_end = line.find('\t', line.find('\t') + 1);
        const std::size_t reason = line.rfind('\t');
        if (!line.starts_with('#') && key_end != std::string::npos && reason > key_end) {
            m_expected[line.substr(0, key_end)] = {line.substr(key_end + 1, reason - key_end - 1), line.substr(reason + 1)};
        }
    }
}

void OsmTestdataTable::see(const std::string &number, const std::string &object, const std::string &expected, const std::string &imported,
                           const std::string &drawn) {
    const std::string key = number + '\t' + object;
    const std::string as_expected = expected == "area" ? "equal" : "none";
    const auto known = m_expected.find(key);
    m_seen[key] = {expected + '\t' + imported + '\t' + drawn, known == m_expected.end() ? "" : known->second.reason,
                   imported == as_expected && drawn == as_expected};
}

std::vector<std::string> OsmTestdataTable::differences() const {
    if (std::getenv("KEYAKI_RECORD_OSM_TESTDATA") != nullptr) {
        std::ofstream out(project_file(table_file));
        out << notes;
        for (const auto &[key, line] : m_seen) {
            out << key << '\t' << line.outcome << '\t' << line.reason << '\n';
        }
        return {};
    }
    std::vector<std::string> differences;
    for (const auto &[key, line] : m_seen) {
        const auto expected = m_expected.find(key);
        if (expected == m_expected.end() || expected->second.outcome != line.outcome) {
            differences.push_back("- " + (expected == m_expected.end() ? key : key + '\t' + expected->second.outcome) + "\n+ " + key + '\t' +
                                  line.outcome);
        }
    }
    for (const auto &[key, line] : m_expected) {
        if (!m_seen.contains(key)) {
            differences.push_back("- " + key + '\t' + line.outcome);
        }
    }
    return differences;
}

std::vector<std::string> OsmTestdataTable::lines_without_reason() const {
    std::vector<std::string> lines;
    for (const auto &[key, line] : m_seen) {
        if (line.reason.empty() && !line.is_as_expected) {
            lines.push_back(key + '\t' + line.outcome);
        }
    }
    return lines;
}

} // namespace keyaki::test
