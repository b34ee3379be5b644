#pragma once

#include "importers/column_type.hpp"
#include "importers/coordinate_text.hpp"
#include "importers/importer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyaki::importers {

/// A column of a table of text.
struct TableColumn {
    std::string name; ///< unique, never empty, without line breaks
    bool named = true;
    TypeInference inference;
};

/// What a first walk over a table of text finds out: where the header is, what the columns are called, what type they have, which ones
/// hold the positions. Holds no cells beyond the first rows.
class TableShape {
  public:
    explicit TableShape(const ImportOptions &options) : m_options(options) {}

    /// Takes every row in order. \throws geo::Error where the header passes the limits of properties
    void see_row(std::uint64_t row, const std::vector<std::string> &cells);
    /// After the last row. \throws geo::Error invalid_input where the positions cannot be found, with the columns that there are
    void finish(ImportReport &report);

    [[nodiscard]] const std::vector<TableColumn> &columns() const noexcept { return m_columns; }
    [[nodiscard]] std::uint64_t header_row() const noexcept { return m_header_row; }
    [[nodiscard]] const std::optional<CoordinateColumns> &coordinates() const noexcept { return m_coordinates; }
    [[nodiscard]] std::optional<std::size_t> wkt() const noexcept { return m_wkt; }
    [[nodiscard]] std::optional<std::size_t> key() const noexcept { return m_key; }
    /// The key is a standard table's id column, which nobody gave.
    [[nodiscard]] bool key_is_standard() const noexcept { return m_key_is_standard; }
    /// Makes that column the key, where none was given. \pre finish() was called
    void take_standard_key(const std::string &name, ImportReport &report);
    /// Whether the column becomes a property.
    [[nodiscard]] bool is_property(std::size_t column) const;

  private:
    struct HeldRow {
        std::uint64_t row;
        std::vector<std::string> cells;
    };

    void take_header(std::vector<HeldRow> held);
    void name_columns(const std::vector<std::string> &cells);
    void see_cells(const std::vector<std::string> &cells);
    [[nodiscard]] std::size_t column_named(const std::string &name, std::string_view option) const;
    void find_given_columns();
    void find_positions(ImportReport &report);
    void describe_columns(ImportReport &report) const;

    const ImportOptions &m_options;
    std::vector<HeldRow> m_held; ///< the first rows, until the header is known
    bool m_have_header = false;
    std::uint64_t m_header_row = 0;
    std::vector<TableColumn> m_columns;
    std::vector<std::string> m_first_values; ///< per column, the first that is not empty
    std::optional<CoordinateColumns> m_coordinates;
    std::optional<std::size_t> m_wkt;
    std::optional<std::size_t> m_key;
    bool m_key_is_standard = false;
};

/// Whether these are the cells of a header: they name the positions, by the options or in one of the usual ways.
[[nodiscard]] bool names_positions(const std::vector<std::string> &cells, const ImportOptions &options);

/// A name as a property carries it: line breaks removed (a space between Latin words), blanks trimmed.
[[nodiscard]] std::string property_name(std::string_view header_cell);

/// Makes a name differ from all of `taken`: "URL", "URL_2", "URL_3".
[[nodiscard]] std::string unique_name(const std::string &name, const std::vector<std::string> &taken);

/// Whether every cell is empty or blank.
[[nodiscard]] bool is_empty_row(const std::vector<std::string> &cells);

} // namespace keyaki::importers
