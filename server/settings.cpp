#include "server/settings.hpp"

#include "data/layer.hpp"
#include "geo/error.hpp"
#include "server/access/limits.hpp"
#include "server/limits.hpp"
#include "server/nearest_word.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace keyaki::server {

namespace {

/// Every setting: its name in the file, its variable in the environment, and where it is kept while sources are laid over one another.
struct Known {
    enum class Type { text, number, yes_or_no } type;
    std::string_view key;
    const char *variable;
    std::string GivenSettings::*place;
};
using enum Known::Type;

constexpr std::array known_settings{
    Known{text, "database", "KEYAKI_DATABASE", &GivenSettings::database},
    Known{text, "listen", "KEYAKI_LISTEN", &GivenSettings::listen},
    Known{text, "public_url", "KEYAKI_PUBLIC_URL", &GivenSettings::public_url},
    Known{text, "log_level", "KEYAKI_LOG_LEVEL", &GivenSettings::log_level},
    Known{text, "log_format", "KEYAKI_LOG_FORMAT", &GivenSettings::log_format},
    Known{yes_or_no, "access_log", "KEYAKI_ACCESS_LOG", &GivenSettings::access_log},
    Known{number, "tile_cache_mib", "KEYAKI_TILE_CACHE_MIB", &GivenSettings::tile_cache_mib},
    Known{number, "pool_threads", "KEYAKI_POOL_THREADS", &GivenSettings::pool_threads},
    Known{number, "connections", "KEYAKI_CONNECTIONS", &GivenSettings::connections},
    Known{text, "disaster_layers", "KEYAKI_DISASTER_LAYERS", &GivenSettings::disaster_layers},
    Known{text, "upload_folder", "KEYAKI_UPLOAD_FOLDER", &GivenSettings::upload_folder},
    Known{text, "ledger_head_file", "KEYAKI_LEDGER_HEAD_FILE", &GivenSettings::ledger_head_file},
    Known{text, "webhook_networks", "KEYAKI_WEBHOOK_NETWORKS", &GivenSettings::webhook_networks},
    Known{text, "webhook_ca_file", "KEYAKI_WEBHOOK_CA_FILE", &GivenSettings::webhook_ca_file},
    Known{text, "pack_folder", "KEYAKI_PACK_FOLDER", &GivenSettings::pack_folder},
    Known{text, "pack_key", "KEYAKI_PACK_KEY", &GivenSettings::pack_key},
    Known{text, "pack_layers", "KEYAKI_PACK_LAYERS", &GivenSettings::pack_layers},
    Known{text, "trusted_proxies", "KEYAKI_TRUSTED_PROXIES", &GivenSettings::trusted_proxies},
    Known{text, "oidc_issuer", "KEYAKI_OIDC_ISSUER", &GivenSettings::oidc_issuer},
    Known{text, "oidc_audience", "KEYAKI_OIDC_AUDIENCE", &GivenSettings::oidc_audience},
    Known{text, "oidc_jwks", "KEYAKI_OIDC_JWKS", &GivenSettings::oidc_jwks},
    Known{text, "oidc_ca_file", "KEYAKI_OIDC_CA_FILE", &GivenSettings::oidc_ca_file},
    Known{text, "oidc_scope_claim", "KEYAKI_OIDC_SCOPE_CLAIM", &GivenSettings::oidc_scope_claim},
    Known{text, "oidc_scope_map", "KEYAKI_OIDC_SCOPE_MAP", &GivenSettings::oidc_scope_map},
    Known{text, "oidc_name_claim", "KEYAKI_OIDC_NAME_CLAIM", &GivenSettings::oidc_name_claim},
    Known{number, "oidc_clock_skew_s", "KEYAKI_OIDC_CLOCK_SKEW_S", &GivenSettings::oidc_clock_skew_s},
};

/// The one setting that is a list of tables.
constexpr std::string_view archives_key = "archives";

std::string_view nearest_key(std::string_view unknown) {
    std::vector<std::string_view> names = setting_names();
    names.push_back(archives_key);
    return nearest_word(unknown, names);
}

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

std::string_view expectation(Known::Type type) {
    switch (type) {
    case text: return "text in quotes";
    case number: return "a whole number without quotes";
    case yes_or_no: return "true or false without quotes";
    }
    return "";
}

/// The value of the file as the other sources would give it; nothing when it is of another type.
std::optional<std::string> text_of(const Known &known, const toml::node &value) {
    switch (known.type) {
    case text: return value.is_string() ? value.value<std::string>() : std::nullopt;
    case number: return value.is_integer() ? std::optional(std::to_string(*value.value<std::int64_t>())) : std::nullopt;
    case yes_or_no: return value.is_boolean() ? std::optional<std::string>(*value.value<bool>() ? "true" : "false") : std::nullopt;
    }
    return std::nullopt;
}

/// One table of [[archives]]; `where` is its file and line.
ArchiveSettings read_archive(const toml::table &table, const std::string &file) {
    constexpr std::array<std::string_view, 5> names{"id", "file", "title_ja", "title_en", "attribution"};
    std::array<std::string, names.size()> texts;
    for (const auto &[key, value] : table) {
        const auto found = std::find(names.begin(), names.end(), key.str());
        if (found == names.end()) {
            refuse(fmt::format("{}, line {}: there is no setting \"{}\" of an archive; did you mean \"{}\"?", file, key.source().begin.line,
                               key.str(), nearest_word(key.str(), names)));
        }
        if (!value.is_string()) {
            refuse(fmt::format("{}, line {}: {} must be {}", file, value.source().begin.line, key.str(), expectation(text)));
        }
        texts.at(static_cast<std::size_t>(found - names.begin())) = *value.value<std::string>();
    }
    const auto line = table.source().begin.line;
    if (!data::is_layer_id(texts[0]) || texts[0] == "city") {
        refuse(fmt::format("{}, line {}: an archive needs an id of a-z, 0-9 and _ that begins with a letter and is not \"city\", found \"{}\"", file,
                           line, texts[0]));
    }
    if (!texts[1].ends_with(".pmtiles") && !texts[1].ends_with(".mbtiles")) {
        refuse(
            fmt::format("{}, line {}: the archive {} needs a file that ends in .pmtiles or .mbtiles, found \"{}\"", file, line, texts[0], texts[1]));
    }
    return {texts[0], texts[1], texts[2], texts[3], texts[4]};
}

std::vector<ArchiveSettings> read_archives(const toml::node &value, const std::string &file) {
    if (!value.is_array_of_tables() || value.as_array()->size() > max_archives) {
        refuse(fmt::format("{}, line {}: archives must be at most {} tables, each under a line [[archives]]", file, value.source().begin.line,
                           max_archives));
    }
    std::vector<ArchiveSettings> archives;
    for (const toml::node &one : *value.as_array()) {
        ArchiveSettings archive = read_archive(*one.as_table(), file);
        if (std::any_of(archives.begin(), archives.end(), [&](const ArchiveSettings &known) { return known.id == archive.id; })) {
            refuse(fmt::format("{}, line {}: there are two archives with the id \"{}\"", file, one.source().begin.line, archive.id));
        }
        archives.push_back(std::move(archive));
    }
    return archives;
}

void read_file(const std::string &file, GivenSettings &settings) {
    toml::table table;
    try {
        table = toml::parse_file(file);
    } catch (const toml::parse_error &error) {
        refuse(fmt::format("{}, line {}, column {}: {}", file, error.source().begin.line, error.source().begin.column, error.description()));
    }
    for (const auto &[key, value] : table) {
        if (key.str() == archives_key) {
            settings.archives = read_archives(value, file);
            continue;
        }
        const auto known = std::find_if(known_settings.begin(), known_settings.end(), [&key = key](const Known &k) { return k.key == key.str(); });
        if (known == known_settings.end()) {
            refuse(fmt::format("{}, line {}: there is no setting \"{}\"; did you mean \"{}\"?", file, key.source().begin.line, key.str(),
                               nearest_key(key.str())));
        }
        const auto found = text_of(*known, value);
        if (!found) {
            refuse(fmt::format("{}, line {}: {} must be {}", file, value.source().begin.line, key.str(), expectation(known->type)));
        }
        std::string &place = settings.*(known->place);
        if (place.empty()) {
            place = *found;
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

/// `value` when it is one of the words; `place` stays as it is when nothing was given.
void take_word(std::string &place, std::string_view key, const std::string &value, std::initializer_list<std::string_view> words) {
    if (value.empty()) {
        return;
    }
    if (std::find(words.begin(), words.end(), value) == words.end()) {
        refuse(fmt::format("{} must be one of {}, found \"{}\"", key, fmt::join(words, ", "), value));
    }
    place = value;
}

void take_number(std::size_t &place, std::string_view key, const std::string &value, std::size_t least, std::size_t most) {
    if (value.empty()) {
        return;
    }
    std::size_t found = 0;
    const char *end = value.data() + value.size();
    const auto [stop, failure] = std::from_chars(value.data(), end, found);
    if (failure != std::errc() || stop != end || found < least || found > most) {
        refuse(fmt::format("{} must be a whole number from {} to {}, found \"{}\"", key, least, most, value));
    }
    place = found;
}

/// Names parted by commas; "none" for none.
void take_layers(std::vector<std::string> &place, std::string_view key, std::string_view value) {
    if (value.empty()) {
        return;
    }
    place.clear();
    for (std::size_t begin = 0; value != "none" && begin <= value.size();) {
        const std::size_t end = std::min(value.find(',', begin), value.size());
        std::string_view name = value.substr(begin, end - begin);
        name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
        name = name.substr(0, name.find_last_not_of(' ') + 1);
        if (!data::is_layer_id(name)) {
            refuse(fmt::format("{} must be ids of layers parted by commas, or \"none\", found \"{}\"", key, value));
        }
        place.emplace_back(name);
        begin = end + 1;
    }
}

void take_limits(Settings &settings, const GivenSettings &given) {
    take_number(settings.tile_cache_mib, "tile_cache_mib", given.tile_cache_mib, 0, max_tile_cache_mib);
    take_number(settings.pool_threads, "pool_threads", given.pool_threads, 2, max_pool_threads);
    take_number(settings.connections, "connections", given.connections, 1, max_connections);
    take_layers(settings.disaster_layers, "disaster_layers", given.disaster_layers);
    if (!given.upload_folder.empty()) {
        settings.upload_folder = given.upload_folder;
    }
}

void take_packs(Settings &settings, const GivenSettings &given) {
    settings.pack_folder = given.pack_folder;
    settings.pack_key = given.pack_key;
    if (!given.pack_layers.empty()) {
        settings.pack_layers = given.pack_layers;
    }
    if (!settings.pack_folder.empty() && settings.pack_key.empty()) {
        refuse(fmt::format("pack_folder needs pack_key, the file of the key that signs packs (keyaki pack key create FILE), found only pack_folder "
                           "\"{}\"",
                           given.pack_folder));
    }
}

void take_log(Settings &settings, const GivenSettings &given) {
    take_word(settings.log_level, "log_level", given.log_level, {"trace", "debug", "info", "warn", "error"});
    take_word(settings.log_format, "log_format", given.log_format, {"text", "json"});
    std::string access_log = settings.access_log ? "true" : "false";
    take_word(access_log, "access_log", given.access_log, {"true", "false"});
    settings.access_log = access_log == "true";
}

void take_access(access::Options &options, const GivenSettings &given) {
    options = access::read_options({given.trusted_proxies, given.oidc_issuer, given.oidc_audience, given.oidc_jwks, given.oidc_ca_file,
                                    given.oidc_scope_claim, given.oidc_scope_map, given.oidc_name_claim});
    take_number(options.issuer.clock_skew_s, "oidc_clock_skew_s", given.oidc_clock_skew_s, 0, access::limits::clock_skew_s);
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
    take_log(settings, merged);
    take_limits(settings, merged);
    take_access(settings.access, merged);
    settings.archives = merged.archives;
    take_packs(settings, merged);
    settings.ledger_head_file = merged.ledger_head_file;
    settings.webhook_networks = access::read_networks("webhook_networks", merged.webhook_networks);
    settings.webhook_ca_file = merged.webhook_ca_file;
    return settings;
}

std::vector<std::string_view> setting_names() {
    std::vector<std::string_view> names;
    for (const Known &known : known_settings) {
        names.push_back(known.key);
    }
    return names;
}

} // namespace keyaki::server
