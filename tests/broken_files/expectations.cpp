#include "tests/broken_files/expectations.hpp"

#include "importers/osm_values.hpp"
#include "tests/support/shared_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace keyaki::test {

namespace {

constexpr const char *table_file = "tests/broken_files/broken_files.tsv";

constexpr std::string_view notes =
    R"(# What becomes of broken files: file, imported or refused, counts, what is said. Names that begin with made/ are made by the test;
# lines that begin with "tiles" tell what `tiles build --from` makes of a map, built or refused.
# Written anew by: KEYAKI_RECORD_BROKEN_FILES=1 build/dev/tests/broken_files/broken_files_test; look at every line of `git diff` before it is kept.
)";

bool is_recording() { return std::getenv("KEYAKI_RECORD_BROKEN_FILES") != nullptr; }

} // namespace

std::string on_one_line(const std::string &text) {
    std::string line;
    const bool is_text = importers::is_utf8(text);
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool shows = byte >= 0x20 && byte != 0x7F && (is_text || byte < 0x80);
        line += shows ? std::string(1, letter) : fmt::format("\\x{:02X}", byte);
    }
    return line;
}

Expectations::Lines Expectations::read() {
    Lines lines;
    std::ifstream table(project_file(table_file));
    for (std::string line; std::getline(table, line);) {
        const std::size_t tab = line.find('\t');
        if (!line.starts_with('#') && tab != std::string::npos) {
            lines[line.substr(0, tab)] = line.substr(tab + 1);
        }
    }
    return lines;
}

Expectations::Expectations() : m_expected(read()) {}

void Expectations::see(const std::string &file, const Outcome &outcome) {
    m_seen[on_one_line(file)] = fmt::format("{}\t{}\t{}", outcome.result, on_one_line(outcome.counts), on_one_line(outcome.said));
}

std::optional<Outcome> Expectations::expected(const std::string &file) const {
    const auto line = m_expected.find(on_one_line(file));
    if (line == m_expected.end()) {
        return std::nullopt;
    }
    const std::string &text = line->second;
    const std::size_t counts = text.find('\t') + 1;
    const std::size_t said = text.find('\t', counts) + 1;
    return Outcome{text.substr(0, counts - 1), text.substr(counts, said - counts - 1), text.substr(said)};
}

std::vector<std::string> Expectations::finish(const std::vector<std::string> &folders) {
    const auto is_ours = [&](const std::string &file) {
        return std::any_of(folders.begin(), folders.end(), [&](const auto &folder) { return file.starts_with(folder + "/"); });
    };
    std::vector<std::string> differences;
    for (const auto &[file, line] : m_seen) {
        const auto expected = m_expected.find(file);
        if (expected == m_expected.end() || expected->second != line) {
            differences.push_back(fmt::format("- {}\t{}\n+ {}\t{}", file, expected == m_expected.end() ? "" : expected->second, file, line));
        }
    }
    for (const auto &[file, line] : m_expected) {
        if (is_ours(file) && !m_seen.contains(file)) {
            differences.push_back(fmt::format("- {}\t{}", file, line));
        }
    }
    if (!is_recording()) {
        return differences;
    }
    Lines table = read();
    std::erase_if(table, [&](const auto &entry) { return is_ours(entry.first); });
    table.insert(m_seen.begin(), m_seen.end());
    std::ofstream out(project_file(table_file));
    out << notes;
    for (const auto &[file, line] : table) {
        out << file << '\t' << line << '\n';
    }
    return {};
}

} // namespace keyaki::test
