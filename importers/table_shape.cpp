#include "importers/table_shape.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace keyaki::importers {

namespace {

constexpr std::array wkt_names = {"wkt", "geom", "geometry", "thegeom", "geomwkt", "wktgeom", "wktgeometry", "ジオメトリ"};

bool is_wkt_name(const std::string &name) { return std::find(wkt_names.begin(), wkt_names.end(), comparable_name(name)) != wkt_names.end(); }

bool looks_like_wkt(std::string_view text) {
    for (const std::string_view word :
         {"POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION", "CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "SRID="}) {
        if (std::equal(word.begin(), word.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(word.size(), text.size())),
                       [](char wanted, char letter) { return wanted == (letter & ~0x20) || wanted == letter; })) {
            return true;
        }
    }
    return false;
}

} // namespace

bool names_positions(const std::vector<std::string> &cells, const ImportOptions &options) {
    const auto has = [&](const std::optional<std::string> &name) {
        return name && std::any_of(cells.begin(), cells.end(), [&](const auto &cell) { return comparable_name(cell) == comparable_name(*name); });
    };
    return (has(options.lon_column) && has(options.lat_column)) || find_coordinate_columns(cells) ||
           std::any_of(cells.begin(), cells.end(), is_wkt_name);
}

std::string property_name(std::string_view header_cell) {
    std::string out;
    bool line_break = false;
    for (const char letter : header_cell) {
        if (letter == '\r' || letter == '\n') {
            line_break = true;
            continue;
        }
        const bool between_latin = !out.empty() && static_cast<unsigned char>(out.back()) < 0x80 && static_cast<unsigned char>(letter) < 0x80;
        if (std::exchange(line_break, false) && between_latin) {
            out += ' ';
        }
        out += letter;
    }
    const std::size_t begin = out.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : out.substr(begin, out.find_last_not_of(" \t") - begin + 1);
}

std::string unique_name(const std::string &name, const std::vector<std::string> &taken) {
    std::string candidate = name;
    for (std::size_t number = 2; std::find(taken.begin(), taken.end(), candidate) != taken.end(); ++number) {
        candidate = fmt::format("{}_{}", name, number);
    }
    return candidate;
}

bool is_empty_row(const std::vector<std::string> &cells) {
    return std::all_of(cells.begin(), cells.end(), [](const std::string &cell) { return cell.find_first_not_of(" \t\r\n") == std::string::npos; });
}

void TableShape::see_row(std::uint64_t row, const std::vector<std::string> &cells) {
    if (is_empty_row(cells)) {
        return;
    }
    if (m_have_header) {
        see_cells(cells);
        return;
    }
    m_held.push_back({row, cells});
    if (names_positions(cells, m_options) || m_held.size() >= header_search_rows) {
        take_header(std::exchange(m_held, {}));
    }
}

void TableShape::take_header(std::vector<HeldRow> held) {
    // Either the last row names positions, or none does and the first one is all there is to go by.
    std::size_t header = held.size() - 1;
    if (!names_positions(held[header].cells, m_options)) {
        header = 0;
    }
    m_have_header = true;
    m_header_row = held[header].row;
    name_columns(held[header].cells);
    for (std::size_t i = header + 1; i < held.size(); ++i) {
        see_cells(held[i].cells);
    }
}

void TableShape::name_columns(const std::vector<std::string> &cells) {
    std::vector<std::string> taken;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::string name = property_name(cells[i]);
        const bool named = !name.empty();
        name = unique_name(named ? name : fmt::format("column_{}", i + 1), taken);
        if (name.size() > geo::max_property_name_bytes) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected column names of at most {} bytes, found {} in column {} of row {}: \"{}\"",
                                         geo::max_property_name_bytes, name.size(), i + 1, m_header_row, quoted_value(name)));
        }
        taken.push_back(name);
        m_columns.push_back({std::move(name), named, {}});
    }
    m_first_values.resize(cells.size());
}

void TableShape::see_cells(const std::vector<std::string> &cells) {
    for (std::size_t i = 0; i < cells.size() && i < m_columns.size(); ++i) {
        m_columns[i].inference.see(cells[i]);
        if (m_first_values[i].empty()) {
            m_first_values[i] = quoted_value(cells[i]);
        }
    }
}

bool TableShape::is_property(std::size_t column) const {
    const bool position = (m_coordinates && (m_coordinates->lon == column || m_coordinates->lat == column)) || m_wkt == column;
    const bool nothing = !m_columns[column].named && m_columns[column].inference.type() == ColumnType::empty;
    return !position && !nothing;
}

