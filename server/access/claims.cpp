#include "server/access/claims.hpp"

#include "data/identifier.hpp"
#include "data/limits.hpp"
#include "data/sha256.hpp"
#include "server/access/limits.hpp"
#include "server/access/scopes.hpp"
#include "server/access/strict_json.hpp"
#include "server/http/headers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace keyaki::server::access {

namespace {

using nlohmann::json;

const json *find(const json &object, std::string_view member) {
    const auto found = object.find(member);
    return found == object.end() ? nullptr : &*found;
}

/// A claim by its name, or else by the names that stand between full stops, one within the other.
const json *find_claim(const json &claims, std::string_view path) {
    if (const json *found = find(claims, path)) {
        return found;
    }
    const json *place = &claims;
    for (std::size_t members = 0; place != nullptr && !path.empty(); ++members) {
        if (members == limits::claim_path_members || !place->is_object()) {
            return nullptr;
        }
        const std::size_t end = std::min(path.find('.'), path.size());
        place = find(*place, path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return place;
}

/// A NumericDate (RFC 7519, 2) in microseconds; nothing for what is no number or no time before the year 10000.
std::optional<std::int64_t> time_at(const json &claims, std::string_view member) {
    constexpr double end_s = 253'402'300'800;
    const json *found = find(claims, member);
    if (found == nullptr || !found->is_number()) {
        return std::nullopt;
    }
    const auto seconds = found->get<double>();
    return seconds >= 0 && seconds < end_s ? std::optional(std::llround(seconds * 1e6)) : std::nullopt;
}

bool is_wanted(const std::vector<std::string> &audiences, const json &audience) {
    return audience.is_string() && std::find(audiences.begin(), audiences.end(), audience.get_ref<const std::string &>()) != audiences.end();
}

std::optional<Refusal> check_audience(const json &claims, const std::vector<std::string> &audiences) {
    const json *found = find(claims, "aud");
    if (found == nullptr || (!found->is_string() && !found->is_array())) {
        return Refusal::token_claims;
    }
    if (found->is_string()) {
        return is_wanted(audiences, *found) ? std::nullopt : std::optional(Refusal::token_audience);
    }
    if (found->size() > limits::audiences || !std::all_of(found->begin(), found->end(), [](const json &one) { return one.is_string(); })) {
        return Refusal::token_claims;
    }
    const bool is_one = std::any_of(found->begin(), found->end(), [&](const json &one) { return is_wanted(audiences, one); });
    return is_one ? std::nullopt : std::optional(Refusal::token_audience);
}

std::optional<Refusal> check_times(const json &claims, std::int64_t skew_us, std::int64_t now_us) {
    const auto expires_us = time_at(claims, "exp");
    const auto begins_us = time_at(claims, "nbf");
    if (!expires_us || (claims.contains("nbf") && !begins_us) || (claims.contains("iat") && !time_at(claims, "iat"))) {
        return Refusal::token_claims;
    }
    if (now_us >= *expires_us + skew_us) {
        return Refusal::token_expired;
    }
    return begins_us && *begins_us > now_us + skew_us ? std::optional(Refusal::token_not_yet) : std::nullopt;
}

bool is_subject(std::string_view text) {
    return !text.empty() && text.size() <= limits::subject_bytes &&
           std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7F; });
}

std::optional<Refusal> check(const json &claims, const IssuerOptions &options, std::int64_t now_us) {
    if (text_at(claims, "iss").empty() || !is_subject(text_at(claims, "sub"))) {
        return Refusal::token_claims;
    }
    if (text_at(claims, "iss") != options.issuer) {
        return Refusal::token_issuer;
    }
    if (claims.contains("typ") && !http::equal_ignoring_case(text_at(claims, "typ"), "Bearer")) {
        return Refusal::token_type;
    }
    if (const auto refusal = check_audience(claims, options.audiences)) {
        return refusal;
    }
    return check_times(claims, static_cast<std::int64_t>(options.clock_skew_s) * 1'000'000, now_us);
}

/// The words of a claim: of a text those between blanks, of a list its texts. Nothing where it is neither.
std::vector<std::string> words_of(const json *claim) {
    std::vector<std::string> words;
    if (claim != nullptr && claim->is_string()) {
        std::string_view rest = claim->get_ref<const std::string &>();
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (end > 0) {
                words.emplace_back(rest.substr(0, end));
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    } else if (claim != nullptr && claim->is_array()) {
        for (const json &word : *claim) {
            if (word.is_string()) {
                words.push_back(word.get<std::string>());
            }
        }
    }
    words.resize(std::min(words.size(), limits::groups));
    return words;
}

std::vector<std::string> granted_scopes(const json &claims, const IssuerOptions &options) {
    std::vector<std::string> granted;
    const auto grant = [&](const std::string &scope) {
        if (std::find(granted.begin(), granted.end(), scope) == granted.end()) {
            granted.push_back(scope);
        }
    };
    for (const std::string &word : words_of(find_claim(claims, options.scope_claim))) {
        if (options.scope_map.empty() && is_scope(word)) {
            grant(word);
        }
        for (const auto &[group, scopes] : options.scope_map) {
            if (group == word) {
                std::for_each(scopes.begin(), scopes.end(), grant);
            }
        }
    }
    return granted;
}

/// Issuer and subject, which only together are nobody else's (OpenID Connect Core 1.0, 5.7); of great length their hash.
std::string client_of(std::string_view issuer, std::string_view subject) {
    issuer.remove_prefix(issuer.starts_with("https://") ? 8 : 0);
    const std::string client = fmt::format("{}#{}", issuer, subject);
    return client.size() <= data::identifier_bytes_max ? client : fmt::format("token:{}", data::to_hex(data::sha256(client)));
}

} // namespace

std::string author_text(std::string_view name, std::string_view client) {
    name = name.substr(0, limits::name_bytes);
    while (!name.empty() && !data::is_identifier(name)) {
        name.remove_suffix(1); // half a character, or from a control character on
    }
    const std::string author = fmt::format("{} ({})", name, client);
    return name.empty() || author.size() > data::identifier_bytes_max ? std::string(client) : author;
}

std::variant<Identity, Refusal> read_claims(std::string_view payload, const IssuerOptions &options, std::int64_t now_us) {
    const auto claims = parse_strict_object(payload);
    if (!claims) {
        return Refusal::token_claims;
    }
    if (const auto refusal = check(*claims, options, now_us)) {
        return *refusal;
    }
    std::string client = client_of(options.issuer, text_at(*claims, "sub"));
    const json *name = find_claim(*claims, options.name_claim);
    std::string author = author_text(name != nullptr && name->is_string() ? name->get_ref<const std::string &>() : std::string(), client);
    return Identity{std::move(client), std::move(author), granted_scopes(*claims, options)};
}

} // namespace keyaki::server::access
