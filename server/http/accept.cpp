#include "server/http/accept.hpp"

#include "server/http/headers.hpp"

#include <algorithm>
#include <string>

namespace keyaki::server::http {

namespace {

constexpr int whole = 1000; // weights are kept in thousandths: RFC 9110 gives them three decimals

/// qvalue of RFC 9110, 12.4.2, in thousandths. What cannot be read counts as absent, as every client's little mistakes should not cost it the answer.
int quality_of(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1')) {
        return whole;
    }
    int value = (text[0] - '0') * whole;
    int unit = 100;
    for (std::size_t at = 2; at < text.size() && unit > 0 && text[1] == '.'; ++at, unit /= 10) {
        if (text[at] < '0' || text[at] > '9') {
            break;
        }
        value += (text[at] - '0') * unit;
    }
    return value > whole ? whole : value;
}

struct Preference {
    std::string_view name;
    int quality = whole;
};

/// "a;x=1;q=0.5" gives a and 500.
Preference preference_of(std::string_view member) {
    Preference preference{trim_blanks(member.substr(0, member.find(';')))};
    for (auto at = member.find(';'); at != std::string_view::npos;) {
        const auto next = member.find(';', at + 1);
        const auto parameter = trim_blanks(member.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
        if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=') {
            preference.quality = quality_of(trim_blanks(parameter.substr(2)));
        }
        at = next;
    }
    return preference;
}

/// The weight of a coding; `otherwise` when neither it nor "*" is named.
int coding_quality(std::string_view field, std::string_view coding, int otherwise) {
    int wildcard = otherwise;
    for (const auto member : split_list(field)) {
        const auto preference = preference_of(member);
        if (equal_ignoring_case(preference.name, coding)) {
            return preference.quality;
        }
        if (preference.name == "*") {
            wildcard = preference.quality;
        }
    }
    return wildcard;
}

/// How exactly a range names a media type: 3 in full, 2 by its type, 1 by "*/*", 0 not at all.
int match_rank(std::string_view range, std::string_view media_type) {
    if (equal_ignoring_case(range, media_type)) {
        return 3;
    }
    if (range.ends_with("/*") && range != "*/*") {
        return equal_ignoring_case(range.substr(0, range.size() - 1), media_type.substr(0, media_type.find('/') + 1)) ? 2 : 0;
    }
    return range == "*/*" ? 1 : 0;
}

int media_quality(std::string_view field, std::string_view media_type) {
    int best_rank = 0;
    int quality = 0;
    for (const auto member : split_list(field)) {
        const auto preference = preference_of(member);
        const int rank = match_rank(preference.name, media_type);
        if (rank > best_rank) {
            best_rank = rank;
            quality = preference.quality;
        }
    }
    return quality;
}

/// Basic filtering of RFC 4647: "en" takes "en-GB".
int language_quality(std::string_view field, std::string_view language) {
    int quality = -1;
    int wildcard = 0;
    for (const auto member : split_list(field)) {
        const auto preference = preference_of(member);
        const auto primary = preference.name.substr(0, preference.name.find('-'));
        if (equal_ignoring_case(primary, language)) {
            quality = std::max(quality, preference.quality);
        } else if (preference.name == "*") {
            wildcard = preference.quality;
        }
    }
    return quality >= 0 ? quality : wildcard;
}

} // namespace

bool prefers_gzip(const Request &request) {
    const auto field = request.headers.joined("Accept-Encoding");
    if (!field) {
        return false;
    }
    const int gzip = coding_quality(*field, "gzip", 0);
    return gzip > 0 && gzip >= coding_quality(*field, "identity", 0);
}

bool accepts_identity(const Request &request) {
    const auto field = request.headers.joined("Accept-Encoding");
    return !field || coding_quality(*field, "identity", 1) > 0;
}

std::optional<std::string_view> negotiate_media_type(const Request &request, std::initializer_list<std::string_view> offered) {
    const auto field = request.headers.joined("Accept");
    if (!field || trim_blanks(*field).empty()) {
        return offered.size() == 0 ? std::nullopt : std::optional(*offered.begin());
    }
    std::optional<std::string_view> best;
    int best_quality = 0;
    for (const auto media_type : offered) {
        const int quality = media_quality(*field, media_type);
        if (quality > best_quality) {
            best_quality = quality;
            best = media_type;
        }
    }
    return best;
}

Language negotiate_language(const Request &request) {
    const auto field = request.headers.joined("Accept-Language");
    if (!field) {
        return Language::ja;
    }
    return language_quality(*field, "en") > language_quality(*field, "ja") ? Language::en : Language::ja;
}

std::string_view language_tag(Language language) noexcept { return language == Language::ja ? "ja" : "en"; }

} // namespace keyaki::server::http
