#include "server/web/glyphs/glyph_set.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

namespace keyaki::server::web::glyphs {

namespace {

struct EmbeddedRange {
    std::string_view stack;
    std::uint32_t first = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string_view tag;
};

#include "embedded_glyphs.inc"

constexpr std::uint32_t characters_per_range = 256;

/// Names that styles made for others have for fonts like ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> other_names{
    {{"noto_sans_bold", "Noto Sans CJK JP Bold"}, {"noto_sans_regular", "Noto Sans CJK JP Regular"}}};

std::string_view own_name(std::string_view name) {
    const auto *const other = std::find_if(other_names.begin(), other_names.end(), [&](const auto &pair) { return pair.first == name; });
    return other == other_names.end() ? name : other->second;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

} // namespace

std::vector<std::string_view> stacks() {
    std::vector<std::string_view> names;
    for (const EmbeddedRange &range : embedded_ranges) {
        if (names.empty() || names.back() != range.stack) {
            names.push_back(range.stack);
        }
    }
    return names;
}

std::optional<std::string_view> find_stack(std::string_view names) {
    const std::vector<std::string_view> known = stacks();
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        const auto found = std::find(known.begin(), known.end(), own_name(trimmed(names.substr(begin, end - begin))));
        if (found != known.end()) {
            return *found;
        }
        begin = end + 1;
    }
    return std::nullopt;
}

std::optional<PackedRange> find_range(std::string_view stack, char32_t first) {
    const std::pair<std::string_view, std::uint32_t> wanted{stack, first};
    const auto key = [](const EmbeddedRange &range) { return std::pair(range.stack, range.first); };
    const auto *const found = std::ranges::lower_bound(embedded_ranges, wanted, {}, key);
    if (found == embedded_ranges.end() || key(*found) != wanted) {
        return std::nullopt;
    }
    return PackedRange{{keyaki_glyph_bytes + found->offset, found->size}, found->tag};
}

std::optional<char32_t> parse_range(std::string_view text) {
    std::uint32_t first = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), first);
    // One range has one address: no leading zeros, no other last character.
    if (failure != std::errc() || first % characters_per_range != 0 || first > last_range ||
        text != std::to_string(first) + "-" + std::to_string(first + characters_per_range - 1)) {
        return std::nullopt;
    }
    return static_cast<char32_t>(first);
}

} // namespace keyaki::server::web::glyphs
