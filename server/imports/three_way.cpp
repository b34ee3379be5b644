#include "server/imports/three_way.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::imports {

namespace {

constexpr std::array<std::string_view, 3> names{"draft", "file", "refuse"};

} // namespace

std::string_view conflict_rule_name(ConflictRule rule) noexcept { return names.at(static_cast<std::size_t>(rule)); }

std::optional<ConflictRule> conflict_rule_from_name(std::string_view name) noexcept {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt : std::optional(static_cast<ConflictRule>(found - names.begin()));
}

} // namespace keyaki::server::imports
