#include "data/layer.hpp"

#include "data/limits.hpp"

#include <algorithm>

namespace keyaki::data {

bool is_layer_id(std::string_view id) noexcept {
    constexpr std::size_t length_max = 48;
    const auto is_letter = [](char character) { return character >= 'a' && character <= 'z'; };
    const auto may_follow = [&](char character) { return is_letter(character) || (character >= '0' && character <= '9') || character == '_'; };
    return !id.empty() && id.size() <= length_max && is_letter(id.front()) && std::all_of(id.begin(), id.end(), may_follow);
}

bool wants_confirmation(const DraftChanges &changes, std::uint64_t feature_count) noexcept {
    return changes.removed > removals_without_confirmation && changes.removed > feature_count / removal_guard_divisor;
}

} // namespace keyaki::data
