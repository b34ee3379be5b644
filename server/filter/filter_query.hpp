#pragma once

#include "server/filter/bound_filter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::filter {

/// What a request says of which features it wants (OGC API – Features Part 3, 19-079r2). All of it must hold.
struct FilterQuery {
    std::optional<std::string> filter;
    std::string language = "cql2-text";                          ///< filter-lang: cql2-text or cql2-json
    FilterCrs crs = crs84();                                     ///< filter-crs
    std::vector<std::pair<std::string, std::string>> properties; ///< parameters named as queryables: name=value
};

/// Parses and binds it; nothing where it asks for nothing. Throws Error invalid_input with both facts.
[[nodiscard]] std::optional<BoundFilter> bind_query(const FilterQuery &query, const Queryables &queryables);

/// `name=value` as an expression (19-079r2, 7: queryables as query parameters). The value is written as the queryable's type has it: true or false
/// (or 1 and 0, as GDAL's driver writes them), a number, an RFC 3339 date; a text as it is. Throws Error invalid_input where it is not, and for the
/// geometry. \pre the queryables have the name
[[nodiscard]] Expression property_equals(ExpressionBuilder &builder, const Queryable &queryable, std::string_view value);

} // namespace keyaki::server::filter
