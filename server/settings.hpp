#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace keyaki::server {

/// Settings that are given on the command line; each is taken over the environment (KEYAKI_…), which is taken over the TOML file.
struct GivenSettings {
    std::string config; ///< empty: keyaki.toml where it exists in the current folder
    std::string database;
    std::string listen;
    std::string public_url;
    std::string log_level;
};

/// What the program works with, each value checked.
struct Settings {
    std::filesystem::path database = "city.sqlite";
    std::string listen_address = "127.0.0.1";
    std::uint16_t listen_port = 8080; ///< 0: the system chooses
    std::string public_url;           ///< "https://map.example.jp" without a slash at the end; empty: see server/links.hpp
    std::string log_level = "info";   ///< trace, debug, info, warn, error
};

/// Throws Error invalid_input that names the setting, where it stands and what was expected; unknown keys of the file get a suggestion.
[[nodiscard]] Settings load_settings(const GivenSettings &given);

/// "127.0.0.1:8080", "[::1]:8080" or "8080" split into address and port.
[[nodiscard]] std::pair<std::string, std::uint16_t> parse_listen(const std::string &text);

} // namespace keyaki::server
