#include "server/http/headers.hpp"

#include "geo/error.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::http {

namespace {

constexpr char lower(char letter) noexcept { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// tchar of RFC 9110, 5.6.2: looked up, because every field of every request and answer comes through here.
constexpr auto token_characters = [] {
    std::array<bool, 256> is_one{};
    for (const char letter : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        is_one[static_cast<unsigned char>(letter)] = true;
    }
    return is_one;
}();

bool is_token_character(char letter) noexcept { return token_characters[static_cast<unsigned char>(letter)]; }
bool is_one_line(std::string_view text) noexcept {
    constexpr auto absent = std::string_view::npos;
    return text.find('\r') == absent && text.find('\n') == absent && text.find('\0') == absent; // three memchr: faster than a set
}

/// Room for what a browser sends, or one of our answers has: one allocation instead of five.
constexpr std::size_t usual_fields = 16;

void require_sound(std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character)) {
        throw geo::Error(geo::ErrorKind::internal, "a header's name must be a token, found '" + std::string(name) + "'");
    }
    if (!is_one_line(value)) {
        throw geo::Error(geo::ErrorKind::internal, "the value of the header " + std::string(name) + " must be one line, found a line break or a NUL");
    }
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trim_blanks(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> members;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && quoted && text[at] == '\\') {
            ++at; // quoted-pair: the next octet stands for itself
            continue;
        }
        if (at < text.size() && text[at] == '"') {
            quoted = !quoted;
        }
        if (at >= text.size() || (text[at] == ',' && !quoted)) {
            if (const auto member = trim_blanks(text.substr(start, at - start)); !member.empty()) {
                members.push_back(member);
            }
            start = at + 1;
        }
    }
    return members;
}

void Headers::add(std::string name, std::string value) {
    require_sound(name, value);
    if (m_fields.empty()) {
        m_fields.reserve(usual_fields);
    }
    m_fields.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
    remove(name);
    add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(m_fields, [&](const Field &field) { return equal_ignoring_case(field.first, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const auto &[key, value] : m_fields) {
        if (equal_ignoring_case(key, name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto &[key, value] : m_fields) {
        if (equal_ignoring_case(key, name)) {
            values.emplace_back(value);
        }
    }
    return values;
}

std::optional<std::string> Headers::joined(std::string_view name) const {
    std::optional<std::string> text;
    for (const auto &[key, value] : m_fields) {
        if (equal_ignoring_case(key, name)) {
            text = text ? *text + ", " + value : value;
        }
    }
    return text;
}

void Headers::add_to_list(std::string_view name, std::string_view member) {
    const auto present = joined(name);
    if (!present) {
        add(std::string(name), std::string(member));
        return;
    }
    for (const auto one : split_list(*present)) {
        if (equal_ignoring_case(one, member) || one == "*") {
            return;
        }
    }
    set(std::string(name), *present + ", " + std::string(member));
}

} // namespace keyaki::server::http
