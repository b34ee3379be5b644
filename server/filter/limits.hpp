#pragma once

#include <chrono>
#include <cstddef>

/// The limits of filters, each with its unit and its reason.
namespace keyaki::server::filter {

/// Bytes of one filter. An address of a request holds 8 KB; a stored one may be longer, never endless.
inline constexpr std::size_t max_filter_bytes = std::size_t{64} * 1024;

/// Parts of one expression: literals, names and operators. A list of 2,000 ids fits an address.
inline constexpr std::size_t max_expression_nodes = 10'000;

/// Levels of one expression, also of chains such as 1+1+1…: parsing and evaluating recurse by level, some 1 KB of stack each.
inline constexpr std::size_t max_expression_depth = 48;

/// Levels of JSON's text: a level of the expression takes two, coordinates four more.
inline constexpr int max_filter_json_depth = 2 * static_cast<int>(max_expression_depth) + 8;

/// Characters of a LIKE pattern without its % signs: the automaton keeps one bit for each (like.hpp).
inline constexpr std::size_t max_like_characters = 255;

/// Bytes that tables "answer for each distinct value" may take in one run; what does not fit is worked out again for each feature.
inline constexpr std::size_t max_memo_bytes = std::size_t{64} * 1024 * 1024;

/// Names in one sortby: each is compared for each feature that is found.
inline constexpr std::size_t max_sort_keys = 8;

/// Bytes of a value in a page token: a longer one is looked up by the feature's id instead.
inline constexpr std::size_t max_token_text_bytes = 512;

/// Bytes of a page token: eight values and an id, in base64.
inline constexpr std::size_t max_token_bytes = std::size_t{8} * 1024;

/// How long one filter may look through one layer. The worst that an address can hold takes that long over a million features; honest ones take
/// milliseconds.
inline constexpr std::chrono::seconds max_filter_time{5};

} // namespace keyaki::server::filter
