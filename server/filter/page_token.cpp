#include "server/filter/page_token.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "geo/utf8.hpp"
#include "server/filter/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace keyaki::server::filter {

using nlohmann::json;

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // RFC 4648, section 5
constexpr std::size_t sum_digits = 8;

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, "after: " + sentence); }

std::string short_hash(std::string_view text, std::size_t digits) { return data::to_hex(data::sha256(text)).substr(0, digits); }

std::string to_base64url(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char byte : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(byte);
        for (held += 8; held >= 6; held -= 6) {
            text += alphabet[bits >> (held - 6) & 63U];
        }
    }
    if (held > 0) {
        text += alphabet[bits << (6 - held) & 63U];
    }
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>(bits >> held & 255U);
        }
    }
    return bytes;
}

bool fits(const Literal &value) {
    const auto *text = std::get_if<std::string>(&value);
    return text == nullptr || (text->size() <= max_token_text_bytes && geo::is_utf8(*text));
}

json json_of(const Literal &value) {
    return std::visit(
        [](const auto &held) -> json {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, bool> || std::is_same_v<Held, std::int64_t> || std::is_same_v<Held, double> ||
                          std::is_same_v<Held, std::string>) {
                return held;
            } else {
                return nullptr;
            }
        },
        value);
}

Literal literal_of(const json &value) {
    switch (value.type()) {
    case json::value_t::boolean: return value.get<bool>();
    case json::value_t::number_integer:
    case json::value_t::number_unsigned: return value.get<std::int64_t>();
    case json::value_t::number_float: return value.get<double>();
    case json::value_t::string: return value.get<std::string>();
    default: return std::monostate{};
    }
}

/// The JSON text within, if the check sum before it is right.
std::optional<json> opened(std::string_view text) {
    const auto bytes = text.size() <= max_token_bytes ? from_base64url(text) : std::nullopt;
    if (!bytes || bytes->size() < sum_digits || short_hash(std::string_view(*bytes).substr(sum_digits), sum_digits) != bytes->substr(0, sum_digits)) {
        return std::nullopt;
    }
    json content = json::parse(bytes->substr(sum_digits), nullptr, false);
    const bool is_whole = content.is_object() && content.contains("r") && content["r"].is_number_unsigned() && content.contains("q") &&
                          content["q"].is_string() && content.contains("i") && content["i"].is_string() && content.contains("v") &&
                          content["v"].is_array();
    return is_whole ? std::optional(std::move(content)) : std::nullopt;
}

} // namespace

std::string write_page_token(const SortPlace &place, std::uint64_t revision, std::string_view query) {
    json values = json::array();
    if (std::all_of(place.values.begin(), place.values.end(), fits)) {
        std::transform(place.values.begin(), place.values.end(), std::back_inserter(values), json_of);
    }
    const json content{{"r", revision}, {"q", short_hash(query, 16)}, {"i", place.id}, {"v", std::move(values)}};
    const std::string text = content.dump(-1, ' ', false, json::error_handler_t::replace);
    return to_base64url(short_hash(text, sum_digits) + text);
}

SortPlace read_page_token(std::string_view text, std::uint64_t revision, std::string_view query, std::size_t keys) {
    const auto content = opened(text);
    if (!content) {
        refuse(fmt::format("expected the token of a \"next\" link, found {}", in_quotes(text)));
    }
    if (content->at("r") != revision) {
        refuse(fmt::format("expected a token of revision {}, found one of revision {}", revision, content->at("r").get<std::uint64_t>()));
    }
    if (content->at("q") != short_hash(query, 16)) {
        refuse("expected the token of this query's \"next\" link, found that of another filter or order");
    }
    SortPlace place;
    place.id = content->at("i").get<std::string>();
    const json &values = content->at("v");
    if (values.size() == keys) {
        std::transform(values.begin(), values.end(), std::back_inserter(place.values), literal_of);
    }
    return place;
}

} // namespace keyaki::server::filter
