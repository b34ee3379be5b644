#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// Cuts UTF-8 text into rows of cells as RFC 4180 says, chunk by chunk, with memory bounded by max_row_bytes.
/// Taken as real files have it: CRLF, LF or CR ends a row; a quoted cell may hold separators, line ends and doubled quotes; a quote inside an
/// unquoted cell stands for itself; text after a closing quote belongs to the cell.
class DelimitedTextParser {
  public:
    /// `row` is 1-based and counts rows as a spreadsheet shows them; the cells are the parser's and valid during the call only.
    /// Returns false to stop the parser.
    using RowSink = std::function<bool(std::uint64_t row, std::vector<std::string> &cells)>;

    DelimitedTextParser(char separator, RowSink sink);

    /// \throws geo::Error too_large naming the row, where a row, a cell or the number of cells passes its limit (limits.hpp)
    void feed(std::string_view text);
    /// The end of the file. \throws geo::Error invalid_input for a quote that was never closed
    void finish();
    [[nodiscard]] bool stopped() const noexcept { return m_stopped; }

  private:
    enum class State { cell_start, in_cell, in_quotes, after_quote };

    void take(char letter);
    void end_cell();
    void end_row();
    void append(std::string_view text);
    void check_row_size() const;
    [[nodiscard]] std::size_t plain_run(std::string_view text) const;

    char m_separator;
    RowSink m_sink;
    State m_state = State::cell_start;
    std::vector<std::string> m_cells;
    std::size_t m_cell_count = 0; ///< of m_cells in use: the strings keep their memory from row to row
    std::size_t m_row_bytes = 0;
    std::uint64_t m_row = 1;
    bool m_after_return = false;
    bool m_row_started = false;
    bool m_stopped = false;
};

/// Which of comma, tab, semicolon and vertical bar separates the cells of this text: the one that most rows at its start have in equal number.
[[nodiscard]] char find_separator(std::string_view start_of_text);

} // namespace keyaki::importers
