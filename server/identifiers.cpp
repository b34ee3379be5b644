#include "server/identifiers.hpp"

#include "data/limits.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/random.h>

namespace keyaki::server {

namespace {

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
    std::array<std::uint8_t, N> bytes{};
    // Up to 256 bytes come whole or not at all (getrandom(2)).
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("the kernel gave no random bytes (errno {})", errno));
    }
    return bytes;
}

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string make_ulid(std::int64_t time_us) {
    std::string text(26, '0');
    auto milliseconds = static_cast<std::uint64_t>(time_us / 1000);
    for (std::size_t i = 10; i-- > 0; milliseconds >>= 5U) {
        text[i] = crockford[milliseconds & 31U];
    }
    const auto random = random_bytes<10>();
    std::size_t at = 10;
    for (std::size_t half = 0; half < 2; ++half) {
        std::uint64_t bits = 0; // 40 bits = 8 characters
        for (std::size_t i = 0; i < 5; ++i) {
            bits = bits << 8U | random[half * 5 + i];
        }
        for (int shift = 35; shift >= 0; shift -= 5) {
            text[at++] = crockford[bits >> static_cast<unsigned>(shift) & 31U];
        }
    }
    return text;
}

std::string make_api_secret() {
    const auto random = random_bytes<33>(); // a multiple of three: no padding; 264 bits
    std::string text = "keyaki_";
    for (std::size_t i = 0; i < random.size(); i += 3) {
        const std::uint32_t bits = static_cast<std::uint32_t>(random[i]) << 16U | static_cast<std::uint32_t>(random[i + 1]) << 8U | random[i + 2];
        for (const unsigned shift : {18U, 12U, 6U, 0U}) {
            text += base64url[bits >> shift & 63U];
        }
    }
    return text;
}

std::array<std::uint8_t, 32> make_secret() { return random_bytes<32>(); }

bool is_pseudonym(std::string_view text) noexcept {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_allowed);
}

std::string require_member(std::string_view text) {
    if (!is_pseudonym(text)) {
        throw geo::Error(geo::ErrorKind::invalid_input, "a member is named by 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    return std::string(text);
}

std::string award_id(std::string_view rally, std::string_view spot, std::string_view member, std::string_view period) {
    std::string id = fmt::format("award/{}/{}/{}", rally, spot, member);
    if (period != "once") {
        id += fmt::format("@{}", period);
    }
    if (id.size() > data::identifier_bytes_max) {
        id = fmt::format("award/{}/sha256:{}", rally, data::to_hex(data::sha256(id)));
    }
    return id;
}

std::string held_award_id(std::string_view rally, std::string_view check_in) { return fmt::format("award/{}/held/{}", rally, check_in); }

std::optional<std::string> refused_client_transfer_id(std::string_view id) {
    const auto *const found =
        std::find_if(own_transfer_prefixes.begin(), own_transfer_prefixes.end(), [&](std::string_view prefix) { return id.starts_with(prefix); });
    if (found == own_transfer_prefixes.end()) {
        return std::nullopt;
    }
    return fmt::format("a transfer's id must not begin with {}, which the server uses for its own", *found);
}

} // namespace keyaki::server
