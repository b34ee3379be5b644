#include "server/filter/filter_query.hpp"

#include "geo/error.hpp"
#include "server/filter/json_parser.hpp"
#include "server/filter/text_parser.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <cmath>

namespace keyaki::server::filter {

namespace {

[[noreturn]] void refuse(std::string_view parameter, std::string_view expected, std::string_view found) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: expected {}, found {}", parameter, expected, in_quotes(found)));
}

std::optional<Literal> number_in(std::string_view text) {
    const char *end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto [stop, failure] = std::from_chars(text.data(), end, whole); failure == std::errc() && stop == end) {
        return whole;
    }
    double real = 0;
    const auto [stop, failure] = std::from_chars(text.data(), end, real);
    return failure == std::errc() && stop == end && std::isfinite(real) ? std::optional<Literal>(real) : std::nullopt;
}

std::optional<Literal> truth_in(std::string_view text) {
    return text == "true" || text == "false" ? std::optional<Literal>(text == "true") : std::nullopt;
}

std::optional<Literal> instant_in(std::string_view text) {
    const auto instant = parse_instant(text);
    return instant ? std::optional<Literal>(*instant) : std::nullopt;
}

Expression equals(ExpressionBuilder &builder, const std::string &name, Literal value) {
    const std::string place = "parameter " + name;
    std::vector<Expression> sides;
    sides.push_back(builder.property(name, place));
    sides.push_back(builder.literal(std::move(value), place));
    return builder.operation(Operator::equal, std::move(sides), place);
}

/// A queryable of several kinds equals what is written where it does so as one of them.
Expression equals_any(ExpressionBuilder &builder, const std::string &name, std::string_view value) {
    std::vector<Expression> ways;
    ways.push_back(equals(builder, name, std::string(value)));
    for (const auto &literal : {number_in(value), truth_in(value)}) {
        if (literal) {
            ways.push_back(equals(builder, name, *literal));
        }
    }
    return ways.size() == 1 ? std::move(ways.front()) : builder.operation(Operator::either, std::move(ways), "parameter " + name);
}

Expression parse_filter(const FilterQuery &query) {
    if (query.language == "cql2-text") {
        return parse_text(*query.filter);
    }
    if (query.language == "cql2-json") {
        return parse_json_filter(*query.filter);
    }
    refuse("filter-lang", "cql2-text or cql2-json", query.language);
}

} // namespace

Expression property_equals(ExpressionBuilder &builder, const Queryable &queryable, std::string_view value) {
    std::optional<Literal> literal;
    std::string_view expected;
    switch (queryable.type) {
    case QueryableType::geometry: refuse(queryable.name, "a parameter of the request or a property with a single value", "a geometry");
    case QueryableType::any: return equals_any(builder, queryable.name, value);
    case QueryableType::text: return equals(builder, queryable.name, std::string(value));
    case QueryableType::integer:
    case QueryableType::number:
        literal = number_in(value);
        expected = "a number";
        break;
    case QueryableType::boolean:
        literal = truth_in(value == "1" ? "true" : value == "0" ? "false" : value); // so GDAL's driver writes truth values
        expected = "true or false";
        break;
    case QueryableType::date:
    case QueryableType::timestamp:
        literal = instant_in(value);
        expected = "a date such as 2026-04-01 or a timestamp such as 2026-04-01T00:00:00Z";
        break;
    }
    if (!literal) {
        refuse(queryable.name, expected, value);
    }
    return equals(builder, queryable.name, std::move(*literal));
}

std::optional<BoundFilter> bind_query(const FilterQuery &query, const Queryables &queryables) {
    std::vector<Expression> terms;
    if (query.filter) {
        terms.push_back(parse_filter(query));
    }
    ExpressionBuilder builder;
    for (const auto &[name, value] : query.properties) {
        const Queryable *queryable = queryables.find(name);
        assert(queryable != nullptr);
        terms.push_back(property_equals(builder, *queryable, value));
    }
    if (terms.empty()) {
        return std::nullopt;
    }
    return bind(terms.size() == 1 ? terms.front() : builder.operation(Operator::both, std::move(terms), "the request"), queryables, query.crs);
}

} // namespace keyaki::server::filter
