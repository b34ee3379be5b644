#include "server/filter/text_parser.hpp"

#include "geo/utf8.hpp"
#include "server/filter/limits.hpp"
#include "server/filter/token_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server::filter {

namespace {

/// Recursive descent, a function for each level of precedence: OR, AND, NOT, comparison, + -, * / % div, ^, sign. The grammar's split into boolean,
/// numeric and character expressions is not followed here: what fits where is asked when the tree is bound to a layer's columns, so that nothing
/// has to be tried twice.
class TextParser {
  public:
    explicit TextParser(std::string_view text) : m_tokens(text) {}

    Expression parse() {
        Expression whole = parse_either();
        if (m_tokens.current().kind != TokenKind::end) {
            m_tokens.refuse("an operator or the end of the filter");
        }
        return whole;
    }

  private:
    /// One level deeper for as long as it lives: what the input nests is what the stack holds.
    class Level {
      public:
        explicit Level(TextParser &parser) : m_depth(parser.m_depth) {
            if (++m_depth > max_expression_depth) {
                refuse_at(parser.m_tokens.current().place(),
                          fmt::format("expected at most {} levels of brackets and operators, found more", max_expression_depth));
            }
        }
        ~Level() { --m_depth; }
        Level(const Level &) = delete;
        Level &operator=(const Level &) = delete;

      private:
        std::size_t &m_depth;
    };

    Expression parse_either();
    Expression parse_both();
    Expression parse_negation();
    Expression parse_comparison();
    Expression parse_special(Expression left);
    Expression parse_list_of(Expression value, std::string place);
    Expression parse_sum();
    Expression parse_product();
    Expression parse_power();
    Expression parse_signed();
    Expression parse_primary();
    Expression parse_word();
    Expression parse_call(Operator op);
    Expression parse_function();
    Expression parse_instant(bool is_date);
    Expression parse_interval();
    Expression parse_interval_end();
    std::vector<Expression> parse_arguments();
    [[nodiscard]] bool opens_call(std::string_view keyword) const { return m_tokens.at_keyword(keyword) && is_symbol(m_tokens.ahead(), "("); }
    Expression negated(Expression operand, const std::string &place) {
        std::vector<Expression> one;
        one.push_back(std::move(operand));
        return m_builder.operation(Operator::negation, std::move(one), place);
    }
    Expression pair(Operator op, Expression left, Expression right, std::string place) {
        std::vector<Expression> two;
        two.push_back(std::move(left));
        two.push_back(std::move(right));
        return m_builder.operation(op, std::move(two), std::move(place));
    }

