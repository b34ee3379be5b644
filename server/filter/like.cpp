#include "server/filter/like.hpp"

#include "geo/error.hpp"
#include "server/filter/code_points.hpp"
#include "server/filter/folding.hpp"
#include "server/filter/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server::filter {

namespace {

template <typename Bits>
void set(Bits &bits, std::size_t place) {
    bits[place / 64] |= std::uint64_t{1} << (place % 64);
}

} // namespace

LikePattern::LikePattern(std::string_view pattern) {
    m_plain.is_plain = true;
    bool after_text_and_percent = false; // characters, then %: more characters would be a second run
    for (std::size_t at = 0; at < pattern.size();) {
        CodePoint point = code_point_at(pattern, at);
        at += point.bytes;
        if (point.value == U'%') {
            set(m_stays, m_length);
            after_text_and_percent = m_length > 0;
            continue;
        }
        const bool is_any = point.value == U'_';
        if (point.value == U'\\') {
            if (at == pattern.size()) {
                throw geo::Error(geo::ErrorKind::invalid_input, "expected a character after the last \\ of the pattern, found its end");
            }
            point = code_point_at(pattern, at);
            at += point.bytes;
        }
        m_plain.is_plain = m_plain.is_plain && !is_any && !after_text_and_percent;
        m_plain.text.append(pattern, at - point.bytes, point.bytes);
        add(point.value, is_any);
    }
    m_plain.open_front = (m_stays[0] & 1U) != 0;
    m_plain.open_back = (m_stays[m_length / 64] >> (m_length % 64) & 1U) != 0;
    const auto accepts_any = [this](Bits &places) {
        for (std::size_t word = 0; word < words; ++word) {
            places[word] |= m_any[word];
        }
    };
    std::for_each(m_ascii.begin(), m_ascii.end(), accepts_any);
    for (Accepted &accepted : m_accepted) {
        accepts_any(accepted.places);
    }
    for (std::size_t character = 0; character < m_ascii.size(); ++character) {
        m_narrow[character] = m_ascii[character][0];
        m_narrow_folded[character] = m_ascii[character + (character >= 'A' && character <= 'Z' ? 'a' - 'A' : 0)][0];
    }
}

void LikePattern::add(char32_t character, bool is_any) {
    if (m_length == max_like_characters) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a pattern of at most {} characters besides %, found more", max_like_characters));
    }
    const std::size_t place = m_length++;
    if (is_any) {
        set(m_any, place);
    } else if (character < m_ascii.size()) {
        set(m_ascii[character], place);
    } else {
        const auto found = std::lower_bound(m_accepted.begin(), m_accepted.end(), character,
                                            [](const Accepted &accepted, char32_t wanted) { return accepted.character < wanted; });
        const bool is_known = found != m_accepted.end() && found->character == character;
        set((is_known ? found : m_accepted.insert(found, {character, {}}))->places, place);
    }
}

const LikePattern::Bits &LikePattern::places_of(char32_t character) const noexcept {
    if (character < m_ascii.size()) {
        return m_ascii[character];
    }
    const auto found = std::lower_bound(m_accepted.begin(), m_accepted.end(), character,
                                        [](const Accepted &accepted, char32_t wanted) { return accepted.character < wanted; });
    return found != m_accepted.end() && found->character == character ? found->places : m_any;
}

template <std::size_t Used>
bool LikePattern::run(std::string_view text) const noexcept {
    std::array<std::uint64_t, Used> state{1};
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        at += point.bytes;
        const Bits &places = places_of(point.value);
        std::uint64_t carry = 0;
        std::uint64_t alive = 0;
        for (std::size_t word = 0; word < Used; ++word) {
            const std::uint64_t accepted = state[word] & places[word];
            state[word] = (accepted << 1U | carry) | (state[word] & m_stays[word]);
            carry = accepted >> 63U;
            alive |= state[word];
        }
        if (alive == 0) {
            return false;
        }
    }
    return (state[m_length / 64] >> (m_length % 64) & 1U) != 0;
}

std::optional<bool> LikePattern::run_ascii(std::string_view text, const Narrow &places) const noexcept {
    const std::uint64_t stays = m_stays[0];
    const std::uint64_t end = std::uint64_t{1} << m_length;
    std::uint64_t state = 1;
    for (const char c : text) {
        const auto character = static_cast<unsigned char>(c);
        if (character >= places.size()) {
            return std::nullopt;
        }
        state = (state & places[character]) << 1U | (state & stays);
        if (state == 0) {
            return false;
        }
        if ((state & stays & end) != 0) { // whatever follows
            return true;
        }
    }
    return (state & end) != 0;
}

bool LikePattern::matches_plain(std::string_view text) const noexcept {
    if (m_plain.open_front && m_plain.open_back) {
        return text.find(m_plain.text) != std::string_view::npos;
    }
    if (m_plain.open_back) {
        return text.starts_with(m_plain.text);
    }
    return m_plain.open_front ? text.ends_with(m_plain.text) : text == m_plain.text;
}

bool LikePattern::matches(std::string_view text) const noexcept {
    if (m_plain.is_plain) {
        return matches_plain(text);
    }
    if (!fits_one_word()) {
        return run<words>(text);
    }
    const auto of_ascii = run_ascii(text, m_narrow);
    return of_ascii ? *of_ascii : run<1>(text);
}

bool LikePattern::matches_without_case(std::string_view text, std::string &folded) const {
    if (fits_one_word()) {
        if (const auto of_ascii = run_ascii(text, m_narrow_folded)) {
            return *of_ascii;
        }
    }
    fold_case(text, folded);
    return matches(folded);
}

} // namespace keyaki::server::filter
