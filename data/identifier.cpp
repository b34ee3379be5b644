#include "data/identifier.hpp"

#include "data/limits.hpp"
#include "geo/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace keyaki::data {
namespace {

/// The lead byte of a sequence of well-formed UTF-8 and what may follow it first: the Unicode Standard, table 3-7.
struct Lead {
    std::uint8_t first, last;
    std::size_t length;
    std::uint8_t second_first, second_last;
};
constexpr Lead leads[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

std::uint8_t byte_at(std::string_view text, std::size_t index) { return static_cast<std::uint8_t>(text[index]); }

/// The length of the character at `start`, or 0 where the bytes there are not UTF-8.
std::size_t character_length(std::string_view text, std::size_t start) {
    for (const Lead &lead : leads) {
        if (byte_at(text, start) < lead.first || byte_at(text, start) > lead.last) {
            continue;
        }
        if (start + lead.length > text.size()) {
            return 0;
        }
        if (lead.length > 1 && (byte_at(text, start + 1) < lead.second_first || byte_at(text, start + 1) > lead.second_last)) {
            return 0;
        }
        for (std::size_t i = 2; i < lead.length; ++i) {
            if (byte_at(text, start + i) < 0x80 || byte_at(text, start + i) > 0xbf) {
                return 0;
            }
        }
        return lead.length;
    }
    return 0;
}

bool is_control(std::string_view text, std::size_t start) {
    const std::uint8_t first = byte_at(text, start);
    return first < 0x20 || first == 0x7f || (first == 0xc2 && byte_at(text, start + 1) < 0xa0);
}

enum class Fault : std::uint8_t { empty, too_long, not_utf8, control };
struct Finding {
    Fault fault;
    std::size_t position;
};

std::optional<Finding> find_fault(std::string_view value) {
    if (value.empty()) {
        return Finding{Fault::empty, 0};
    }
    if (value.size() > identifier_bytes_max) {
        return Finding{Fault::too_long, identifier_bytes_max};
    }
    for (std::size_t position = 0; position < value.size();) {
        if (byte_at(value, position) >= 0x20 && byte_at(value, position) < 0x7f) { // nearly all that ever come
            ++position;
            continue;
        }
        const std::size_t length = character_length(value, position);
        if (length == 0) {
            return Finding{Fault::not_utf8, position};
        }
        if (is_control(value, position)) {
            return Finding{Fault::control, position};
        }
        position += length;
    }
    return std::nullopt;
}

std::string describe(const Finding &finding, std::string_view value) {
    switch (finding.fault) {
    case Fault::empty: return "it is empty";
    case Fault::too_long: return "it has " + std::to_string(value.size()) + " bytes";
    case Fault::not_utf8: return "its byte " + std::to_string(finding.position + 1) + " is not UTF-8";
    case Fault::control: return "its byte " + std::to_string(finding.position + 1) + " begins a control character";
    }
    return {};
}

} // namespace

bool is_identifier(std::string_view value) noexcept { return !find_fault(value); }

void require_identifier(std::string_view what, std::string_view value) {
    if (const std::optional<Finding> finding = find_fault(value)) {
        throw geo::Error(geo::ErrorKind::invalid_input, std::string(what) + " must be 1 to " + std::to_string(identifier_bytes_max) +
                                                            " bytes of UTF-8 without control characters, but " + describe(*finding, value));
    }
}

} // namespace keyaki::data
