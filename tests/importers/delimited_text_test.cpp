#include "importers/delimited_text.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows parse(std::string_view text, char separator = ',', std::size_t chunk = 1U << 20U) {
    Rows rows;
    DelimitedTextParser parser(separator, [&](std::uint64_t row, std::vector<std::string> &cells) {
        CHECK(row == rows.size() + 1);
        rows.push_back(cells);
        return true;
    });
    for (std::size_t i = 0; i < text.size(); i += chunk) {
        parser.feed(text.substr(i, chunk));
    }
    parser.finish();
    return rows;
}

std::string quoted(const std::string &cell) {
    std::string out = "\"";
    for (const char letter : cell) {
        out += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    }
    return out + "\"";
}

} // namespace

TEST_CASE("rows end with LF, CRLF or CR, the last one also with the file") {
    const Rows expected = {{"a", "b"}, {"1", "2"}};
    CHECK(parse("a,b\n1,2\n") == expected);
    CHECK(parse("a,b\r\n1,2") == expected);
    CHECK(parse("a,b\r1,2\r") == expected);
}

TEST_CASE("quoted cells hold separators, line ends and doubled quotes") {
    CHECK(parse("\"a,b\",\"c\r\nd\",\"e\"\"f\",\"\"\n") == Rows{{"a,b", "c\r\nd", "e\"f", ""}});
}

TEST_CASE("a quote inside an unquoted cell stands for itself") { CHECK(parse("5\" pipe,x\n") == Rows{{"5\" pipe", "x"}}); }

TEST_CASE("empty cells and empty rows stay") { CHECK(parse(",\n\na,\n") == Rows{{"", ""}, {""}, {"a", ""}}); }

TEST_CASE("how the file is cut into chunks makes no difference") {
    rc::check("any table of quoted cells comes back, whatever the chunk", [] {
        const auto cell = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\",\r\n\t 東")));
        const auto row = rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell));
        const auto rows = *rc::gen::container<Rows>(row);
        const auto chunk = *rc::gen::inRange<std::size_t>(1, 9);
        std::string text;
        for (const auto &cells : rows) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                text += (i == 0 ? "" : ",") + quoted(cells[i]);
            }
            text += "\r\n";
        }
        RC_ASSERT(parse(text, ',', chunk) == rows);
    });
}

TEST_CASE("a quote that never closes is refused with its place") {
    CHECK_THROWS_WITH(parse("a,b\n1,\"2\n3,4\n"), Catch::Contains("row 2, column 2"));
}

TEST_CASE("a single line without end is refused before it fills the memory") {
    DelimitedTextParser parser(',', [](std::uint64_t, std::vector<std::string> &) { return true; });
    const std::string chunk(1U << 20U, 'x');
    std::size_t fed = 0;
    try {
        for (; fed < 100; ++fed) {
            parser.feed(chunk);
        }
        FAIL("100 MiB in one cell were taken");
    } catch (const geo::Error &error) {
        CHECK(error.kind() == geo::ErrorKind::too_large);
        CHECK(fed <= max_cell_bytes / chunk.size());
    }
}

TEST_CASE("more columns than the limit are refused") {
    CHECK_THROWS_AS(parse(std::string(max_columns, ',') + "\n"), geo::Error);
    CHECK(parse(std::string(max_columns - 1, ',') + "\n").front().size() == max_columns);
}

TEST_CASE("the separator is the one that rows agree on") {
    CHECK(find_separator("a,b,c\n1,2,3\n") == ',');
    CHECK(find_separator("a\tb\n1,5\t2\n1\t2,7\n") == '\t');
    CHECK(find_separator("a;b\n1,5;2,5\n3,5;4,5\n") == ';');
    CHECK(find_separator("name\n") == ',');
    CHECK(find_separator("\"a;b;c\",d\n\"e;f;g\",h\n") == ',');
}
