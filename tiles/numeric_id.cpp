#include "tiles/numeric_id.hpp"

#include "tiles/limits.hpp"

#include <charconv>

namespace keyaki::tiles {

namespace {

bool has_canonical_digits(std::string_view id) noexcept {
    if (id.empty() || (id.size() > 1 && id.front() == '0')) {
        return false;
    }
    for (const char character : id) {
        if (character < '0' || character > '9') {
            return false;
        }
    }
    return true;
}

} // namespace

std::uint64_t numeric_id_of(std::string_view id) noexcept {
    if (has_canonical_digits(id)) {
        std::uint64_t number = 0;
        const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
        if (read.ec == std::errc() && number <= max_exact_integer) {
            return number;
        }
    }
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (const char character : id) {
        hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    }
    // FNV's upper bits are weak for short texts: the finaliser of SplitMix64 spreads them (Steele, Lea and Flood 2014).
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    hash ^= hash >> 31;
    const std::uint64_t number = hash & max_exact_integer;
    return number == 0 ? 1 : number;
}

} // namespace keyaki::tiles
