#pragma once

#include "server/filter/expression.hpp"
#include "server/filter/token.hpp"

#include <string_view>

namespace keyaki::server::filter {

/// The tokens of a filter with one of them ahead, and what every rule of the grammar does with them.
class TokenReader {
  public:
    explicit TokenReader(std::string_view text) : m_tokens(text), m_current(m_tokens.next()), m_ahead(m_tokens.next()) {}

    [[nodiscard]] const Token &current() const noexcept { return m_current; }
    [[nodiscard]] const Token &ahead() const noexcept { return m_ahead; }
    Token take();

    [[nodiscard]] bool at_keyword(std::string_view keyword) const noexcept { return is_keyword(m_current, keyword); }
    [[nodiscard]] bool at_symbol(std::string_view symbol) const noexcept { return is_symbol(m_current, symbol); }
    /// Takes it where it stands.
    bool accept_keyword(std::string_view keyword);
    bool accept_symbol(std::string_view symbol);
    /// Takes it or throws; `after` completes the sentence: "expected ( after DATE, found …".
    void expect_symbol(std::string_view symbol, std::string_view after);
    void expect_keyword(std::string_view keyword, std::string_view after);
    [[noreturn]] void refuse(std::string_view expected) const;

  private:
    Tokenizer m_tokens;
    Token m_current;
    Token m_ahead;
};

/// A number as it was written, with its sign. Throws Error invalid_input where no double holds it.
[[nodiscard]] Literal parse_number(std::string_view written, const std::string &place);

/// "POINT", …, "GEOMETRYCOLLECTION" or "BBOX" is the current token and a bracket (or Z) follows.
[[nodiscard]] bool at_spatial_literal(const TokenReader &tokens) noexcept;
/// Annex B, rule spatialInstance. Throws Error invalid_input. \pre at_spatial_literal(tokens)
[[nodiscard]] SpatialLiteral parse_spatial_literal(TokenReader &tokens);

/// The rules of geometries that both encodings share; throw Error invalid_input with the place.
void require_ring(const geo::Geometry &geometry, std::size_t ring, const std::string &place);
void require_line(const geo::Geometry &geometry, std::size_t line, const std::string &place);

} // namespace keyaki::server::filter
