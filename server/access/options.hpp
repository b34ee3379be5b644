#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::access {

/// A numeric address, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
using Address = std::array<std::uint8_t, 16>;

/// Addresses that begin with the same bits.
struct Network {
    Address address{};
    unsigned bits = 0; ///< of the 128
    friend bool operator==(const Network &, const Network &) = default;
};

/// Whose tokens are taken, and what they may do. Off while `issuer` is empty.
struct IssuerOptions {
    std::string issuer;                 ///< exactly as it stands in `iss`
    std::vector<std::string> audiences; ///< one of which has to stand in `aud`
    std::string keys_at;                ///< a file or an https URL with the issuer's JSON Web Key Set
    std::filesystem::path ca_file;      ///< whom that URL's certificate has to come from; empty: whom the system believes
    std::string scope_claim = "scope";
    /// Words of that claim and the scopes that each gives. Empty: words that are scopes give themselves.
    std::vector<std::pair<std::string, std::vector<std::string>>> scope_map;
    std::string name_claim = "preferred_username";
    std::size_t clock_skew_s = 60;

    [[nodiscard]] bool is_on() const noexcept { return !issuer.empty(); }
    friend bool operator==(const IssuerOptions &, const IssuerOptions &) = default;
};

/// What an operator sets about access.
struct Options {
    IssuerOptions issuer;
    /// Peers whose X-Forwarded-For is believed, when failed attempts are counted by client.
    std::vector<Network> trusted_proxies = loopback();

    [[nodiscard]] static std::vector<Network> loopback();
    friend bool operator==(const Options &, const Options &) = default;
};

/// The settings as text, each empty where it was not given.
struct GivenOptions {
    std::string trusted_proxies; ///< "127.0.0.1, ::1, 10.0.0.0/8"; "none" for nobody
    std::string issuer;
    std::string audience;
    std::string keys_at;
    std::string ca_file;
    std::string scope_claim;
    std::string scope_map; ///< "gis-staff = layers:write layers:publish; shelter-desk = layers:write:shelters"
    std::string name_claim;
};

/// Addresses and networks parted by commas; none for "none" and for an empty text. Error invalid_input that names the setting.
[[nodiscard]] std::vector<Network> read_networks(std::string_view setting, const std::string &text);

/// Error invalid_input that names the setting (trusted_proxies, oidc_issuer, …), what was expected and what was found. The clock skew is not looked
/// at.
[[nodiscard]] Options read_options(const GivenOptions &given);

} // namespace keyaki::server::access
