#pragma once

#include "importers/byte_source.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace keyaki::importers {

/// What a quick reading leaves to a careful one: no JSON, or JSON of a kind that files hardly ever have.
struct DoubtfulJson {};

/// Reads JSON (RFC 8259, UTF-8) several times as fast as a general parser, for it converts no number and explains no fault: at whatever is not plain
/// it throws DoubtfulJson, and whoever reads starts anew with the general parser, which says what it is. What it does not throw at is JSON.
/// Either a handler takes a whole value, or the caller takes it apart by the functions below. Memory: 64 KiB and the longest text. One thread.
class JsonScan {
  public:
    explicit JsonScan(ByteSource &source) : m_source(source) {}

    /// Passes over these bytes. False where the source ends.
    [[nodiscard]] bool skip(std::string_view unwanted);
    /// One value and no byte behind it. The handler has the functions of one of nlohmann::json_sax and is told the same as by sax_parse, but numbers
    /// as `plain_number(std::string_view literal, bool is_whole)`. Recursive: the handler must throw when it goes too deep.
    template <typename Handler>
    void read_value(Handler &handler);

    /// The next byte that is no space, not taken; -1 at the end.
    [[nodiscard]] int peek_past_space();
    void expect(char letter);
    /// Takes a text, which is then text() up to the next one. \pre peek_past_space() == '"'
    void read_text();
    [[nodiscard]] const std::string &text() const noexcept { return m_text; }
    /// Takes a number. Its literal is valid up to the next call of anything.
    [[nodiscard]] std::string_view read_number();
    void read_word(std::string_view word);

  private:
    [[nodiscard]] bool refill();
    void gather();
    /// The next byte; -1 at the end.
    [[nodiscard]] int peek() { return m_next != m_end || refill() ? static_cast<unsigned char>(*m_next) : -1; }
    void take() { ++m_next; } ///< \pre peek() != -1
    template <typename Handler>
    void read_object(Handler &handler);
    template <typename Handler>
    void read_array(Handler &handler);
    void read_escape();
    [[nodiscard]] std::size_t read_digits();

    ByteSource &m_source;
    std::array<char, (64U << 10U) + 1> m_chunk{}; ///< and a zero behind the last byte, which no digit is
    const char *m_next = nullptr;
    const char *m_end = nullptr;
    std::string m_text; ///< the one read last
};

template <typename Handler>
void JsonScan::read_value(Handler &handler) {
    switch (peek_past_space()) {
    case '{': return read_object(handler);
    case '[': return read_array(handler);
    case '"':
        read_text();
        handler.string(m_text);
        return;
    case 't':
        read_word("true");
        handler.boolean(true);
        return;
    case 'f':
        read_word("false");
        handler.boolean(false);
        return;
    case 'n':
        read_word("null");
        handler.null();
        return;
    default: {
        const std::string_view literal = read_number();
        handler.plain_number(literal, literal.find_first_of(".eE") == std::string_view::npos);
    }
    }
}

template <typename Handler>
void JsonScan::read_object(Handler &handler) {
    take();
    handler.start_object(static_cast<std::size_t>(-1));
    if (peek_past_space() != '}') {
        do {
            if (peek_past_space() != '"') {
                throw DoubtfulJson();
            }
            read_text();
            handler.key(m_text);
            expect(':');
            read_value(handler);
        } while (peek_past_space() == ',' && (take(), true));
    }
    expect('}');
    handler.end_object();
}

template <typename Handler>
void JsonScan::read_array(Handler &handler) {
    take();
    handler.start_array(static_cast<std::size_t>(-1));
    if (peek_past_space() != ']') {
        do {
            read_value(handler);
        } while (peek_past_space() == ',' && (take(), true));
    }
    expect(']');
    handler.end_array();
}

} // namespace keyaki::importers
