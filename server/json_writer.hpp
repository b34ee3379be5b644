#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Appends JSON to a text. It makes room in it for much at once and then writes through a pointer: a page is thousands of numbers and names of a few
/// bytes each, for which std::string::append takes longer than their bytes do. The text ends with what was written once the writer is gone or
/// flushed, and is not to be touched before. One thread.
///
/// write…() makes its room itself. put…() needs room that need() has made before, for all that is put until the next need().
class JsonWriter {
  public:
    /// `step_bytes`: how much room is made at a time at the least. Room costs being filled with zeros, so whoever writes little takes none ahead.
    explicit JsonWriter(std::string &out, std::size_t step_bytes = 0) : m_out(out), m_step_bytes(step_bytes), m_at(end()), m_end(m_at) {}
    JsonWriter(const JsonWriter &) = delete;
    JsonWriter &operator=(const JsonWriter &) = delete;
    ~JsonWriter() { flush(); }

    void flush() {
        m_out.resize(written());
        m_end = m_at = end();
    }
    /// Bytes of the text, with what was there before.
    [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(m_at - m_out.data()); }

    /// Makes room for so many bytes more.
    void need(std::size_t bytes) {
        if (static_cast<std::size_t>(m_end - m_at) < bytes) {
            grow(bytes);
        }
    }

    void put(char c) noexcept { *m_at++ = c; }
    void put(std::string_view text) noexcept { m_at += text.copy(m_at, text.size()); }
    /// `number` steps of a seventh decimal, without zeros at the end: 1395262000 is 139.5262. Room: e7_bytes.
    void put_e7(std::int32_t number) noexcept;
    static constexpr std::size_t e7_bytes = 13;
    /// `number` steps of the decimal number `decimals` (0 to 9), without zeros at the end. Room: decimal_bytes.
    void put_decimal(std::int64_t number, int decimals) noexcept;
    static constexpr std::size_t decimal_bytes = 21;

    void write(std::string_view text) {
        need(text.size());
        put(text);
    }
    /// A string with quotes, escaped; bytes that are not UTF-8 become U+FFFD.
    void write_string(std::string_view text);
    void write_whole(std::int64_t number);
    /// As few digits as it takes to read it back the same; null where JSON has no such number.
    void write_real(double number);

  private:
    [[nodiscard]] char *end() noexcept { return m_out.data() + m_out.size(); }
    void grow(std::size_t bytes);

    std::string &m_out;
    const std::size_t m_step_bytes;
    char *m_at;
    char *m_end; ///< of the room, which is the end of m_out
};

} // namespace keyaki::server
