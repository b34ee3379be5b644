#include "tests/sim/random.hpp"

#include <cmath>
#include <numbers>

namespace keyaki::sim {

namespace {

/// FNV-1a, 64 bits.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
        hash = (hash ^ (value >> (8 * i) & 0xFFU)) * 0x100000001B3U;
    }
    return hash;
}

std::uint64_t start_of(std::uint64_t seed, std::string_view condition, std::uint64_t person) {
    std::uint64_t hash = mixed(0xCBF29CE484222325U, seed);
    for (const char letter : condition) {
        hash = mixed(hash, static_cast<unsigned char>(letter));
    }
    return mixed(hash, person);
}

} // namespace

Random::Random(std::uint64_t seed, std::string_view condition, std::uint64_t person) : m_engine(start_of(seed, condition, person)) {}

double Random::share() { return static_cast<double>(m_engine() >> 11U) * 0x1p-53; }

double Random::normal() {
    // Box and Muller; 1 - share() is never 0.
    const double length = std::sqrt(-2 * std::log(1 - share()));
    return length * std::cos(2 * std::numbers::pi * share());
}

} // namespace keyaki::sim
