#pragma once

#include "server/access/options.hpp"
#include "server/flows/archive_settings.hpp"
#include "server/http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server {

/// Settings that are given on the command line; each is taken over the environment (KEYAKI_…), which is taken over the TOML file.
struct GivenSettings {
    std::string config; ///< empty: keyaki.toml where it exists in the current folder
    std::string database;
    std::string listen;
    std::string public_url;
    std::string log_level;
    std::string log_format;
    std::string access_log; ///< "true" or "false", as are numbers kept as text until every source was looked at
    std::string tile_cache_mib;
    std::string pool_threads;
    std::string connections;
    std::string disaster_layers;
    std::string trusted_proxies; ///< this and the following: server/access/options.hpp
    std::string oidc_issuer;
    std::string oidc_audience;
    std::string oidc_jwks;
    std::string oidc_ca_file;
    std::string oidc_scope_claim;
    std::string oidc_scope_map;
    std::string oidc_name_claim;
    std::string oidc_clock_skew_s;
    std::string upload_folder;
    std::string ledger_head_file;
    std::string webhook_networks;
    std::string webhook_ca_file;
    std::string pack_folder;
    std::string pack_key;
    std::string pack_layers;
    std::vector<ArchiveSettings> archives; ///< of the file alone
};

/// What the program works with, each value checked.
struct Settings {
    std::filesystem::path database = "city.sqlite";
    std::string listen_address = "127.0.0.1";
    std::uint16_t listen_port = 8080; ///< 0: the system chooses
    std::string public_url;           ///< "https://map.example.jp" without a slash at the end; empty: see server/links.hpp
    std::string log_level = "info";   ///< trace, debug, info, warn, error
    std::string log_format = "text";  ///< text (logfmt) or json
    bool access_log = true;           ///< one line for each request, at info
    std::size_t tile_cache_mib = 256; ///< of finished tiles in memory: the whole of a small city's z0–16 fits
    /// Threads that answer what may wait for the database, each with a reading connection once it needed one.
    std::size_t pool_threads = http::limits::pool_threads;
    std::size_t connections = 8192; ///< at once; lowered to what the process may open
    /// Layers that are needed in a disaster: what shows them is turned away after what shows none (server/routes/shed_order.hpp).
    std::vector<std::string> disaster_layers{"shelters", "hazard_zones"};
    access::Options access;
    std::filesystem::path ledger_head_file; ///< where the ledger's head is published, outside the database; empty: nowhere
    /// Receivers of events that may be reached although they are inside: not of the public internet.
    std::vector<access::Network> webhook_networks;
    std::filesystem::path webhook_ca_file;        ///< whom receivers' certificates have to come from; empty: whom the system believes
    std::vector<ArchiveSettings> archives;        ///< each with an id of its own; from the file alone
    std::filesystem::path pack_folder;            ///< where packs are made on publish, and served from; empty: none are
    std::filesystem::path pack_key;               ///< the file of the key that signs packs; not empty where pack_folder is not
    std::string pack_layers = "city";             ///< what packs hold: layers joined by commas, or city for all public ones
    std::filesystem::path upload_folder = "/tmp"; ///< where files that staff upload lie while they are imported, up to some 7 GiB

    friend bool operator==(const Settings &, const Settings &) = default;
};

/// The names of all settings, in the order in which they are explained to an operator (server/operations/keyaki.toml).
[[nodiscard]] std::vector<std::string_view> setting_names();

/// Throws Error invalid_input that names the setting, where it stands and what was expected; unknown keys of the file get a suggestion.
[[nodiscard]] Settings load_settings(const GivenSettings &given);

/// "127.0.0.1:8080", "[::1]:8080" or "8080" split into address and port.
[[nodiscard]] std::pair<std::string, std::uint16_t> parse_listen(const std::string &text);

} // namespace keyaki::server
