#include "importers/delimited_text.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace keyaki::importers {

DelimitedTextParser::DelimitedTextParser(char separator, RowSink sink) : m_separator(separator), m_sink(std::move(sink)) {
    m_cells.emplace_back();
    m_cell_count = 1;
}

void DelimitedTextParser::feed(std::string_view text) {
    while (!text.empty() && !m_stopped) {
        const std::size_t run = plain_run(text);
        if (run > 0) {
            append(text.substr(0, run));
            text.remove_prefix(run);
        } else {
            take(text.front());
            text.remove_prefix(1);
        }
    }
}

/// How many bytes at the start of `text` are nothing but content in the present state; fast path, at most one chunk at a time.
std::size_t DelimitedTextParser::plain_run(std::string_view text) const {
    if (m_after_return || m_state == State::after_quote || m_state == State::cell_start) {
        return 0;
    }
    std::size_t run = 0;
    if (m_state == State::in_quotes) {
        run = std::min(text.find('"'), text.size());
    } else {
        while (run < text.size() && text[run] != m_separator && text[run] != '\n' && text[run] != '\r') {
            ++run;
        }
    }
    return std::min(run, read_chunk_bytes);
}

void DelimitedTextParser::take(char letter) {
    if (std::exchange(m_after_return, false) && letter == '\n') {
        return;
    }
    if (m_state == State::in_quotes) { // plain_run left nothing but a quote
        m_state = State::after_quote;
        return;
    }
    if (letter == '"' && m_state == State::after_quote) { // a doubled quote stands for one
        append("\"");
        m_state = State::in_quotes;
    } else if (letter == '"' && m_state == State::cell_start) {
        m_state = State::in_quotes;
        m_row_started = true;
    } else if (letter == m_separator) {
        m_row_started = true;
        end_cell();
    } else if (letter == '\n' || letter == '\r') {
        m_after_return = letter == '\r';
        end_row();
    } else {
        append(std::string_view(&letter, 1));
        m_state = State::in_cell;
    }
}

void DelimitedTextParser::append(std::string_view text) {
    std::string &cell = m_cells[m_cell_count - 1];
    m_row_started = true;
    m_row_bytes += text.size();
    check_row_size();
    cell.append(text);
}

void DelimitedTextParser::check_row_size() const {
    const std::size_t cell_bytes = m_cells[m_cell_count - 1].size();
    if (cell_bytes > max_cell_bytes || m_row_bytes > max_row_bytes) {
        const std::string_view hint = m_state == State::in_quotes ? " (a quote was opened and not closed)" : "";
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected a row of at most {} bytes and cells of at most {}, found more in row {}, column {}{}", max_row_bytes,
                                     max_cell_bytes, m_row, m_cell_count, hint));
    }
}

void DelimitedTextParser::end_cell() {
    m_state = State::cell_start;
    if (m_cell_count >= max_columns) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected at most {} columns, found more in row {}", max_columns, m_row));
    }
    ++m_cell_count;
    if (m_cells.size() < m_cell_count) {
        m_cells.emplace_back();
    }
}

void DelimitedTextParser::end_row() {
    m_cells.resize(m_cell_count);
    m_stopped = !m_sink(m_row, m_cells);
    for (std::string &cell : m_cells) {
        cell.clear();
    }
    if (m_cells.empty()) {
        m_cells.emplace_back();
    }
    m_cell_count = 1;
    m_row_bytes = 0;
    m_row_started = false;
    m_state = State::cell_start;
    ++m_row;
}

void DelimitedTextParser::finish() {
    if (m_stopped) {
        return;
    }
    if (m_state == State::in_quotes) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected the quote opened in row {}, column {} to be closed, found the end of the file", m_row, m_cell_count));
    }
    if (m_row_started) {
        end_row();
    }
}

namespace {

/// Separators per row outside quotes, for the first rows of a text.
std::vector<std::size_t> count_per_row(std::string_view text, char separator) {
    std::vector<std::size_t> counts;
    std::size_t count = 0;
    bool quoted = false;
    for (const char letter : text) {
        quoted = letter == '"' ? !quoted : quoted;
        if (!quoted && letter == separator) {
            ++count;
        } else if (!quoted && letter == '\n') {
            counts.push_back(std::exchange(count, 0));
        }
    }
    if (counts.empty() || count > 0) {
        counts.push_back(count);
    }
    return counts;
}

} // namespace

char find_separator(std::string_view start_of_text) {
    char best = ',';
    std::size_t best_score = 0;
    for (const char separator : {',', '\t', ';', '|'}) {
        std::map<std::size_t, std::size_t> rows_by_count;
        for (const std::size_t count : count_per_row(start_of_text, separator)) {
            rows_by_count[count] += count > 0 ? 1 : 0;
        }
        for (const auto &[count, rows] : rows_by_count) {
            // Rows that agree weigh most; among equals the separator that makes more columns.
            const std::size_t score = rows * 1000 + std::min<std::size_t>(count, 999);
            if (score > best_score) {
                best_score = score;
                best = separator;
            }
        }
    }
    return best;
}

} // namespace keyaki::importers
