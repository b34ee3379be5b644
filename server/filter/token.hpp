#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server::filter {

enum class TokenKind : std::uint8_t {
    word,   ///< an identifier or a keyword
    name,   ///< an identifier in double quotes, which is never a keyword
    number, ///< without a sign
    text,   ///< a character literal; value() without quotes and escapes
    symbol, ///< one of ( ) , = <> < > <= >= + - * / % ^
    end,
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view written;  ///< as it stands in the filter
    std::string value;         ///< of names and texts: without quotes and escapes
    std::size_t character = 1; ///< place of its first character, from 1

    [[nodiscard]] std::string place() const { return "character " + std::to_string(character); }
};

/// Cuts CQL2 text (21-065r2, annex B) into tokens, one at a time.
class Tokenizer {
  public:
    /// \pre text is UTF-8 and outlives the tokens
    explicit Tokenizer(std::string_view text) : m_rest(text) {}

    /// The next token, at last TokenKind::end again and again. Throws Error invalid_input where a character begins none or a quote stays open.
    [[nodiscard]] Token next();

  private:
    void skip_blanks();
    void advance(std::size_t bytes);
    Token take(TokenKind kind, std::size_t bytes);
    Token take_quoted(char quote);
    [[nodiscard]] std::size_t word_bytes() const;
    [[nodiscard]] std::size_t number_bytes() const;

    std::string_view m_rest;
    std::size_t m_character = 1;
};

/// The keyword, whatever its case (ASCII). \pre keyword is in capitals
[[nodiscard]] bool is_keyword(const Token &token, std::string_view keyword) noexcept;
[[nodiscard]] bool is_symbol(const Token &token, std::string_view symbol) noexcept;
/// For "found …" in a sentence.
[[nodiscard]] std::string shown(const Token &token);

} // namespace keyaki::server::filter
