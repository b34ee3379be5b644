#pragma once

#include "data/database.hpp"
#include "data/layer_profile.hpp"

#include <string>
#include <string_view>

/// The table, indexes and view of one layer (data/README.md). Layer ids must have passed is_layer_id(): they become names in SQL.
namespace keyaki::data {

[[nodiscard]] std::string layer_table(std::string_view layer);
[[nodiscard]] std::string layer_spatial_index(std::string_view layer);

/// Whether the database has a table or view of that name, or a name with which keyaki, SpatiaLite or SQLite name their own.
[[nodiscard]] bool is_taken_name(Connection &connection, std::string_view layer);

void create_layer_tables(Connection &connection, std::string_view layer);
/// Takes all of them away, with what they hold.
void drop_layer_tables(Connection &connection, std::string_view layer);
/// The view "<layer>" of the published features with a typed column for each property, and the type of geometry that programs are told.
void refresh_layer_view(Connection &connection, std::string_view layer, const LayerProfile &profile);
/// An empty spatial index in the place of the present one.
void recreate_spatial_index(Connection &connection, std::string_view layer);

} // namespace keyaki::data
