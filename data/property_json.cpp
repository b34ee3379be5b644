#include "data/property_json.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace keyaki::data {

namespace {

void append_text(std::string &json, std::string_view text) {
    json += '"';
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            json += '\\';
            json += character;
        } else if (static_cast<unsigned char>(character) < 0x20) {
            fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(character));
        } else {
            json += character;
        }
    }
    json += '"';
}

void append_number(std::string &json, double number, std::string_view name) {
    if (!std::isfinite(number)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a finite number, found {} in the property {}", number, name));
    }
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    json += text;
    if (text.find_first_of(".e") == std::string_view::npos) {
        json += ".0";
    }
}

void append_integer(std::string &json, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    json.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

/// A reader of the one form that the writer above makes: an object of scalars without spaces.
class Reader {
  public:
    explicit Reader(std::string_view json) : m_json(json) {}

    geo::Properties read() {
        geo::Properties properties;
        expect('{');
        if (!skip('}')) {
            do {
                std::string name = text();
                expect(':');
                properties.append(std::move(name), value());
            } while (skip(','));
            expect('}');
        }
        if (m_at != m_json.size()) {
            fail("the end");
        }
        return properties;
    }

  private:
    [[noreturn]] void fail(std::string_view expected) const {
        throw geo::Error(geo::ErrorKind::corrupt,
                         fmt::format("the properties of a feature are damaged: expected {} at byte {} of {}", expected, m_at, m_json.size()));
    }
    [[nodiscard]] char peek() const { return m_at < m_json.size() ? m_json[m_at] : '\0'; }
    bool skip(char character) {
        const bool there = peek() == character && m_at < m_json.size();
        m_at += there ? 1 : 0;
        return there;
    }
    void expect(char character) {
        if (!skip(character)) {
            fail(std::string_view(&character, 1));
        }
    }
    void expect(std::string_view word) {
        if (m_json.substr(m_at, word.size()) != word) {
            fail(word);
        }
        m_at += word.size();
    }

    std::string text() {
        expect('"');
        std::string result;
        while (true) {
            const std::size_t stop = m_json.find_first_of("\"\\", m_at);
            if (stop == std::string_view::npos) {
                fail("the end of a text");
            }
            result += m_json.substr(m_at, stop - m_at);
            m_at = stop + 1;
            if (m_json[stop] == '"') {
                return result;
            }
            result += escaped();
        }
    }

    char escaped() {
        if (skip('"')) {
            return '"';
        }
        if (skip('\\')) {
            return '\\';
        }
        expect("u00");
        unsigned code = 0;
        const char *const begin = m_json.data() + m_at;
        const char *const end = m_json.data() + std::min(m_json.size(), m_at + 2);
        if (const auto [stop, error] = std::from_chars(begin, end, code, 16); error != std::errc() || stop != begin + 2) {
            fail("two hexadecimal digits");
        }
        m_at += 2;
        return static_cast<char>(code);
    }

    geo::Value value() {
        switch (peek()) {
        case '"': return text();
        case 't': expect("true"); return true;
        case 'f': expect("false"); return false;
        case 'n': expect("null"); return std::monostate();
        default: return number();
        }
    }

    geo::Value number() {
        const std::size_t stop = std::min(m_json.find_first_of(",}", m_at), m_json.size());
        const std::string_view digits = m_json.substr(m_at, stop - m_at);
        const char *const begin = digits.data();
        const char *const end = begin + digits.size();
        if (digits.find_first_of(".e") == std::string_view::npos) {
            return parsed<std::int64_t>(begin, end);
        }
        return parsed<double>(begin, end);
    }

    template <typename T>
    T parsed(const char *begin, const char *end) {
        T result = 0;
        if (const auto [stop, error] = std::from_chars(begin, end, result); error != std::errc() || stop != end) {
            fail("a number");
        }
        m_at += static_cast<std::size_t>(end - begin);
        return result;
    }

    std::string_view m_json;
    std::size_t m_at = 0;
};

struct AppendValue {
    std::string &json;
    const std::string &name;

    void operator()(std::monostate) const { json += "null"; }
    void operator()(bool value) const { json += value ? "true" : "false"; }
    void operator()(std::int64_t value) const { append_integer(json, value); }
    void operator()(double value) const { append_number(json, value, name); }
    void operator()(const std::string &value) const { append_text(json, value); }
};

} // namespace

void append_property_json(std::string &json, const geo::Properties &properties) {
    json += '{';
    const char *separator = "";
    for (const auto &[name, value] : properties) {
        json += separator;
        separator = ",";
        append_text(json, name);
        json += ':';
        std::visit(AppendValue{json, name}, value);
    }
    json += '}';
}

geo::Properties parse_property_json(std::string_view json) { return Reader(json).read(); }

} // namespace keyaki::data
