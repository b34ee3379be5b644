#pragma once

#include "importers/byte_source.hpp"

#include <array>
#include <cstdint>
#include <streambuf>
#include <string>

namespace keyaki::importers {

/// The bytes of a source as a stream that knows where its reader is. One thread.
class CountedText : public std::streambuf {
  public:
    explicit CountedText(ByteSource &source) : m_source(source) {}

    /// "line 3, column 14" of the last byte taken; both from 1, columns in bytes.
    [[nodiscard]] std::string place();
    /// The next byte that is none of these, not taken; traits_type::eof() at the end.
    int_type skip(std::string_view unwanted);
    [[nodiscard]] std::uint64_t taken_bytes() const { return m_before_bytes + static_cast<std::uint64_t>(gptr() - eback()); }

  protected:
    int_type underflow() override;

  private:
    /// Counts the lines up to the reader.
    void count();

    ByteSource &m_source;
    std::array<char, 64U << 10U> m_chunk{};
    std::uint64_t m_before_bytes = 0; ///< of the chunks before this one
    std::size_t m_counted = 0;        ///< bytes of this chunk
    std::uint64_t m_lines = 0;
    std::uint64_t m_line_start = 0; ///< byte of the file
};

} // namespace keyaki::importers
