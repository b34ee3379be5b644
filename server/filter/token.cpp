#include "server/filter/token.hpp"

#include "server/filter/code_points.hpp"
#include "server/filter/expression.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server::filter {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// Annex B, rule identifierStart.
constexpr Range word_starts[] = {{U':', U':'},     {U'_', U'_'},     {U'A', U'Z'},     {U'a', U'z'},      {0x00C0, 0x00D6}, {0x00D8, 0x00F6},
                                 {0x00F8, 0x02FF}, {0x0370, 0x037D}, {0x037F, 0x1FFE}, {0x200C, 0x200D},  {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                                 {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
/// Rule identifierPart, beyond those.
constexpr Range word_parts[] = {{U'.', U'.'}, {U'0', U'9'}, {0x0300, 0x036F}, {0x203F, 0x2040}};
/// Rule whitespace. U+1680 is within word_starts too; a blank wins.
constexpr Range blanks[] = {{0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
                            {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};

template <std::size_t N>
bool within(const Range (&ranges)[N], char32_t c) {
    return std::any_of(std::begin(ranges), std::end(ranges), [c](const Range &range) { return c >= range.first && c <= range.last; });
}

bool is_blank(char32_t c) { return within(blanks, c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char raised(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) {
        ++end;
    }
    return end - at;
}

} // namespace

void Tokenizer::advance(std::size_t bytes) {
    m_character += count_code_points(m_rest.substr(0, bytes));
    m_rest.remove_prefix(bytes);
}

void Tokenizer::skip_blanks() {
    while (!m_rest.empty()) {
        const CodePoint point = code_point_at(m_rest, 0);
        if (!is_blank(point.value)) {
            return;
        }
        advance(point.bytes);
    }
}

Token Tokenizer::take(TokenKind kind, std::size_t bytes) {
    Token token{kind, m_rest.substr(0, bytes), {}, m_character};
    advance(bytes);
    return token;
}

/// Two quotes are one. In a character literal \' is a quote too; other backslashes stay, since LIKE reads them.
Token Tokenizer::take_quoted(char quote) {
    const bool is_text = quote == '\'';
    std::string value;
    std::size_t at = 1;
    while (at < m_rest.size()) {
        const char next = at + 1 < m_rest.size() ? m_rest[at + 1] : '\0';
        if (next == quote && (m_rest[at] == quote || (is_text && m_rest[at] == '\\'))) {
            value += quote;
            at += 2;
        } else if (m_rest[at] == quote) {
            Token token = take(is_text ? TokenKind::text : TokenKind::name, at + 1);
            token.value = std::move(value);
            return token;
        } else {
            value += m_rest[at++];
        }
    }
    refuse_at(Token{TokenKind::text, {}, {}, m_character}.place(),
              fmt::format("expected a closing {} for {}, found the end of the filter", quote, in_quotes(m_rest)));
}

std::size_t Tokenizer::word_bytes() const {
    std::size_t at = 0;
    while (at < m_rest.size()) {
        const CodePoint point = code_point_at(m_rest, at);
        const bool fits = (within(word_starts, point.value) || (at > 0 && within(word_parts, point.value))) && !is_blank(point.value);
        if (!fits) {
            break;
        }
        at += point.bytes;
    }
    return at;
}

/// Rule unsignedNumericLiteral: 12, 12., .5, 1.5E-3; nothing where no digit stands.
std::size_t Tokenizer::number_bytes() const {
    const std::size_t whole = digits_at(m_rest, 0);
    std::size_t at = whole;
    if (at < m_rest.size() && m_rest[at] == '.') {
        const std::size_t fraction = digits_at(m_rest, at + 1);
        if (whole + fraction == 0) {
            return 0;
        }
        at += 1 + fraction;
    }
    if (at > 0 && at < m_rest.size() && raised(m_rest[at]) == 'E') {
        const bool has_sign = at + 1 < m_rest.size() && (m_rest[at + 1] == '+' || m_rest[at + 1] == '-');
        const std::size_t first = at + (has_sign ? 2 : 1);
        const std::size_t exponent = digits_at(m_rest, first);
        at = exponent > 0 ? first + exponent : at;
    }
    return at;
}

Token Tokenizer::next() {
    skip_blanks();
    if (m_rest.empty()) {
        return take(TokenKind::end, 0);
    }
    const char first = m_rest.front();
    if (first == '\'' || first == '"') {
        return take_quoted(first);
    }
    if (const std::size_t bytes = number_bytes(); bytes > 0) {
        return take(TokenKind::number, bytes);
    }
    const std::string_view two = m_rest.substr(0, 2);
    if (two == "<>" || two == "<=" || two == ">=") {
        return take(TokenKind::symbol, 2);
    }
    if (std::string_view("(),=<>+-*/%^").find(first) != std::string_view::npos) {
        return take(TokenKind::symbol, 1);
    }
    if (const std::size_t bytes = word_bytes(); bytes > 0) {
        return take(TokenKind::word, bytes);
    }
    const CodePoint point = code_point_at(m_rest, 0);
    refuse_at(Token{TokenKind::end, {}, {}, m_character}.place(),
              fmt::format("expected a name, a literal or an operator, found {}",
                          point.value < 0x20 ? fmt::format("the control character U+{:04X}", static_cast<unsigned>(point.value))
                                             : in_quotes(m_rest.substr(0, point.bytes))));
}

bool is_keyword(const Token &token, std::string_view keyword) noexcept {
    return token.kind == TokenKind::word &&
           std::equal(token.written.begin(), token.written.end(), keyword.begin(), keyword.end(), [](char a, char b) { return raised(a) == b; });
}

bool is_symbol(const Token &token, std::string_view symbol) noexcept { return token.kind == TokenKind::symbol && token.written == symbol; }

std::string shown(const Token &token) { return token.kind == TokenKind::end ? "the end of the filter" : in_quotes(token.written); }

} // namespace keyaki::server::filter
