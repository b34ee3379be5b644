#include "server/filter/token_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace keyaki::server::filter {

Token TokenReader::take() {
    Token taken = std::move(m_current);
    m_current = std::move(m_ahead);
    m_ahead = m_tokens.next();
    return taken;
}

bool TokenReader::accept_keyword(std::string_view keyword) {
    if (!at_keyword(keyword)) {
        return false;
    }
    take();
    return true;
}

bool TokenReader::accept_symbol(std::string_view symbol) {
    if (!at_symbol(symbol)) {
        return false;
    }
    take();
    return true;
}

void TokenReader::expect_symbol(std::string_view symbol, std::string_view after) {
    if (!accept_symbol(symbol)) {
        refuse(fmt::format("{} {}", symbol, after));
    }
}

void TokenReader::expect_keyword(std::string_view keyword, std::string_view after) {
    if (!accept_keyword(keyword)) {
        refuse(fmt::format("{} {}", keyword, after));
    }
}

void TokenReader::refuse(std::string_view expected) const {
    refuse_at(m_current.place(), fmt::format("expected {}, found {}", expected, shown(m_current)));
}

Literal parse_number(std::string_view written, const std::string &place) {
    const char *begin = written.data();
    const char *end = begin + written.size();
    std::int64_t whole = 0;
    if (const auto [stop, failure] = std::from_chars(begin, end, whole); failure == std::errc() && stop == end) {
        return whole;
    }
    double real = 0;
    const auto [stop, failure] = std::from_chars(begin, end, real);
    if (failure != std::errc() || stop != end || !std::isfinite(real)) {
        refuse_at(place, fmt::format("expected a number that a double holds, found {}", in_quotes(written)));
    }
    return real;
}

} // namespace keyaki::server::filter
