#pragma once

#include "geo/presence.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// To know a bundle of fixes again without keeping it (FIX_CLONED): honest phones never send the same one twice at different times, replayed
/// recordings do, also with a little jitter laid over them.
namespace keyaki::server::rally {

/// A fix with what phones tell beside it.
struct SentFix {
    geo::Fix fix;
    std::optional<double> altitude_m;
    std::optional<double> speed_mps;
    std::optional<double> bearing_deg;
    bool accessory = false; ///< from a receiver outside of the phone
};

/// Hashes of a bundle: the first of its positions to the centimetre; further ones, where accuracies and times are detailed enough to tell phones
/// apart, of its cells of 16 m in four grids that lie half a cell beside each other, so that a copy with jitter under a metre still shares one. All
/// of times relative to the first fix. Empty for less than two fixes and for a bundle without any movement, which many a phone repeats.
[[nodiscard]] std::vector<std::uint64_t> bundle_hashes(const std::vector<SentFix> &fixes);

/// When its first fix was taken, by the phone; 0 for none.
[[nodiscard]] std::int64_t bundle_begins_ms(const std::vector<SentFix> &fixes) noexcept;

/// The bundle as bytes to keep: begin, then the hashes; empty without hashes.
[[nodiscard]] std::string pack_bundle(std::int64_t begins_ms, const std::vector<std::uint64_t> &hashes);
struct Bundle {
    std::int64_t begins_ms = 0;
    std::vector<std::uint64_t> hashes;
};
[[nodiscard]] Bundle unpack_bundle(const std::vector<std::uint8_t> &bytes);

/// Three fixes or more in which nothing moves at all: no position, accuracy, altitude, speed or bearing.
[[nodiscard]] bool is_flat(const std::vector<SentFix> &fixes) noexcept;

} // namespace keyaki::server::rally
