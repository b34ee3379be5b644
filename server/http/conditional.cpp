#include "server/http/conditional.hpp"

#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace keyaki::server::http {

namespace {

/// The marks that etag_with_encoding may have put on a tag.
constexpr std::array<std::string_view, 3> encoding_marks{"-gzip", "-br", "-zstd"};

/// etagc of RFC 9110, 8.8.3.
bool is_etag_character(char letter) noexcept {
    const auto octet = static_cast<unsigned char>(letter);
    return octet == 0x21 || (octet >= 0x23 && octet <= 0x7E) || octet >= 0x80;
}

std::string_view opaque_part(std::string_view etag) noexcept { return etag.starts_with("W/") ? etag.substr(2) : etag; }

bool is_entity_tag(std::string_view text) noexcept {
    const auto opaque = opaque_part(text);
    return opaque.size() >= 2 && opaque.front() == '"' && opaque.back() == '"' &&
           std::all_of(opaque.begin() + 1, opaque.end() - 1, is_etag_character);
}

/// Entity-tags may hold commas and backslashes that mean nothing, so split_list's quoting rules do not fit.
std::size_t end_of_tag(std::string_view text, std::size_t start) {
    const auto open = text.find('"', start);
    const auto close = open == std::string_view::npos ? open : text.find('"', open + 1);
    return close == std::string_view::npos ? text.size() : close + 1;
}

} // namespace

std::string quoted_etag(std::string_view opaque) {
    assert(std::all_of(opaque.begin(), opaque.end(), is_etag_character));
    return '"' + std::string(opaque) + '"';
}

std::string etag_with_encoding(std::string_view etag, std::string_view encoding) {
    if (etag.size() < 2 || etag.back() != '"' || encoding.empty() || encoding == "identity") {
        return std::string(etag);
    }
    return std::string(etag.substr(0, etag.size() - 1)) + '-' + std::string(encoding) + '"';
}

std::string etag_without_encoding(std::string_view etag) {
    if (etag.size() > 2 && etag.back() == '"') {
        const auto body = etag.substr(0, etag.size() - 1);
        for (const auto mark : encoding_marks) {
            if (body.ends_with(mark)) {
                return std::string(body.substr(0, body.size() - mark.size())) + '"';
            }
        }
    }
    return std::string(etag);
}

bool strong_etags_equal(std::string_view left, std::string_view right) { return left == right && !left.empty() && !left.starts_with("W/"); }

bool weak_etags_equal(std::string_view left, std::string_view right) { return !left.empty() && opaque_part(left) == opaque_part(right); }

EtagList parse_etag_list(std::string_view text) {
    EtagList list;
    if (trim_blanks(text) == "*") {
        list.any = true;
        return list;
    }
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ',' || text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        const auto end = end_of_tag(text, at);
        const auto tag = text.substr(at, end - at);
        const auto rest = trim_blanks(text.substr(end));
        if (!is_entity_tag(tag) || (!rest.empty() && rest.front() != ',')) {
            throw geo::Error(geo::ErrorKind::invalid_input, "a list of entity-tags in quotes or '*' was expected, found '" + std::string(text) + "'");
        }
        list.tags.emplace_back(tag);
        at = end;
    }
    return list;
}

bool if_none_match_hits(const Request &request, std::string_view etag) {
    const auto field = request.headers.joined("If-None-Match");
    if (!field || etag.empty()) {
        return false;
    }
    try {
        const auto list = parse_etag_list(*field);
        return list.any || std::any_of(list.tags.begin(), list.tags.end(), [&](const auto &tag) { return weak_etags_equal(tag, etag); });
    } catch (const geo::Error &) {
        return false; // a precondition that cannot be read is as if it were absent: the client gets the whole answer
    }
}

IfMatch if_match(const Request &request, std::string_view etag) {
    const auto field = request.headers.joined("If-Match");
    if (!field) {
        return IfMatch::absent;
    }
    const auto list = parse_etag_list(*field);
    if (etag.empty()) {
        return IfMatch::differs;
    }
    const auto own = etag_without_encoding(etag);
    const bool named =
        std::any_of(list.tags.begin(), list.tags.end(), [&](const auto &tag) { return strong_etags_equal(etag_without_encoding(tag), own); });
    return list.any || named ? IfMatch::matches : IfMatch::differs;
}

Response not_modified(const Response &full) {
    Response response;
    response.status = 304;
    for (const auto &[name, value] : full.headers) {
        for (const std::string_view kept : {"ETag", "Cache-Control", "Vary", "Content-Location", "Date", "Expires", "Keyaki-Revision"}) {
            if (equal_ignoring_case(name, kept)) {
                response.headers.add(name, value);
            }
        }
    }
    return response;
}

} // namespace keyaki::server::http
