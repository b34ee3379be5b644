#include "geo/feature.hpp"

#include <algorithm>

namespace keyaki::geo {

void Properties::set(std::string_view name, Value value) {
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [name](const Entry &entry) { return entry.first == name; });
    if (found == m_entries.end()) {
        m_entries.emplace_back(std::string(name), std::move(value));
    } else {
        found->second = std::move(value);
    }
}

const Value *Properties::find(std::string_view name) const noexcept {
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [name](const Entry &entry) { return entry.first == name; });
    return found == m_entries.end() ? nullptr : &found->second;
}

} // namespace keyaki::geo
