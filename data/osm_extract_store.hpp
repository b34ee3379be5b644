#pragma once

#include "data/database.hpp"
#include "data/osm_extract.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

/// The kept extract of OpenStreetMap (data/sql/014-osm-extract.sql). Each function that writes is inside the caller's transaction.
namespace keyaki::data {

[[nodiscard]] std::optional<OsmExtract> find_osm_extract(Connection &connection);
/// The bytes of the current one, piece after piece. \throws geo::Error not_found where none is kept
OsmExtract read_osm_extract(Connection &connection, const std::function<void(std::string_view)> &visit);

/// A new one in the making: its number.
[[nodiscard]] std::int64_t begin_osm_extract(Connection &connection);
/// \throws geo::Error conflict for one that was swept meanwhile, because another was begun
void put_osm_piece(Connection &connection, std::int64_t extract, std::uint64_t number, std::string_view bytes);
/// Makes it the current one. \throws geo::Error conflict as put_osm_piece, corrupt where pieces do not make up extract.size_bytes
void keep_osm_extract(Connection &connection, std::int64_t extract, const OsmExtract &description);
/// Until another is kept there is none; its number, 0 where there was none.
[[nodiscard]] std::int64_t set_aside_osm_extract(Connection &connection);
/// Takes that back. \pre no other was kept since
void restore_osm_extract(Connection &connection, std::int64_t extract);
/// Removes up to `limit` pieces of those that are not current; false when there was nothing.
bool sweep_osm_pieces(Connection &connection, std::size_t limit);

} // namespace keyaki::data
