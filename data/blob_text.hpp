#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::data {

/// Text, or any bytes that somebody has as text, as the bytes of a blob; valid as long as the text.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}
[[nodiscard]] inline std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

} // namespace keyaki::data
