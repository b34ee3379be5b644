#include "server/filter/token_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::server::filter {

namespace {

struct GeometryWord {
    std::string_view keyword;
    geo::GeometryType type;
};
constexpr GeometryWord geometry_words[] = {{"POINT", geo::GeometryType::point},
                                           {"LINESTRING", geo::GeometryType::line_string},
                                           {"POLYGON", geo::GeometryType::polygon},
                                           {"MULTIPOINT", geo::GeometryType::multi_point},
                                           {"MULTILINESTRING", geo::GeometryType::multi_line_string},
                                           {"MULTIPOLYGON", geo::GeometryType::multi_polygon}};

const GeometryWord *geometry_word(const TokenReader &tokens) noexcept {
    const auto *found =
        std::find_if(std::begin(geometry_words), std::end(geometry_words), [&](const GeometryWord &word) { return tokens.at_keyword(word.keyword); });
    return found == std::end(geometry_words) ? nullptr : found;
}

double parse_coordinate(TokenReader &tokens) {
    std::string written = tokens.at_symbol("-") ? "-" : "";
    const std::string place = tokens.current().place();
    if (tokens.at_symbol("-") || tokens.at_symbol("+")) {
        tokens.take();
    }
    if (tokens.current().kind != TokenKind::number) {
        tokens.refuse("a coordinate");
    }
    written += tokens.take().written;
    const Literal number = parse_number(written, place);
    const auto *whole = std::get_if<std::int64_t>(&number);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(number);
}

bool at_coordinate(const TokenReader &tokens) noexcept {
    return tokens.current().kind == TokenKind::number || tokens.at_symbol("-") || tokens.at_symbol("+");
}

/// "x y" or "x y z", whose height is not kept.
geo::LonLat parse_position(TokenReader &tokens) {
    const double x = parse_coordinate(tokens);
    const double y = parse_coordinate(tokens);
    if (at_coordinate(tokens)) {
        (void)parse_coordinate(tokens);
    }
    return {x, y};
}

/// "(…, …)": calls member() for each.
template <typename Member>
void parse_list(TokenReader &tokens, std::string_view what, Member &&member) {
    tokens.expect_symbol("(", fmt::format("before {}", what));
    do {
        member();
    } while (tokens.accept_symbol(","));
    tokens.expect_symbol(")", fmt::format("or , after {}", what));
}

std::vector<geo::LonLat> parse_positions(TokenReader &tokens) {
    std::vector<geo::LonLat> positions;
    parse_list(tokens, "positions", [&] { positions.push_back(parse_position(tokens)); });
    return positions;
}

void parse_polygon(TokenReader &tokens, geo::Geometry &into) {
    parse_list(tokens, "rings", [&] {
        const std::string place = tokens.current().place();
        into.add_part(parse_positions(tokens));
        require_ring(into, into.part_count() - 1, place);
    });
    into.end_polygon();
}

void parse_line(TokenReader &tokens, geo::Geometry &into) {
    const std::string place = tokens.current().place();
    into.add_part(parse_positions(tokens));
    require_line(into, into.part_count() - 1, place);
}

/// The grammar has each point in brackets of its own; many writers leave them out.
void parse_member_point(TokenReader &tokens, geo::Geometry &into) {
    const bool in_brackets = tokens.accept_symbol("(");
    into.positions.push_back(parse_position(tokens));
    if (in_brackets) {
        tokens.expect_symbol(")", "after a point");
    }
}

geo::Geometry parse_geometry(TokenReader &tokens) {
    const GeometryWord *word = geometry_word(tokens);
    if (word == nullptr) {
        tokens.refuse("POINT, LINESTRING, POLYGON or one of their MULTI forms");
    }
    tokens.take();
    tokens.accept_keyword("Z");
    geo::Geometry geometry;
    geometry.type = word->type;
    switch (word->type) {
    case geo::GeometryType::point:
        tokens.expect_symbol("(", "after POINT");
        geometry.positions.push_back(parse_position(tokens));
        tokens.expect_symbol(")", "after a point");
        break;
    case geo::GeometryType::line_string: parse_line(tokens, geometry); break;
    case geo::GeometryType::polygon: parse_polygon(tokens, geometry); break;
    case geo::GeometryType::multi_point: parse_list(tokens, "points", [&] { parse_member_point(tokens, geometry); }); break;
    case geo::GeometryType::multi_line_string: parse_list(tokens, "lines", [&] { parse_line(tokens, geometry); }); break;
    case geo::GeometryType::multi_polygon: parse_list(tokens, "polygons", [&] { parse_polygon(tokens, geometry); }); break;
    }
    return geometry;
}

SpatialLiteral parse_box(TokenReader &tokens) {
    const std::string place = tokens.take().place();
    std::vector<double> numbers;
    parse_list(tokens, "numbers", [&] { numbers.push_back(parse_coordinate(tokens)); });
    if (numbers.size() != 4 && numbers.size() != 6) {
        refuse_at(place, fmt::format("expected 4 or 6 numbers in BBOX, found {}", numbers.size()));
    }
    const std::size_t east = numbers.size() / 2;
    SpatialLiteral box;
    box.box = std::array{numbers[0], numbers[1], numbers[east], numbers[east + 1]};
    return box;
}

} // namespace

bool at_spatial_literal(const TokenReader &tokens) noexcept {
    const bool opens = is_symbol(tokens.ahead(), "(") || is_keyword(tokens.ahead(), "Z");
    return opens && (geometry_word(tokens) != nullptr || tokens.at_keyword("GEOMETRYCOLLECTION") || tokens.at_keyword("BBOX"));
}

SpatialLiteral parse_spatial_literal(TokenReader &tokens) {
    if (tokens.at_keyword("BBOX")) {
        return parse_box(tokens);
    }
    SpatialLiteral literal;
    if (!tokens.accept_keyword("GEOMETRYCOLLECTION")) {
        literal.members.push_back(parse_geometry(tokens));
        return literal;
    }
    tokens.accept_keyword("Z");
    literal.is_collection = true;
    parse_list(tokens, "geometries", [&] { literal.members.push_back(parse_geometry(tokens)); });
    return literal;
}

void require_ring(const geo::Geometry &geometry, std::size_t ring, const std::string &place) {
    const auto positions = geometry.part(ring);
    if (positions.size() < 4 || positions.front() != positions.back()) {
        refuse_at(place, fmt::format("expected a ring of at least 4 positions whose last is its first, found {} positions{}", positions.size(),
                                     positions.size() < 4 ? "" : " with another one last"));
    }
}

void require_line(const geo::Geometry &geometry, std::size_t line, const std::string &place) {
    if (geometry.part(line).size() < 2) {
        refuse_at(place, fmt::format("expected a line of at least 2 positions, found {}", geometry.part(line).size()));
    }
}

} // namespace keyaki::server::filter
