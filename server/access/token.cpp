#include "server/access/token.hpp"

#include "server/access/base64url.hpp"
#include "server/access/limits.hpp"
#include "server/access/strict_json.hpp"
#include "server/http/headers.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace keyaki::server::access {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> algorithm_names{"RS256", "ES256", "EdDSA"};

/// RFC 7515, 4.1.9: a media type, of which "application/" may be left out.
bool is_access_token_type(std::string_view type) {
    constexpr std::string_view prefix = "application/";
    if (type.size() > prefix.size() && http::equal_ignoring_case(type.substr(0, prefix.size()), prefix)) {
        type.remove_prefix(prefix.size());
    }
    return http::equal_ignoring_case(type, "JWT") || http::equal_ignoring_case(type, "at+jwt");
}

std::optional<Refusal> read_type(const json &header) {
    // Compressed and encrypted ones are no signed tokens; cty says that there is a token within (RFC 7519, 5.2).
    if (header.contains("cty") || header.contains("zip") || header.contains("enc")) {
        return Refusal::token_type;
    }
    return header.contains("typ") && !is_access_token_type(text_at(header, "typ")) ? std::optional(Refusal::token_type) : std::nullopt;
}

std::optional<Refusal> read_key_id(const json &header, Token &token) {
    if (!header.contains("kid")) {
        return std::nullopt;
    }
    const std::string_view id = text_at(header, "kid");
    if (id.empty() || id.size() > limits::key_id_bytes) {
        return Refusal::token_malformed;
    }
    token.key_id = std::string(id);
    return std::nullopt;
}

std::optional<Refusal> read_header(std::string_view text, Token &token) {
    const auto header = parse_strict_object(text);
    if (!header) {
        return Refusal::token_malformed;
    }
    if (auto refusal = read_type(*header)) {
        return refusal;
    }
    if (header->contains("crit") || header->contains("b64")) {
        return Refusal::token_critical;
    }
    const auto algorithm = algorithm_from_name(text_at(*header, "alg"));
    if (!algorithm) {
        return Refusal::token_algorithm;
    }
    token.algorithm = *algorithm;
    return read_key_id(*header, token);
}

} // namespace

std::optional<Algorithm> algorithm_from_name(std::string_view name) noexcept {
    for (std::size_t place = 0; place < algorithm_names.size(); ++place) {
        if (algorithm_names.at(place) == name) { // case-sensitive: RFC 7515, 4.1.1
            return static_cast<Algorithm>(place);
        }
    }
    return std::nullopt;
}

std::string_view algorithm_name(Algorithm algorithm) noexcept { return algorithm_names.at(static_cast<std::size_t>(algorithm)); }

std::variant<Token, Refusal> parse_token(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (text.size() > limits::token_bytes || second == std::string_view::npos) {
        return Refusal::token_malformed;
    }
    // A third full stop is no letter of base64url.
    const auto header = decode_base64url(text.substr(0, first));
    auto payload = decode_base64url(text.substr(first + 1, second - first - 1));
    auto signature = decode_base64url(text.substr(second + 1));
    if (!header || !payload || !signature || header->size() > limits::token_header_bytes) {
        return Refusal::token_malformed;
    }
    Token token;
    if (const auto refusal = read_header(*header, token)) {
        return *refusal;
    }
    token.signed_text = text.substr(0, second);
    token.payload = *std::move(payload);
    token.signature = *std::move(signature);
    return token;
}

} // namespace keyaki::server::access
