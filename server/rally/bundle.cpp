#include "server/rally/bundle.hpp"

#include "data/sha256.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace keyaki::server::rally {

namespace {

constexpr double cell_m = 16;
constexpr double degree_m = 111'000;

void append_number(std::string &bytes, std::int64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xFFU);
    }
}

std::uint64_t number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    std::uint64_t number = 0;
    for (std::size_t i = 8; i-- > 0;) {
        number = number << 8U | bytes[at + i];
    }
    return number;
}

std::uint64_t hash_of(const std::string &bytes) { return number_at(data::sha256(bytes), 0); }

/// Rounded; what no number of a map or a phone comes near is one value.
std::int64_t rounded(double value) { return std::abs(value) < 1e15 ? std::llround(value) : 0; }

std::vector<const SentFix *> by_time(const std::vector<SentFix> &fixes) {
    std::vector<const SentFix *> sorted;
    for (const SentFix &sent : fixes) {
        sorted.push_back(&sent);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const SentFix *a, const SentFix *b) { return a->fix.taken_at_ms < b->fix.taken_at_ms; });
    return sorted;
}

/// Time since the first fix and accuracy, which a copy keeps.
void append_rhythm(std::string &bytes, const SentFix &sent, std::int64_t begins_ms) {
    append_number(bytes, sent.fix.taken_at_ms - begins_ms);
    append_number(bytes, rounded(sent.fix.accuracy_m.value_or(-1) * 100));
}

bool is_detailed(const std::vector<const SentFix *> &fixes) {
    const std::int64_t begins_ms = fixes.front()->fix.taken_at_ms;
    const bool has_times =
        std::any_of(fixes.begin(), fixes.end(), [&](const SentFix *sent) { return (sent->fix.taken_at_ms - begins_ms) % 1000 != 0; });
    const bool has_accuracies =
        std::any_of(fixes.begin(), fixes.end(), [](const SentFix *sent) { return rounded(sent->fix.accuracy_m.value_or(0) * 100) % 50 != 0; });
    return has_times && has_accuracies;
}

std::uint64_t exact_hash(const std::vector<const SentFix *> &fixes) {
    std::string bytes = "exact";
    for (const SentFix *sent : fixes) {
        append_number(bytes, rounded(sent->fix.position.lon_deg * 1e7));
        append_number(bytes, rounded(sent->fix.position.lat_deg * 1e7));
        append_rhythm(bytes, *sent, fixes.front()->fix.taken_at_ms);
    }
    return hash_of(bytes);
}

std::uint64_t cell_hash(const std::vector<const SentFix *> &fixes, double shift_east_m, double shift_north_m) {
    std::string bytes = "cells";
    // One scale for the whole bundle, by the latitude to a tenth of a degree.
    const double scale = std::cos(std::round(fixes.front()->fix.position.lat_deg * 10) / 10 * std::numbers::pi / 180);
    append_number(bytes, rounded(shift_east_m));
    append_number(bytes, rounded(shift_north_m));
    for (const SentFix *sent : fixes) {
        append_number(bytes, rounded(std::floor((sent->fix.position.lon_deg * degree_m * scale + shift_east_m) / cell_m)));
        append_number(bytes, rounded(std::floor((sent->fix.position.lat_deg * degree_m + shift_north_m) / cell_m)));
        append_rhythm(bytes, *sent, fixes.front()->fix.taken_at_ms);
    }
    return hash_of(bytes);
}

} // namespace

std::int64_t bundle_begins_ms(const std::vector<SentFix> &fixes) noexcept {
    const auto first =
        std::min_element(fixes.begin(), fixes.end(), [](const SentFix &a, const SentFix &b) { return a.fix.taken_at_ms < b.fix.taken_at_ms; });
    return first == fixes.end() ? 0 : first->fix.taken_at_ms;
}

std::vector<std::uint64_t> bundle_hashes(const std::vector<SentFix> &fixes) {
    if (fixes.size() < 2) {
        return {};
    }
    const auto sorted = by_time(fixes);
    const bool moves =
        std::any_of(sorted.begin(), sorted.end(), [&](const SentFix *sent) { return !(sent->fix.position == sorted.front()->fix.position); });
    if (!moves) {
        return {};
    }
    std::vector<std::uint64_t> hashes{exact_hash(sorted)};
    if (is_detailed(sorted)) {
        for (const double east_m : {0.0, cell_m / 2}) {
            for (const double north_m : {0.0, cell_m / 2}) {
                hashes.push_back(cell_hash(sorted, east_m, north_m));
            }
        }
    }
    return hashes;
}

std::string pack_bundle(std::int64_t begins_ms, const std::vector<std::uint64_t> &hashes) {
    std::string bytes;
    if (!hashes.empty()) {
        append_number(bytes, begins_ms);
        for (const std::uint64_t hash : hashes) {
            append_number(bytes, static_cast<std::int64_t>(hash));
        }
    }
    return bytes;
}

Bundle unpack_bundle(const std::vector<std::uint8_t> &bytes) {
    Bundle bundle;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        if (at == 0) {
            bundle.begins_ms = static_cast<std::int64_t>(number_at(bytes, 0));
        } else {
            bundle.hashes.push_back(number_at(bytes, at));
        }
    }
    return bundle;
}

bool is_flat(const std::vector<SentFix> &fixes) noexcept {
    return fixes.size() >= 3 && std::all_of(fixes.begin(), fixes.end(), [&](const SentFix &sent) {
               const SentFix &first = fixes.front();
               return sent.fix.position == first.fix.position && sent.fix.accuracy_m == first.fix.accuracy_m && sent.altitude_m == first.altitude_m &&
                      sent.speed_mps == first.speed_mps && sent.bearing_deg == first.bearing_deg;
           });
}

} // namespace keyaki::server::rally
