#pragma once

#include "importers/importer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// The rows of a table of text, wherever they come from. Walked over several times, always with the same rows.
class TableRows {
  public:
    TableRows() = default;
    TableRows(const TableRows &) = delete;
    TableRows &operator=(const TableRows &) = delete;
    virtual ~TableRows() = default;

    /// `row` is 1-based and counts rows as a spreadsheet shows them. Returns false to end the walk.
    using Visitor = std::function<bool(std::uint64_t row, std::vector<std::string> &cells)>;
    /// Calls visit for every row and, now and then, progress(done) with done in `unit`.
    virtual void walk(const Visitor &visit, const std::function<void(std::uint64_t done)> &progress) = 0;
    [[nodiscard]] virtual std::uint64_t total_or_0() const = 0;
    [[nodiscard]] virtual std::string_view unit() const = 0;
    /// Bytes of the last walk that were not of the text's encoding and became U+FFFD.
    [[nodiscard]] virtual std::uint64_t undecodable() const = 0;
};

/// Turns a table with its positions in two columns or in a column of WKT into features, in two walks over its rows: the header with the columns'
/// types, then the features. Refuses, with row, column, value and reason, rows whose position is missing, not a number, swapped, out of range or
/// without its decimal point.
/// \param report begun by the caller with the driver and the encoding
/// \throws geo::Error as read_vector_file
[[nodiscard]] ImportReport read_table(TableRows &rows, ImportReport &&report, const ImportOptions &options, const FeatureSink &sink,
                                      const Progress &progress);

} // namespace keyaki::importers
