#pragma once

#include "importers/limits.hpp"
#include "importers/osm_limits.hpp"

#include <cstdint>

namespace keyaki::importers {

/// What one reading process may take.
struct ChildLimits {
    std::uint64_t address_space_bytes = 0;
    std::uint64_t cpu_s = 0;
};
inline constexpr ChildLimits city_file_limits{child_address_space_bytes, child_cpu_s};
inline constexpr ChildLimits osm_file_limits{osm_child_address_space_bytes, osm_child_cpu_s};

/// What a child with these limits has in force: less where this process may have less itself, because a child inherits that.
[[nodiscard]] std::uint64_t address_space_in_force_bytes(const ChildLimits &limits);
[[nodiscard]] std::uint64_t cpu_in_force_s(const ChildLimits &limits);

} // namespace keyaki::importers
