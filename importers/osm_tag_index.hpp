#pragma once

#include "importers/osm_rules.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::importers {

/// Calls action(word) for each of some words separated by spaces.
template <typename Action>
void for_each_word(std::string_view words, Action action) {
    while (!words.empty()) {
        const std::size_t end = words.find(' ') == std::string_view::npos ? words.size() : words.find(' ');
        action(words.substr(0, end));
        words.remove_prefix(end == words.size() ? end : end + 1);
    }
}

/// The rows of a table of rules by key and value, so that a tag costs one or two look-ups and not a walk through the table. Thread-safe once filled;
/// keys and values live as long as the index.
class OsmTagIndex {
  public:
    /// \param values separated by spaces; "*" is every value but "no"
    void add(std::string_view key, std::string_view values, std::uint16_t row);

    /// Calls visit(row, value) for each row that a tag fits. Of several values ("bakery;cafe") the first is the main one, and given.
    template <typename Visit>
    void visit(OsmTags tags, const Visit &visit) const {
        for (const OsmTag &tag : tags) {
            const auto values = m_keys.find(tag.key);
            if (values == m_keys.end() || tag.value == "no") {
                continue;
            }
            const std::string_view first = tag.value.substr(0, tag.value.find(';'));
            if (const auto found = values->second.one.find(first); found != values->second.one.end()) {
                for (const std::uint16_t row : found->second) {
                    visit(row, first);
                }
            }
            for (const std::uint16_t row : values->second.any) {
                visit(row, first);
            }
        }
    }

  private:
    struct Values {
        std::vector<std::uint16_t> any;
        std::unordered_map<std::string_view, std::vector<std::uint16_t>> one;
    };
    std::unordered_map<std::string_view, Values> m_keys;
};

/// What `area` says of a closed way (https://wiki.openstreetmap.org/wiki/Key:area).
enum class OsmAreaTag : std::uint8_t { none, yes, no };
[[nodiscard]] OsmAreaTag area_tag(OsmTags tags) noexcept;

/// The value of a key, or nothing (a null view).
[[nodiscard]] std::string_view find_tag(OsmTags tags, std::string_view key) noexcept;

} // namespace keyaki::importers
