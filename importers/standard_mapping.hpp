#pragma once

#include "importers/importer.hpp"
#include "importers/standard_tables.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::importers {

/// The columns of one file as those of a standard table: which property each becomes, and its value as the table means it.
class StandardMapping {
  public:
    /// Recognises the table by its telling columns, or takes the one that `preset` names; nothing where there is none, or `preset` is "none".
    /// \throws geo::Error invalid_input for a preset that does not exist, or whose columns are not there
    [[nodiscard]] static std::optional<StandardMapping> find(const std::vector<std::string> &names, const std::optional<std::string> &preset);

    /// The column whose value names the row for good, as the file calls it; nothing where the file has none.
    [[nodiscard]] const std::optional<std::string> &id_name() const noexcept { return m_id_name; }
    /// Notes in the report which table it is and what its columns became.
    void describe(ImportReport &report) const;
    [[nodiscard]] bool maps(std::string_view name) const { return m_columns.contains(name); }
    /// The same properties under the table's names and with its types. A cell that says something else becomes null and is listed as doubtful; where
    /// a value does not say all that the cell does, the cell stays as well, as "capacity_as_written".
    [[nodiscard]] geo::Properties apply(const geo::Properties &properties, std::uint64_t row, ImportReport &report) const;

  private:
    explicit StandardMapping(const StandardTable &table) : m_table(&table) {}
    void take_columns(const std::vector<std::string> &names);
    [[nodiscard]] std::vector<std::string_view> telling_names() const;

    const StandardTable *m_table;
    std::map<std::string, const StandardColumn *, std::less<>> m_columns; ///< by the file's name
    std::map<std::string, std::string, std::less<>> m_moved_names;        ///< others that are called as a property of the table is
    std::optional<std::string> m_id_name;
    std::string m_evidence;
};

/// What a cell says of yes and no, however people write it (1, ○, 有, あり, TRUE …; 0, ×, 無, －, FALSE …); nothing where it says neither.
/// An empty cell is nothing.
[[nodiscard]] std::optional<bool> parse_yes_no(std::string_view text);

/// The value of a cell as that kind of column means it.
struct StandardValue {
    geo::Value value;
    bool understood = true; ///< false where the cell says something that such a column cannot hold; value is then null
    bool is_whole = true;   ///< false where the cell says more than the value: "520人（2㎡/人）"
};
[[nodiscard]] StandardValue standard_value(const geo::Value &cell, StandardKind kind);

} // namespace keyaki::importers