    TokenReader m_tokens;
    ExpressionBuilder m_builder;
    std::size_t m_depth = 0;
};

Expression TextParser::parse_either() {
    const Level level(*this);
    std::string place = m_tokens.current().place();
    std::vector<Expression> terms;
    do {
        terms.push_back(parse_both());
    } while (m_tokens.accept_keyword("OR"));
    return terms.size() == 1 ? std::move(terms.front()) : m_builder.operation(Operator::either, std::move(terms), std::move(place));
}

Expression TextParser::parse_both() {
    std::string place = m_tokens.current().place();
    std::vector<Expression> factors;
    do {
        factors.push_back(parse_negation());
    } while (m_tokens.accept_keyword("AND"));
    return factors.size() == 1 ? std::move(factors.front()) : m_builder.operation(Operator::both, std::move(factors), std::move(place));
}

Expression TextParser::parse_negation() {
    const std::string place = m_tokens.current().place();
    if (!m_tokens.accept_keyword("NOT")) {
        return parse_comparison();
    }
    const Level level(*this);
    return negated(parse_negation(), place);
}

Expression TextParser::parse_comparison() {
    Expression left = parse_sum();
    if (m_tokens.current().kind == TokenKind::symbol) {
        const auto op = find_operator(m_tokens.current().written);
        if (op && is_comparison(*op)) {
            std::string place = m_tokens.take().place();
            return pair(*op, std::move(left), parse_sum(), std::move(place));
        }
    }
    return parse_special(std::move(left));
}

/// IS NULL, LIKE, BETWEEN, IN, each perhaps with NOT; or nothing of these.
Expression TextParser::parse_special(Expression left) {
    std::string place = m_tokens.current().place();
    if (m_tokens.accept_keyword("IS")) {
        const bool is_not = m_tokens.accept_keyword("NOT");
        m_tokens.expect_keyword("NULL", "after IS");
        std::vector<Expression> one;
        one.push_back(std::move(left));
        Expression test = m_builder.operation(Operator::is_null, std::move(one), place);
        return is_not ? negated(std::move(test), place) : std::move(test);
    }
    const bool is_not = m_tokens.accept_keyword("NOT");
    const auto finished = [&](Expression test) { return is_not ? negated(std::move(test), place) : std::move(test); };
    if (m_tokens.accept_keyword("LIKE")) {
        return finished(pair(Operator::like, std::move(left), parse_primary(), place));
    }
    if (m_tokens.accept_keyword("BETWEEN")) {
        std::vector<Expression> three;
        three.push_back(std::move(left));
        three.push_back(parse_sum());
        m_tokens.expect_keyword("AND", "between the two ends of BETWEEN");
        three.push_back(parse_sum());
        return finished(m_builder.operation(Operator::between, std::move(three), place));
    }
    if (m_tokens.accept_keyword("IN")) {
        return finished(parse_list_of(std::move(left), place));
    }
    if (is_not) {
        m_tokens.refuse("LIKE, BETWEEN or IN after NOT");
    }
    return left;
}

Expression TextParser::parse_list_of(Expression value, std::string place) {
    m_tokens.expect_symbol("(", "after IN");
    std::vector<Expression> operands;
    operands.push_back(std::move(value));
    do {
        operands.push_back(parse_sum());
    } while (m_tokens.accept_symbol(","));
    m_tokens.expect_symbol(")", "or , in the list of IN");
    return m_builder.operation(Operator::in, std::move(operands), std::move(place));
}

Expression TextParser::parse_sum() {
    Expression sum = parse_product();
    while (m_tokens.at_symbol("+") || m_tokens.at_symbol("-")) {
        const Operator op = m_tokens.at_symbol("+") ? Operator::plus : Operator::minus;
        std::string place = m_tokens.take().place();
        sum = pair(op, std::move(sum), parse_product(), std::move(place));
    }
    return sum;
}

Expression TextParser::parse_product() {
    Expression product = parse_power();
    while (m_tokens.at_symbol("*") || m_tokens.at_symbol("/") || m_tokens.at_symbol("%") || m_tokens.at_keyword("DIV")) {
        const Operator op = *find_operator(m_tokens.current().written);
        std::string place = m_tokens.take().place();
        product = pair(op, std::move(product), parse_power(), std::move(place));
    }
    return product;
}

Expression TextParser::parse_power() {
    Expression base = parse_signed();
    if (!m_tokens.at_symbol("^")) {
        return base;
    }
    std::string place = m_tokens.take().place();
    return pair(Operator::power, std::move(base), parse_signed(), std::move(place));
}

/// A signed number is a literal; the negative of anything else is written as JSON has to write it, -1 times it.
Expression TextParser::parse_signed() {
    const bool is_negative = m_tokens.at_symbol("-");
    if (!is_negative && !m_tokens.at_symbol("+")) {
        return parse_primary();
    }
    std::string place = m_tokens.take().place();
    if (m_tokens.current().kind == TokenKind::number) {
        const std::string written = (is_negative ? "-" : "") + std::string(m_tokens.take().written);
        return m_builder.literal(parse_number(written, place), place);
    }
    if (!is_negative) {
        m_tokens.refuse("a number after +");
    }
    Expression factor = m_builder.literal(std::int64_t{-1}, place);
    return pair(Operator::times, std::move(factor), parse_primary(), std::move(place));
}

Expression TextParser::parse_primary() {
    std::string place = m_tokens.current().place();
    switch (m_tokens.current().kind) {
    case TokenKind::number: return m_builder.literal(parse_number(m_tokens.take().written, place), place);
    case TokenKind::text: return m_builder.literal(m_tokens.take().value, std::move(place));
    case TokenKind::name:
        if (m_tokens.current().value.empty()) {
            m_tokens.refuse("a property's name");
        }
        return m_builder.property(m_tokens.take().value, std::move(place));
    case TokenKind::word: return parse_word();
    case TokenKind::symbol:
        if (m_tokens.accept_symbol("(")) {
            Expression inner = parse_either();
            m_tokens.expect_symbol(")", "for the bracket at " + place);
            return inner;
        }
        break;
    case TokenKind::end: break;
    }
    m_tokens.refuse("a property, a literal or a bracket");
}

Expression TextParser::parse_word() {
    constexpr std::string_view reserved[] = {"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV"};
    std::string place = m_tokens.current().place();
    if (m_tokens.at_keyword("TRUE") || m_tokens.at_keyword("FALSE")) {
        const bool truth = m_tokens.at_keyword("TRUE");
        m_tokens.take();
        return m_builder.literal(truth, std::move(place));
    }
    if (std::any_of(std::begin(reserved), std::end(reserved), [&](std::string_view word) { return m_tokens.at_keyword(word); })) {
        m_tokens.refuse("a property, a literal or a bracket");
    }
    if (at_spatial_literal(m_tokens)) {
        return m_builder.literal(std::make_shared<const SpatialLiteral>(parse_spatial_literal(m_tokens)), std::move(place));
    }
    if (!is_symbol(m_tokens.ahead(), "(")) {
        return m_builder.property(std::string(m_tokens.take().written), std::move(place));
    }
    if (opens_call("DATE") || opens_call("TIMESTAMP")) {
        return parse_instant(m_tokens.at_keyword("DATE"));
    }
    if (opens_call("INTERVAL")) {
        return parse_interval();
    }
    const auto op = find_operator(m_tokens.current().written);
    return op && *op != Operator::is_null ? parse_call(*op) : parse_function();
}

std::vector<Expression> TextParser::parse_arguments() {
    std::vector<Expression> arguments;
    m_tokens.expect_symbol("(", "before the arguments");
    if (m_tokens.accept_symbol(")")) {
        return arguments;
    }
    do {
        arguments.push_back(parse_either());
    } while (m_tokens.accept_symbol(","));
    m_tokens.expect_symbol(")", "or , after an argument");
    return arguments;
}

Expression TextParser::parse_call(Operator op) {
    const Token word = m_tokens.take();
    std::vector<Expression> arguments = parse_arguments();
    if (arguments.size() != operand_count(op).least) {
        refuse_at(word.place(), fmt::format("expected {} in the brackets of {}, found {}",
                                            operand_count(op).least == 1 ? "one argument" : "two arguments", word.written, arguments.size()));
    }
    return m_builder.operation(op, std::move(arguments), word.place());
}

Expression TextParser::parse_function() {
    refuse_array_function(m_tokens.current().written, m_tokens.current().place());
    const Token word = m_tokens.take();
    std::vector<Expression> arguments = parse_arguments();
    return m_builder.function(std::string(word.written), std::move(arguments), word.place());
}

Expression TextParser::parse_instant(bool is_date) {
    std::string place = m_tokens.take().place();
    m_tokens.expect_symbol("(", "after DATE or TIMESTAMP");
    if (m_tokens.current().kind != TokenKind::text) {
        m_tokens.refuse(is_date ? "a text such as '2026-04-01'" : "a text such as '2026-04-01T00:00:00Z'");
    }
    const auto instant = is_date ? parse_date(m_tokens.current().value) : parse_timestamp(m_tokens.current().value);
    if (!instant) {
        m_tokens.refuse(is_date ? "a date such as '2026-04-01'" : "a timestamp such as '2026-04-01T00:00:00Z'");
    }
    m_tokens.take();
    m_tokens.expect_symbol(")", "after the text");
    return m_builder.literal(*instant, std::move(place));
}

Expression TextParser::parse_interval() {
    std::string place = m_tokens.take().place();
    m_tokens.expect_symbol("(", "after INTERVAL");
    Expression begin = parse_interval_end();
    m_tokens.expect_symbol(",", "between the ends of INTERVAL");
    Expression end = parse_interval_end();
    m_tokens.expect_symbol(")", "after the ends of INTERVAL");
    return pair(Operator::interval, std::move(begin), std::move(end), std::move(place));
}

Expression TextParser::parse_interval_end() {
    if (opens_call("INTERVAL")) {
        m_tokens.refuse("an instant, '..' or a property as an end of INTERVAL");
    }
    if (m_tokens.current().kind != TokenKind::text) {
        return parse_primary();
    }
    std::string place = m_tokens.current().place();
    if (m_tokens.current().value == "..") {
        m_tokens.take();
        return m_builder.literal(OpenEnd{}, std::move(place));
    }
    const auto instant = filter::parse_instant(m_tokens.current().value);
    if (!instant) {
        m_tokens.refuse("a date, a timestamp or '..' as an end of INTERVAL");
    }
    m_tokens.take();
    return m_builder.literal(*instant, std::move(place));
}

} // namespace

Expression parse_text(std::string_view text) {
    if (text.size() > max_filter_bytes) {
        refuse_at(fmt::format("byte {}", max_filter_bytes), fmt::format("expected at most {} bytes, found {}", max_filter_bytes, text.size()));
    }
    if (!geo::is_utf8(text)) {
        refuse_at("character 1", "expected UTF-8, found bytes that are not");
    }
    return TextParser(text).parse();
}

} // namespace keyaki::server::filter
