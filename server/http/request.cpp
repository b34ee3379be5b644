#include "server/http/request.hpp"

#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace keyaki::server::http {

namespace {

using geo::Error;
using geo::ErrorKind;

constexpr std::array<std::pair<Method, std::string_view>, 7> method_names{{{Method::get, "GET"},
                                                                           {Method::head, "HEAD"},
                                                                           {Method::post, "POST"},
                                                                           {Method::put, "PUT"},
                                                                           {Method::patch, "PATCH"},
                                                                           {Method::delete_, "DELETE"},
                                                                           {Method::options, "OPTIONS"}}};

std::optional<unsigned> hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') {
        return static_cast<unsigned>(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return static_cast<unsigned>(digit - 'a') + 10U;
    }
    if (digit >= 'A' && digit <= 'F') {
        return static_cast<unsigned>(digit - 'A') + 10U;
    }
    return std::nullopt;
}

std::string decode_or_throw(std::string_view text, bool plus_is_space, std::string_view place) {
    auto decoded = percent_decode(text, plus_is_space);
    if (!decoded) {
        throw Error(ErrorKind::invalid_input,
                    "every '%' in the " + std::string(place) + " must be followed by two hexadecimal digits, found '" + std::string(text) + "'");
    }
    if (decoded->find('\0') != std::string::npos) {
        throw Error(ErrorKind::invalid_input, "the " + std::string(place) + " must not contain a NUL, found '" + std::string(text) + "'");
    }
    return *std::move(decoded);
}

/// absolute-form becomes origin-form: "http://host/a?b" gives "/a?b" (RFC 9112, 3.2.2).
std::string origin_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() > scheme.size() && equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            const auto rest = target.substr(scheme.size());
            const auto path = rest.find_first_of("/?");
            if (path == 0) {
                break; // no authority
            }
            if (path == std::string_view::npos) {
                return "/";
            }
            return (rest[path] == '?' ? "/" : "") + std::string(rest.substr(path));
        }
    }
    return std::string(target);
}

void parse_path(std::string_view path, std::vector<std::string> &segments) {
    if (path == "/") {
        return;
    }
    segments.reserve(static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')));
    for (std::size_t start = 1; start <= path.size();) {
        const auto end = std::min(path.find('/', start), path.size());
        segments.push_back(decode_or_throw(path.substr(start, end - start), false, "path"));
        start = end + 1;
    }
}

void parse_query(std::string_view query, QueryParameters &parameters) {
    for (std::size_t start = 0; start < query.size();) {
        const auto end = std::min(query.find('&', start), query.size());
        const auto pair = query.substr(start, end - start);
        start = end + 1;
        if (pair.empty()) {
            continue; // "a=1&&b=2"
        }
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
        parameters.add(decode_or_throw(pair.substr(0, equals), true, "query"), decode_or_throw(value, true, "query"));
    }
}

} // namespace

std::string_view method_name(Method method) noexcept {
    for (const auto &[one, name] : method_names) {
        if (one == method) {
            return name;
        }
    }
    return "other";
}

Method method_from_name(std::string_view name) noexcept {
    for (const auto &[method, one] : method_names) {
        if (one == name) {
            return method;
        }
    }
    return Method::other;
}

std::optional<std::string_view> QueryParameters::find(std::string_view name) const {
    for (const auto &[key, value] : m_parameters) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> QueryParameters::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto &[key, value] : m_parameters) {
        if (key == name) {
            values.emplace_back(value);
        }
    }
    return values;
}

std::optional<std::string_view> QueryParameters::first_unknown(std::span<const std::string_view> known) const {
    for (const auto &[key, value] : m_parameters) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return key;
        }
    }
    return std::nullopt;
}

void QueryParameters::require_known(std::span<const std::string_view> known) const {
    if (const auto unknown = first_unknown(known)) {
        std::string names;
        for (const auto name : known) {
            names += (names.empty() ? "" : ", ") + std::string(name);
        }
        throw Error(ErrorKind::invalid_input,
                    "the query parameter '" + std::string(*unknown) + "' is unknown here; known are: " + (names.empty() ? "none" : names));
    }
    for (const auto &[key, value] : m_parameters) {
        if (all(key).size() > 1) {
            throw Error(ErrorKind::invalid_input,
                        "the query parameter '" + key + "' must be given once, found " + std::to_string(all(key).size()) + " times");
        }
    }
}

std::optional<std::string_view> PathParameters::find(std::string_view name) const {
    for (const auto &[key, value] : m_parameters) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::string_view PathParameters::at(std::string_view name) const {
    const auto value = find(name);
    assert(value && "the name is not in the route's pattern");
    return *value;
}

std::string_view Request::raw_query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
}

void parse_target(Request &request) {
    request.path_segments.clear();
    request.query = {};
    request.asterisk = request.target == "*" && request.method == Method::options;
    if (request.asterisk) {
        return;
    }
    request.target = origin_form(request.target);
    if (request.target.empty() || request.target.front() != '/') {
        throw Error(ErrorKind::invalid_input, "the request's target must begin with '/', found '" + request.target + "'");
    }
    if (request.target.find('#') != std::string::npos) {
        throw Error(ErrorKind::invalid_input, "the request's target must not contain '#', found '" + request.target + "'");
    }
    parse_path(request.raw_path(), request.path_segments);
    parse_query(request.raw_query(), request.query);
}

Request make_request(Method method, std::string target, std::string body) {
    Request request;
    request.method = method;
    request.method_text = method_name(method);
    request.target = std::move(target);
    request.body = std::move(body);
    parse_target(request);
    return request;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            const auto high = at + 2 < text.size() ? hexadecimal(text[at + 1]) : std::nullopt;
            const auto low = high ? hexadecimal(text[at + 2]) : std::nullopt;
            if (!low) {
                return std::nullopt;
            }
            decoded.push_back(static_cast<char>(static_cast<unsigned char>(*high * 16U + *low)));
            at += 2;
        } else {
            decoded.push_back(plus_is_space && text[at] == '+' ? ' ' : text[at]);
        }
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        const bool unreserved = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                                std::string_view("-._~").find(letter) != std::string_view::npos;
        if (unreserved) {
            encoded.push_back(letter);
        } else {
            const auto octet = static_cast<unsigned char>(letter);
            encoded += {'%', digits[octet / 16U], digits[octet % 16U]};
        }
    }
    return encoded;
}

} // namespace keyaki::server::http
