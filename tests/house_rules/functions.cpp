#include "tests/house_rules/functions.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <span>

namespace keyaki::test::house {
namespace {

using Head = std::span<const Token>;

enum class Opens { scope, function, value };

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_name(std::string_view text) { return !text.empty() && (std::isalpha(static_cast<unsigned char>(text.front())) != 0 || text.front() == '_'); }

/// Place after the bracket that closes the one at `place`.
std::size_t after_closing(Head tokens, std::size_t place, std::string_view open, std::string_view close) {
    std::size_t depth = 0;
    for (std::size_t i = place; i < tokens.size(); ++i) {
        depth += tokens[i].text == open ? 1U : 0U;
        if (tokens[i].text == close && --depth == 0) {
            return i + 1;
        }
    }
    return tokens.size();
}

/// The head without what may stand before any declaration: access labels, attributes and the template's parameters.
Head without_prefix(Head head) {
    for (;;) {
        if (head.size() > 1 && is_any_of(head[0].text, {"public", "private", "protected"}) && head[1].text == ":") {
            head = head.subspan(2);
        } else if (head.size() > 1 && head[0].text == "[" && head[1].text == "[") {
            head = head.subspan(after_closing(head, 0, "[", "]"));
        } else if (head.size() > 1 && head[0].text == "template") {
            head = head.subspan(after_closing(head, 1, "<", ">"));
        } else {
            return head;
        }
    }
}

/// Is there a single colon after the parameters: the initialisers of a constructor?
bool has_initialisers(Head head) {
    const auto colon = std::find_if(head.begin(), head.end(), [](const Token &token) { return token.text == ":"; });
    return colon != head.end() && std::any_of(head.begin(), colon, [](const Token &token) { return token.text == ")"; });
}

/// What does the brace after these tokens open? \pre no bracket of the head is open
Opens opened_by(Head head) {
    head = without_prefix(head);
    if (head.empty()) {
        return Opens::value;
    }
    for (const Token &token : head) {
        if (is_any_of(token.text, {"namespace", "extern"})) {
            return Opens::scope;
        }
        if (is_any_of(token.text, {"class", "struct", "union", "enum"})) {
            return Opens::scope;
        }
        if (is_any_of(token.text, {"(", "=", "operator"})) {
            break;
        }
    }
    const auto parameters = std::find_if(head.begin(), head.end(), [](const Token &token) { return token.text == "("; });
    const bool is_operator = std::any_of(head.begin(), parameters, [](const Token &token) { return token.text == "operator"; });
    const bool is_value = std::any_of(head.begin(), parameters, [](const Token &token) { return token.text == "="; });
    if (parameters == head.end() || (is_value && !is_operator)) {
        return Opens::value;
    }
    // "Name(int a) : m_a{a}, m_b(b) {": the brace after a member's name holds its value.
    return has_initialisers(head) && (is_name(head.back().text) || head.back().text == ">") ? Opens::value : Opens::function;
}

/// The name before the parameters; of a test the frame's word.
std::string name_of(Head head) {
    head = without_prefix(head);
    std::string name;
    for (std::size_t i = 0; i < head.size() && head[i].text != "("; ++i) {
        name = head[i].text == "operator" && i + 1 < head.size() ? "operator " + std::string(head[i + 1].text) : std::string(head[i].text);
        if (name.starts_with("operator")) {
            break;
        }
    }
    return name;
}

} // namespace

std::vector<Function> functions_of(const SourceFile &source) {
    const Head tokens = source.tokens;
    std::vector<Function> found;
    std::size_t head_begin = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::string_view text = tokens[i].text;
        if (text == "(") {
            i = after_closing(tokens, i, "(", ")") - 1;
        } else if (is_any_of(text, {";", "}"})) {
            head_begin = i + 1;
        } else if (text == "{") {
            const Head head = tokens.subspan(head_begin, i - head_begin);
            const Opens opens = opened_by(head);
            if (opens == Opens::scope) {
                head_begin = i + 1;
                continue;
            }
            const std::size_t end = after_closing(tokens, i, "{", "}");
            i = end - 1;
            if (opens == Opens::function) {
                const std::size_t first = without_prefix(head).front().line;
                found.push_back({name_of(head), first, tokens[end - 1].line - first + 1});
                head_begin = end;
            }
        }
    }
    return found;
}

} // namespace keyaki::test::house
