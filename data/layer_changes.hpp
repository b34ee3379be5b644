#pragma once

#include "data/database.hpp"
#include "data/layer.hpp"
#include "data/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// States of a layer and what differs between two of them, by change number (data/sql/001-foundation.sql). Each function is one consistent
/// view when the caller holds a read transaction.
namespace keyaki::data {

/// The condition that a row of the table with that alias belongs to the state that holds the changes up to parameter `parameter`.
[[nodiscard]] std::string alive(std::string_view alias, int parameter);

void read_state(Connection &connection, std::string_view layer, std::int64_t change, const Store::FeatureVisitor &visit);
/// From the state at `from` to the state at `to`, also backwards. Reads only rows that were added or removed in between.
void read_changes_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to, const Store::ChangeVisitor &visit);
/// A page of them in the order of ids, until `visit` returns false. \pre from <= to
void read_page_of_changes(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to, const ChangePage &page,
                          const Store::PageVisitor &visit);
/// How many features are in both states with different geometries. \pre from <= to
[[nodiscard]] std::uint64_t count_moved_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to);
/// `unchanged` is left 0: it takes the count of the whole layer. \pre from <= to
[[nodiscard]] DraftChanges count_changes_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to);
[[nodiscard]] std::int64_t count_state(Connection &connection, std::string_view layer, std::int64_t change);
[[nodiscard]] geo::LonLatBox bounds_of_state(Connection &connection, std::string_view layer, std::int64_t change);
/// Of the versions that came, or that left, after `from` and up to `to`.
[[nodiscard]] geo::LonLatBox bounds_of_added(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to);
[[nodiscard]] geo::LonLatBox bounds_of_removed(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to);

} // namespace keyaki::data
