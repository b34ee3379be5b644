#include "server/access/options.hpp"

#include "geo/error.hpp"
#include "server/access/client_address.hpp"
#include "server/access/limits.hpp"
#include "server/access/scopes.hpp"
#include "server/http/headers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server::access {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

/// The parts between separators, without blanks at their ends, empty ones left out.
std::vector<std::string_view> parts_of(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (const std::string_view part = http::trim_blanks(text.substr(0, end)); !part.empty()) {
            parts.push_back(part);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7F && letter != '"' && letter != '\\'; });
}

bool is_web_address(std::string_view text) {
    constexpr std::string_view scheme = "https://";
    return text.starts_with(scheme) && text.size() > scheme.size() && is_plain(text);
}

decltype(IssuerOptions::scope_map) read_scope_map(const std::string &text) {
    decltype(IssuerOptions::scope_map) map;
    for (const std::string_view entry : parts_of(text, ";")) {
        const std::size_t equals = entry.find('=');
        const std::string_view group = http::trim_blanks(entry.substr(0, equals));
        const auto scopes = equals == std::string_view::npos ? std::vector<std::string_view>() : parts_of(entry.substr(equals + 1), " ,");
        if (group.empty() || scopes.empty()) {
            refuse(
                fmt::format("oidc_scope_map must be entries such as gis-staff = layers:write layers:publish, parted by \";\", found \"{}\"", entry));
        }
        for (const std::string_view scope : scopes) {
            try {
                require_scope(scope);
            } catch (const geo::Error &error) {
                refuse(fmt::format("oidc_scope_map: {}", error.what()));
            }
        }
        map.emplace_back(group, std::vector<std::string>(scopes.begin(), scopes.end()));
    }
    return map;
}

std::string read_claim(std::string_view setting, const std::string &text, std::string by_itself) {
    if (text.empty()) {
        return by_itself;
    }
    if (!is_plain(text)) {
        refuse(fmt::format("{} must be a claim's name such as {}, found \"{}\"", setting, by_itself, text));
    }
    return text;
}

/// A file by its path, or an https URL.
std::string read_keys_at(const std::string &text) {
    const std::size_t colon = text.find("://");
    if (text.empty() || (colon != std::string::npos && !is_web_address(text))) {
        refuse(fmt::format("oidc_jwks must be a file or an address that begins with https://, found \"{}\"", text));
    }
    return text;
}

} // namespace

std::vector<Network> Options::loopback() { return {*parse_network("127.0.0.0/8"), *parse_network("::1")}; }

std::vector<Network> read_networks(std::string_view setting, const std::string &text) {
    std::vector<Network> networks;
    for (const std::string_view part : parts_of(text == "none" ? std::string_view() : text, ",")) {
        const auto network = parse_network(part);
        if (!network) {
            refuse(fmt::format("{} must be addresses such as 127.0.0.1, ::1 or 10.0.0.0/8, parted by commas, or none; found \"{}\"", setting, part));
        }
        networks.push_back(*network);
    }
    return networks;
}

Options read_options(const GivenOptions &given) {
    Options options;
    options.trusted_proxies = given.trusted_proxies.empty() ? Options::loopback() : read_networks("trusted_proxies", given.trusted_proxies);
    IssuerOptions &issuer = options.issuer;
    // Read also where they have no use yet: a mistake is told of when it is made.
    issuer.scope_map = read_scope_map(given.scope_map);
    issuer.scope_claim = read_claim("oidc_scope_claim", given.scope_claim, issuer.scope_claim);
    issuer.name_claim = read_claim("oidc_name_claim", given.name_claim, issuer.name_claim);
    if (given.issuer.empty()) {
        for (const auto &[setting, value] :
             {std::pair{"oidc_audience", &given.audience}, {"oidc_jwks", &given.keys_at}, {"oidc_ca_file", &given.ca_file}}) {
            if (!value->empty()) {
                refuse(fmt::format("{} is set to \"{}\", but oidc_issuer is not set: whose tokens are meant?", setting, *value));
            }
        }
        return options;
    }
    if (!is_web_address(given.issuer) || given.issuer.size() > limits::key_id_bytes) {
        refuse(fmt::format("oidc_issuer must be an address of at most {} letters such as https://sso.example.jp/realms/city, found \"{}\"",
                           limits::key_id_bytes, given.issuer));
    }
    issuer.issuer = given.issuer;
    for (const std::string_view audience : parts_of(given.audience, ",")) {
        issuer.audiences.emplace_back(audience);
    }
    if (issuer.audiences.empty()) {
        refuse("oidc_audience must name whom the issuer's tokens are for, such as keyaki; found nothing. Without it a token for any other program "
               "of that issuer would open this one");
    }
    issuer.keys_at = read_keys_at(given.keys_at);
    issuer.ca_file = given.ca_file;
    if (!given.ca_file.empty() && !issuer.keys_at.starts_with("https://")) {
        refuse(fmt::format("oidc_ca_file is for an https address in oidc_jwks, found \"{}\" there", issuer.keys_at));
    }
    return options;
}

} // namespace keyaki::server::access
