#pragma once

#include "tests/server/check_ins/small_city.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace keyaki::test {

/// The course along the street of the small city, over its first three spots for 100 points, with these changes.
[[nodiscard]] nlohmann::json course(const nlohmann::json &changes = nlohmann::json::object());
/// A visit of the course's spot, that opens a run or belongs to one.
[[nodiscard]] Visit on_course(const std::string &spot, const nlohmann::json &run = nullptr);
/// What the member is told of the rally "r".
[[nodiscard]] nlohmann::json progress(SmallCity &city, const std::string &member = "m-1");

} // namespace keyaki::test
