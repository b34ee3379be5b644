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

std::optional<double> Properties::number(std::string_view name) const noexcept {
    const Value *value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const auto *whole = std::get_if<std::int64_t>(value)) {
        return static_cast<double>(*whole);
    }
    const auto *real = std::get_if<double>(value);
    return real == nullptr ? std::nullopt : std::optional(*real);
}

} // namespace keyaki::geo
