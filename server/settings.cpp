#include "server/settings.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace keyaki::server {

namespace {

/// Every setting: its name in the file, its variable in the environment, and where it is kept while sources are laid over one another.
struct Known {
    std::string_view key;
    const char *variable;
    std::string GivenSettings::*place;
};

constexpr std::array known_settings{
    Known{"database", "KEYAKI_DATABASE", &GivenSettings::database},
    Known{"listen", "KEYAKI_LISTEN", &GivenSettings::listen},
    Known{"public_url", "KEYAKI_PUBLIC_URL", &GivenSettings::public_url},
    Known{"log_level", "KEYAKI_LOG_LEVEL", &GivenSettings::log_level},
};

/// Levenshtein's distance: how many letters to change, add or leave out.
std::size_t letters_apart(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string_view nearest_key(std::string_view unknown) {
    return std::min_element(known_settings.begin(), known_settings.end(),
                            [unknown](const Known &a, const Known &b) { return letters_apart(unknown, a.key) < letters_apart(unknown, b.key); })
        ->key;
}

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

void read_file(const std::string &file, GivenSettings &settings) {
    toml::table table;
    try {
        table = toml::parse_file(file);
    } catch (const toml::parse_error &error) {
        refuse(fmt::format("{}, line {}, column {}: {}", file, error.source().begin.line, error.source().begin.column, error.description()));
    }
    for (const auto &[key, value] : table) {
        const auto known = std::find_if(known_settings.begin(), known_settings.end(), [&key = key](const Known &k) { return k.key == key.str(); });
        if (known == known_settings.end()) {
            refuse(fmt::format("{}, line {}: there is no setting \"{}\"; did you mean \"{}\"?", file, key.source().begin.line, key.str(),
                               nearest_key(key.str())));
        }
        const auto text = value.value<std::string>();
        if (!value.is_string() || !text) {
            refuse(fmt::format("{}, line {}: {} must be text in quotes", file, value.source().begin.line, key.str()));
        }
        std::string &place = settings.*(known->place);
        if (place.empty()) {
            place = *text;
        }
    }
}

std::string checked_public_url(std::string url) {
    while (!url.empty() && url.back() == '/') {
        url.pop_back();
    }
    const bool is_web = url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0;
    if (!url.empty() && (!is_web || url.find_first_of(" \"'<>\\?#") != std::string::npos)) {
        refuse(fmt::format("public_url must be an address such as https://map.example.jp, found \"{}\"", url));
    }
    return url;
}

std::string checked_log_level(const std::string &level) {
    constexpr std::array levels{"trace", "debug", "info", "warn", "error"};
    if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
        refuse(fmt::format("log_level must be trace, debug, info, warn or error, found \"{}\"", level));
    }
    return level;
}

} // namespace

std::pair<std::string, std::uint16_t> parse_listen(const std::string &text) {
    const std::size_t colon = text.rfind(':');
    std::string address = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
    const std::string port_text = colon == std::string::npos ? text : text.substr(colon + 1);
    std::uint16_t port = 0;
    const char *end = port_text.data() + port_text.size();
    const auto [stop, failure] = std::from_chars(port_text.data(), end, port);
    if (failure != std::errc() || stop != end || address.empty()) {
        refuse(fmt::format("listen must be an address and a port such as 127.0.0.1:8080 or [::1]:8080, found \"{}\"", text));
    }
    return {std::move(address), port};
}

Settings load_settings(const GivenSettings &given) {
    GivenSettings merged = given;
    for (const Known &known : known_settings) {
        const char *value = std::getenv(known.variable);
        std::string &place = merged.*(known.place);
        if (place.empty() && value != nullptr) {
            place = value;
        }
    }
    const char *config = std::getenv("KEYAKI_CONFIG");
    std::string file = !given.config.empty() ? given.config : config != nullptr ? config : "";
    if (file.empty() && std::filesystem::exists("keyaki.toml")) {
        file = "keyaki.toml";
    }
    if (!file.empty()) {
        read_file(file, merged);
    }
    Settings settings;
    if (!merged.database.empty()) {
        settings.database = merged.database;
    }
    if (!merged.listen.empty()) {
        std::tie(settings.listen_address, settings.listen_port) = parse_listen(merged.listen);
    }
    settings.public_url = checked_public_url(merged.public_url);
    if (!merged.log_level.empty()) {
        settings.log_level = checked_log_level(merged.log_level);
    }
    return settings;
}

} // namespace keyaki::server
