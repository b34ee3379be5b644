#include "importers/counted_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace keyaki::importers {

CountedText::int_type CountedText::underflow() {
    if (gptr() < egptr()) {
        return traits_type::to_int_type(*gptr());
    }
    count();
    m_before_bytes += static_cast<std::uint64_t>(egptr() - eback());
    m_counted = 0;
    const std::size_t got = m_source.read(m_chunk);
    setg(m_chunk.data(), m_chunk.data(), m_chunk.data() + got);
    return got == 0 ? traits_type::eof() : traits_type::to_int_type(*gptr());
}

void CountedText::count() {
    const std::string_view taken(eback(), static_cast<std::size_t>(gptr() - eback()));
    // A line ends after its line feed: the line feed itself, when it is the last byte taken, still belongs to it.
    for (std::size_t at = taken.find('\n', m_counted); at != std::string_view::npos; at = taken.find('\n', at + 1)) {
        ++m_lines;
        m_line_start = m_before_bytes + at + 1;
    }
    m_counted = taken.size();
}

std::string CountedText::place() {
    count();
    return fmt::format("line {}, column {}", m_lines + 1, std::max<std::uint64_t>(1, taken_bytes() - m_line_start));
}

CountedText::int_type CountedText::skip(std::string_view unwanted) {
    int_type next = sgetc();
    while (!traits_type::eq_int_type(next, traits_type::eof()) && unwanted.find(traits_type::to_char_type(next)) != std::string_view::npos) {
        next = snextc();
    }
    return next;
}

} // namespace keyaki::importers