std::size_t TableShape::column_named(const std::string &name, std::string_view option) const {
    const auto find = [&](const auto &same) { return std::find_if(m_columns.begin(), m_columns.end(), same); };
    auto found = find([&](const TableColumn &column) { return column.name == name; });
    if (found == m_columns.end()) {
        found = find([&](const TableColumn &column) { return comparable_name(column.name) == comparable_name(name); });
    }
    if (found != m_columns.end()) {
        return static_cast<std::size_t>(found - m_columns.begin());
    }
    std::string names;
    for (const TableColumn &column : m_columns) {
        names += (names.empty() ? "" : ", ") + column.name;
    }
    throw geo::Error(geo::ErrorKind::invalid_input,
                     fmt::format("expected a column \"{}\" as {} says, found the columns {}", name, option, quoted_value(names)));
}

void TableShape::find_given_columns() {
    if (m_options.lon_column.has_value() != m_options.lat_column.has_value()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected --lon-column and --lat-column together, found only one of them");
    }
    if (m_options.lon_column) {
        m_coordinates = CoordinateColumns{column_named(*m_options.lon_column, "--lon-column"), column_named(*m_options.lat_column, "--lat-column"),
                                          "given by --lon-column and --lat-column", false, false};
    }
    if (m_options.key_column) {
        m_key = column_named(*m_options.key_column, "--key");
    }
}

void TableShape::find_positions(ImportReport &report) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        names.push_back(m_columns[i].name);
        if (!m_wkt && is_wkt_name(m_columns[i].name) && looks_like_wkt(m_first_values[i])) {
            m_wkt = i;
        }
    }
    if (m_wkt) {
        return;
    }
    m_coordinates = find_coordinate_columns(names);
    if (!m_coordinates) {
        std::string all;
        for (const std::string &name : names) {
            all += (all.empty() ? "" : ", ") + name;
        }
        std::string sentence =
            fmt::format("expected columns of longitude and latitude (such as 経度 and 緯度, lon and lat) or of WKT, found the columns "
                        "{} in row {}: give --lon-column and --lat-column",
                        quoted_value(all), m_header_row);
        for (const std::string &warning : report.warnings) {
            sentence += "; " + warning;
        }
        throw geo::Error(geo::ErrorKind::invalid_input, sentence);
    }
}

void TableShape::finish(ImportReport &report) {
    if (!m_have_header) {
        if (m_held.empty()) {
            throw geo::Error(geo::ErrorKind::invalid_input, "expected a table with a header row, found a file without any text");
        }
        take_header(std::exchange(m_held, {}));
    }
    if (m_header_row > 1) {
        report.warn(fmt::format("the header was found in row {}; the rows above it were left out", m_header_row));
    }
    find_given_columns();
    if (!m_coordinates) {
        find_positions(report);
    }
    describe_columns(report);
    const auto properties = std::count_if(report.columns.begin(), report.columns.end(), [](const auto &column) { return column.role == "property"; });
    if (static_cast<std::size_t>(properties) > geo::max_properties_per_feature) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected at most {} columns of properties, found {}", geo::max_properties_per_feature, properties));
    }
}

void TableShape::take_standard_key(const std::string &name, ImportReport &report) {
    if (m_key) {
        return;
    }
    m_key = column_named(name, "the standard table");
    m_key_is_standard = true;
    for (ColumnFound &column : report.columns) {
        if (column.name == m_columns[*m_key].name && column.role == "property") {
            column.role = "key";
            column.how = "the standard table's id";
        }
    }
}

void TableShape::describe_columns(ImportReport &report) const {
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        const TableColumn &column = m_columns[i];
        const std::string type(column_type_name(column.inference.type()));
        if (m_coordinates && m_coordinates->lon == i) {
            report.columns.push_back({column.name, "longitude", "number", m_coordinates->how});
        } else if (m_coordinates && m_coordinates->lat == i) {
            report.columns.push_back({column.name, "latitude", "number", m_coordinates->how});
        } else if (m_wkt == i) {
            report.columns.push_back({column.name, "geometry", "text", "named and written as WKT"});
        } else if (is_property(i)) {
            const bool key = m_key == i;
            report.columns.push_back({column.name, key ? "key" : "property", type,
                                      key            ? "given by --key"
                                      : column.named ? ""
                                                     : "has no name in the header"});
        }
        if (column.inference.looks_rounded() > 0) {
            report.warn(fmt::format("column {} has {} values such as {}: a spreadsheet has rounded what seems to be a long code", column.name,
                                    column.inference.looks_rounded(), column.inference.rounded_example()));
        }
    }
}

} // namespace keyaki::importers
