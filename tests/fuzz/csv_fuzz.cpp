// Delimited text: the same rows in pieces as in one, and each row's cells are bytes of the file.
#include "geo/error.hpp"
#include "importers/delimited_text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <functional>
#include <optional>

namespace {

using namespace keyaki;
using Rows = std::vector<std::vector<std::string>>;

/// The rows, or nothing where the text is refused.
std::optional<Rows> rows_of(std::string_view text, char separator, const std::function<void(importers::DelimitedTextParser &)> &feed) {
    Rows rows;
    std::size_t bytes = 0;
    importers::DelimitedTextParser parser(separator, [&](std::uint64_t row, std::vector<std::string> &cells) {
        KEYAKI_FUZZ_REQUIRE(row > rows.size()); // empty rows are counted, not given
        for (const std::string &cell : cells) {
            bytes += cell.size();
        }
        rows.push_back(cells);
        return true;
    });
    try {
        feed(parser);
        parser.finish();
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(error.kind() == geo::ErrorKind::invalid_input || error.kind() == geo::ErrorKind::too_large);
        return std::nullopt;
    }
    KEYAKI_FUZZ_REQUIRE(bytes <= text.size());
    return rows;
}

/// Rows written as RFC 4180 says, every cell in quotes.
std::string written(const Rows &rows, char separator) {
    std::string text;
    for (const auto &row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += i > 0 ? std::string(1, separator) : std::string();
            text += '"';
            for (const char letter : row[i]) {
                text += letter == '"' ? "\"\"" : std::string(1, letter);
            }
            text += '"';
        }
        text += "\r\n";
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t seed = input.number();
    const std::string_view text = input.rest();
    const char separator = importers::find_separator(text);
    const auto whole = rows_of(text, separator, [&](auto &parser) { parser.feed(text); });
    const auto in_pieces =
        rows_of(text, separator, [&](auto &parser) { keyaki::test::in_pieces(text, seed, [&](std::string_view piece) { parser.feed(piece); }); });
    KEYAKI_FUZZ_REQUIRE(whole == in_pieces);
    if (whole) {
        const std::string quoted = written(*whole, separator);
        KEYAKI_FUZZ_REQUIRE(rows_of(quoted, separator, [&](auto &parser) { parser.feed(quoted); }) == whole);
    }
    return 0;
}
