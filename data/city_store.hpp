#pragma once

#include "data/database.hpp"
#include "data/layer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Whose map this is (data/sql/005-city.sql).
namespace keyaki::data {

[[nodiscard]] std::optional<CityName> find_city(Connection &connection);
/// Names the city, with an audit entry when that changes something. Inside the caller's transaction.
void put_city(Connection &connection, const CityName &name, std::string_view author, std::int64_t now_us);

} // namespace keyaki::data
