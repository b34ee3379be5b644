#pragma once

#include "server/filter/sorting.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Where a page of a sorted answer begins, as clients carry it from one page to the next: opaque to them, checked by us.
namespace keyaki::server::filter {

/// The place with the revision that the pages are of and a hash of `query`, what was asked (filter, sorting and the like, in one text), as base64url
/// with a check sum. Where a value is longer than limits.hpp allows, the id alone is in it.
[[nodiscard]] std::string write_page_token(const SortPlace &place, std::uint64_t revision, std::string_view query);

/// The place; without values where they were too long, and to be looked up by place_of() then. Throws Error invalid_input for a text that is no token
/// of ours, for one of another revision and for one of another query. \pre `keys` is the number of the query's sort keys
[[nodiscard]] SortPlace read_page_token(std::string_view text, std::uint64_t revision, std::string_view query, std::size_t keys);

} // namespace keyaki::server::filter
